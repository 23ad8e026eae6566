#include "shell_lexer.hpp"

// What stands inside a word: quotes, variables, $(...), arithmetic.

namespace gpupass::sim {

void add_text(Word& word, std::string_view text, bool quoted)
{
    if (!word.parts.empty() && word.parts.back().kind == Part::Kind::text && word.parts.back().quoted == quoted)
        word.parts.back().text += text;
    else
        word.parts.push_back({Part::Kind::text, quoted, std::string{text}, "", nullptr, nullptr});
}

void Lexer::single_quotes(Word& into)
{
    const auto end = text_.find('\'', at_ + 1);
    if (end == text_.npos)
        incomplete();
    add_text(into, text_.substr(at_ + 1, end - at_ - 1), true);
    at_ = end + 1;
}

void Lexer::double_quotes(Word& into)
{
    add_text(into, "", true);  // "" is a word too
    skip(1);
    while (peek() != '"' || at_end()) {
        if (at_end())
            incomplete();
        if (peek() == '$')
            dollar(into, true);
        else if (peek() == '`')
            backquotes(into, true);
        else if (peek() == '\\')
            escape(into, true);
        else {
            add_text(into, text_.substr(at_, 1), true);
            skip(1);
        }
    }
    skip(1);
}

// Between double quotes a backslash quotes only what would be special there.
void Lexer::escape(Word& into, bool quoted)
{
    if (at_ + 1 >= text_.size())
        incomplete();
    const char next = peek(1);
    if (quoted && !std::string_view{"$`\"\\\n"}.contains(next))
        add_text(into, "\\", true);
    if (next != '\n')
        add_text(into, text_.substr(at_ + 1, 1), true);
    skip(2);
}

void Lexer::dollar(Word& into, bool quoted)
{
    if (peek(1) == '(' && peek(2) == '(')
        return arithmetic(into, quoted);
    if (peek(1) == '(')
        return command(into, quoted);
    if (peek(1) == '{')
        return braces(into, quoted);
    std::size_t length = 0;
    while (is_name_char(peek(1 + length)))
        ++length;
    if (length > 0 && std::isdigit(static_cast<unsigned char>(peek(1))))
        length = 1;
    if (length == 0 && peek(1) != '\0' && std::string_view{"?#@*$!-"}.contains(peek(1)))
        length = 1;
    if (length == 0) {
        add_text(into, "$", quoted);
        return skip(1);
    }
    into.parts.push_back(
        {Part::Kind::variable, quoted, std::string{text_.substr(at_ + 1, length)}, "", nullptr, nullptr});
    skip(1 + length);
}

void Lexer::braces(Word& into, bool quoted)
{
    skip(2);
    Part part{Part::Kind::variable, quoted, "", "", nullptr, nullptr};
    if (peek() == '#' && peek(1) != '}') {
        part.operation = "#";
        skip(1);
    }
    const auto first = at_;
    while (is_name_char(peek()))
        skip(1);
    if (at_ == first && peek() != '\0' && std::string_view{"?#@*$!"}.contains(peek()))
        skip(1);
    part.text = text_.substr(first, at_ - first);
    if (peek() != '}' && part.operation.empty()) {
        for (const std::string_view op : {":-", "-", ":+", "+", "%%", "%", "##", "#"})
            if (text_.substr(at_).starts_with(op)) {
                part.operation = op == "#" ? "<" : std::string{op};
                skip(op.size());
                break;
            }
        part.word = std::make_shared<Word>(word_until_brace(quoted));
    }
    if (at_end())
        incomplete();
    if (peek() != '}' || part.text.empty() || (part.word && part.operation.empty()))
        throw SyntaxError{false, "bad substitution"};
    skip(1);
    into.parts.push_back(std::move(part));
}

Word Lexer::word_until_brace(bool quoted)
{
    Word result;
    while (peek() != '}') {
        if (at_end())
            incomplete();
        switch (peek()) {
        case '\'': quoted ? (add_text(result, "'", true), skip(1)) : single_quotes(result); break;
        case '"': double_quotes(result); break;
        case '\\': escape(result, quoted); break;
        case '$': dollar(result, quoted); break;
        default: add_text(result, text_.substr(at_, 1), quoted); skip(1);
        }
    }
    return result;
}

void Lexer::command(Word& into, bool quoted)
{
    skip(2);
    Part part{Part::Kind::command, quoted, "", "", nullptr, nullptr};
    part.list = std::make_shared<List>(parse_until_parenthesis(*this));
    into.parts.push_back(std::move(part));
}

void Lexer::backquotes(Word& into, bool quoted)
{
    std::string inside;
    for (skip(1); peek() != '`'; skip(1)) {
        if (at_end())
            incomplete();
        if (peek() == '\\' && peek(1) != '\0' && std::string_view{"`\\$"}.contains(peek(1)))
            skip(1);
        inside += peek();
    }
    skip(1);
    inside += ")";
    Lexer inner{inside};
    Part part{Part::Kind::command, quoted, "", "", nullptr, nullptr};
    part.list = std::make_shared<List>(parse_until_parenthesis(inner));
    into.parts.push_back(std::move(part));
}

void Lexer::arithmetic(Word& into, bool quoted)
{
    skip(3);
    auto word = std::make_shared<Word>();
    for (int depth = 0; depth > 0 || peek() != ')' || peek(1) != ')';) {
        if (at_end())
            incomplete();
        depth += peek() == '(' ? 1 : peek() == ')' ? -1 : 0;
        if (peek() == '$')
            dollar(*word, true);
        else {
            add_text(*word, text_.substr(at_, 1), true);
            skip(1);
        }
    }
    skip(2);
    into.parts.push_back({Part::Kind::arithmetic, quoted, "", "", std::move(word), nullptr});
}

}  // namespace gpupass::sim
