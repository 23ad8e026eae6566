#include "shell_lexer.hpp"

#include <algorithm>
#include <array>

namespace gpupass::sim {

namespace {

class Parser {
public:
    explicit Parser(Lexer& lexer) : lexer_{lexer} {}

    /// Until the end of the line.
    List line();
    /// Until one of `ends` (reserved words or operators), which is not taken.
    List list_until(std::initializer_list<std::string_view> ends);

private:
    [[noreturn]] void unexpected() const;
    void expect(std::string_view word);
    bool ends_here(std::initializer_list<std::string_view> ends) const;
    AndOr and_or();
    Pipeline pipeline();
    Command command();
    Command simple();
    void redirects(Command& command);
    Command if_command();
    Command while_command(bool until);
    Command for_command();
    Command case_command();
    std::optional<Command> function();
    std::shared_ptr<List> body_until(std::initializer_list<std::string_view> ends);

    Lexer& lexer_;
    int depth_{};
};

void Parser::unexpected() const
{
    if (lexer_.at_end())
        throw SyntaxError{true, "unexpected end of file"};
    if (lexer_.peek() == '\n')
        throw SyntaxError{false, "unexpected newline"};
    if (const auto op = lexer_.operator_here(); !op.empty())
        throw SyntaxError{false, "unexpected \"" + std::string{op} + "\""};
    throw SyntaxError{false, "unexpected word"};
}

void Parser::expect(std::string_view word)
{
    lexer_.skip_newlines();
    if (!lexer_.take_reserved(word))
        unexpected();
}

bool Parser::ends_here(std::initializer_list<std::string_view> ends) const
{
    return std::ranges::any_of(ends, [&](std::string_view end) {
        return end == ")" || end == ";;" ? lexer_.operator_here() == end : lexer_.is_reserved(end);
    });
}

List Parser::line()
{
    List list;
    for (lexer_.skip_blanks(); !lexer_.at_end(); lexer_.skip_blanks()) {
        if (lexer_.take("\n"))
            return list;
        list.items.push_back(and_or());
        if (!lexer_.take(";")) {
            lexer_.skip_blanks();
            if (!lexer_.at_end() && !lexer_.take("\n"))
                unexpected();
            return list;
        }
    }
    return list;
}

List Parser::list_until(std::initializer_list<std::string_view> ends)
{
    if (++depth_ > 100)
        throw SyntaxError{false, "nested too deeply"};
    List list;
    for (lexer_.skip_newlines(); !ends_here(ends); lexer_.skip_newlines()) {
        if (lexer_.at_end())
            unexpected();
        list.items.push_back(and_or());
        if (!lexer_.take(";") && !lexer_.take("\n") && !ends_here(ends))
            unexpected();
    }
    --depth_;
    return list;
}

AndOr Parser::and_or()
{
    AndOr result;
    result.pipelines.push_back(pipeline());
    for (;;) {
        const bool is_and = lexer_.take("&&");
        if (!is_and && !lexer_.take("||"))
            return result;
        lexer_.skip_newlines();
        result.ands.push_back(is_and);
        result.pipelines.push_back(pipeline());
    }
}

Pipeline Parser::pipeline()
{
    Pipeline result;
    while (lexer_.take_reserved("!"))
        result.negated = !result.negated;
    result.commands.push_back(command());
    while (lexer_.take("|")) {
        lexer_.skip_newlines();
        result.commands.push_back(command());
    }
    return result;
}

std::shared_ptr<List> Parser::body_until(std::initializer_list<std::string_view> ends)
{
    auto list = std::make_shared<List>(list_until(ends));
    if (list->items.empty())
        unexpected();
    return list;
}

Command Parser::command()
{
    lexer_.skip_blanks();
    Command result;
    if (lexer_.take("(")) {
        result.what = Group{body_until({")"}), true};
        lexer_.take(")");
    } else if (lexer_.take_reserved("{")) {
        result.what = Group{body_until({"}"}), false};
        expect("}");
    } else if (lexer_.take_reserved("if"))
        result = if_command();
    else if (lexer_.take_reserved("while"))
        result = while_command(false);
    else if (lexer_.take_reserved("until"))
        result = while_command(true);
    else if (lexer_.take_reserved("for"))
        result = for_command();
    else if (lexer_.take_reserved("case"))
        result = case_command();
    else if (auto made = function())
        return std::move(*made);
    else
        return simple();
    redirects(result);
    return result;
}

void Parser::redirects(Command& command)
{
    for (lexer_.skip_blanks(); auto found = lexer_.redirect(); lexer_.skip_blanks())
        command.redirects.push_back(std::move(*found));
}

Command Parser::simple()
{
    static constexpr std::array<std::string_view, 8> closing{"then", "else", "elif", "fi", "do", "done", "esac", "}"};
    if (std::ranges::any_of(closing, [&](auto word) { return lexer_.is_reserved(word); }))
        unexpected();
    Simple result;
    Command command;
    for (;;) {
        redirects(command);
        if (lexer_.at_end() || !lexer_.operator_here().empty())
            break;
        if (auto name = result.words.empty() ? lexer_.assigned_name() : std::nullopt)
            result.assignments.push_back({*name, lexer_.word()});
        else
            result.words.push_back(lexer_.word());
    }
    if (result.words.empty() && result.assignments.empty() && command.redirects.empty())
        unexpected();
    command.what = std::move(result);
    return command;
}

Command Parser::if_command()
{
    If result;
    do {
        auto condition = body_until({"then"});
        expect("then");
        auto body = body_until({"elif", "else", "fi"});
        result.branches.emplace_back(std::move(condition), std::move(body));
    } while (lexer_.take_reserved("elif"));
    if (lexer_.take_reserved("else"))
        result.otherwise = body_until({"fi"});
    expect("fi");
    return {std::move(result), {}};
}

Command Parser::while_command(bool until)
{
    auto condition = body_until({"do"});
    expect("do");
    auto body = body_until({"done"});
    expect("done");
    return {While{std::move(condition), std::move(body), until}, {}};
}

Command Parser::for_command()
{
    For result;
    lexer_.skip_blanks();
    const Word name = lexer_.word();
    if (name.parts.size() != 1 || !is_name(name.parts[0].text))
        unexpected();
    result.name = name.parts[0].text;
    result.over_arguments = !lexer_.take_reserved("in");
    if (!result.over_arguments)
        for (lexer_.skip_blanks(); !lexer_.at_end() && lexer_.operator_here().empty(); lexer_.skip_blanks())
            result.words.push_back(lexer_.word());
    lexer_.take(";");
    expect("do");
    result.body = body_until({"done"});
    expect("done");
    return {std::move(result), {}};
}

Command Parser::case_command()
{
    Case result;
    lexer_.skip_blanks();
    result.subject = lexer_.word();
    expect("in");
    for (lexer_.skip_newlines(); !lexer_.take_reserved("esac"); lexer_.skip_newlines()) {
        lexer_.take("(");
        std::vector<Word> patterns;
        do {
            lexer_.skip_blanks();
            patterns.push_back(lexer_.word());
        } while (lexer_.take("|"));
        if (!lexer_.take(")"))
            unexpected();
        result.branches.emplace_back(std::move(patterns), std::make_shared<List>(list_until({";;", "esac"})));
        lexer_.take(";;");
    }
    return {std::move(result), {}};
}

// name() { ...; }
std::optional<Command> Parser::function()
{
    std::size_t length = 0;
    while (is_name(std::string{"_"} + lexer_.peek(length)))
        ++length;
    if (length == 0 || lexer_.peek(length) != '(' || lexer_.peek(length + 1) != ')')
        return std::nullopt;
    Function result;
    for (; length > 0; --length, lexer_.skip(1))
        result.name += lexer_.peek();
    lexer_.skip(2);
    expect("{");
    result.body = body_until({"}"});
    expect("}");
    return Command{std::move(result), {}};
}

}  // namespace

List parse_until_parenthesis(Lexer& lexer)
{
    List list = Parser{lexer}.list_until({")"});
    lexer.take(")");
    return list;
}

Parsed parse_line(std::string_view text, bool at_end)
{
    Parsed result;
    if (!at_end)
        text = text.substr(0, text.rfind('\n') + 1);  // whole lines only (npos + 1 is 0)
    Lexer lexer{text};
    try {
        result.list = Parser{lexer}.line();
        result.consumed = lexer.position();
        // The end of the text may be the middle of a word, of a comment or of "a &&".
        const bool whole = at_end || (result.consumed > 0 && text[result.consumed - 1] == '\n');
        result.state = whole ? Parsed::State::complete : Parsed::State::incomplete;
    } catch (const SyntaxError& error) {
        result.state = error.incomplete && !at_end ? Parsed::State::incomplete : Parsed::State::wrong;
        result.error = error.text;
        result.consumed = text.size();
    }
    return result;
}

}  // namespace gpupass::sim
