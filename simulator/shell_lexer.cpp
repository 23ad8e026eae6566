#include "shell_lexer.hpp"

#include <array>
#include <cctype>

namespace gpupass::sim {

namespace {

bool ends_word(char c) { return c == '\0' || std::string_view{" \t\n;&|()<>"}.contains(c); }

}  // namespace

bool is_name(std::string_view text)
{
    if (text.empty() || !is_name_start(text.front()))
        return false;
    for (const char c : text)
        if (!is_name_char(c))
            return false;
    return true;
}

void Lexer::skip_blanks()
{
    for (;;) {
        if (peek() == ' ' || peek() == '\t' || peek() == '\r')
            skip(1);
        else if (peek() == '\\' && peek(1) == '\n')
            skip(2);
        else if (peek() == '#')
            while (!at_end() && peek() != '\n')
                skip(1);
        else
            return;
    }
}

void Lexer::skip_newlines()
{
    for (skip_blanks(); peek() == '\n'; skip_blanks())
        skip(1);
}

std::string_view Lexer::operator_here() const
{
    static constexpr std::array<std::string_view, 9> operators{"&&", "||", ";;", ";", "&", "|", "(", ")", "\n"};
    for (const auto op : operators)
        if (text_.substr(at_).starts_with(op))
            return op;
    return "";
}

bool Lexer::take(std::string_view what)
{
    skip_blanks();
    if (operator_here() != what)
        return false;
    skip(what.size());
    return true;
}

bool Lexer::is_reserved(std::string_view word) const
{
    return text_.substr(at_).starts_with(word) && ends_word(peek(word.size()));
}

bool Lexer::take_reserved(std::string_view word)
{
    skip_blanks();
    if (!is_reserved(word))
        return false;
    skip(word.size());
    return true;
}

std::optional<Redirect> Lexer::redirect()
{
    const std::size_t digits = std::isdigit(static_cast<unsigned char>(peek())) ? 1 : 0;
    const char sign = peek(digits);
    if (sign != '<' && sign != '>')
        return std::nullopt;
    if (sign == '<' && peek(digits + 1) == '<')
        throw SyntaxError{false, "unexpected redirection"};  // here-documents are not simulated
    Redirect result;
    result.fd = digits ? peek() - '0' : sign == '<' ? 0 : 1;
    skip(digits + 1);
    result.kind = sign == '<' ? Redirect::Kind::read : Redirect::Kind::write;
    if (peek() == '&') {
        result.kind = Redirect::Kind::duplicate;
        skip(1);
    } else if (sign == '>' && peek() == '>') {
        result.kind = Redirect::Kind::append;
        skip(1);
    }
    skip_blanks();
    result.target = word();
    return result;
}

std::optional<std::string> Lexer::assigned_name()
{
    std::size_t length = 0;
    while (is_name_char(peek(length)))
        ++length;
    const auto name = text_.substr(at_, length);
    if (!is_name(name) || peek(length) != '=')
        return std::nullopt;
    skip(length + 1);
    return std::string{name};
}

Word Lexer::word()
{
    Word result;
    while (!ends_word(peek()) || (peek() == '\0' && !at_end())) {
        switch (peek()) {
        case '\'': single_quotes(result); break;
        case '"': double_quotes(result); break;
        case '\\': escape(result, false); break;
        case '$': dollar(result, false); break;
        case '`': backquotes(result, false); break;
        default: add_text(result, text_.substr(at_, 1), false); skip(1);
        }
    }
    return result;
}

}  // namespace gpupass::sim
