#pragma once

#include "shell_syntax.hpp"

#include <cctype>
#include <optional>

// Reads words and operators of a script, character by character.

namespace gpupass::sim {

/// Thrown inside the parser only: text ends in the middle, or is no script.
struct SyntaxError {
    bool incomplete{};
    std::string text;
};

class Lexer {
public:
    explicit Lexer(std::string_view text) : text_{text} {}

    bool at_end() const { return at_ >= text_.size(); }
    char peek(std::size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }
    std::size_t position() const { return at_; }
    void skip(std::size_t count) { at_ += count; }

    /// Over blanks, continued lines and comments; not over newlines.
    void skip_blanks();
    /// Over newlines and comments too.
    void skip_newlines();
    /// The operator here, without taking it: one of ; ;; & && | || ( ) newline, or "" for a word or the end.
    std::string_view operator_here() const;
    bool take(std::string_view what);
    /// A reserved word here ("if", "{"), alone as a word, and not taken.
    bool is_reserved(std::string_view word) const;
    bool take_reserved(std::string_view word);
    /// 2>&1, >file: the digit and the operator of a redirection, or nullopt.
    std::optional<Redirect> redirect();
    Word word();
    /// A name directly followed by `=`, taken with it.
    std::optional<std::string> assigned_name();

private:
    [[noreturn]] void incomplete() const { throw SyntaxError{true, "unexpected end of file"}; }
    void single_quotes(Word& into);
    void double_quotes(Word& into);
    void dollar(Word& into, bool quoted);
    void braces(Word& into, bool quoted);
    void backquotes(Word& into, bool quoted);
    void escape(Word& into, bool quoted);
    void arithmetic(Word& into, bool quoted);
    void command(Word& into, bool quoted);
    Word word_until_brace(bool quoted);

    std::string_view text_;
    std::size_t at_{};
};

inline bool is_name_start(char c) { return std::isalpha(static_cast<unsigned char>(c)) || c == '_'; }

inline bool is_name_char(char c) { return is_name_start(c) || std::isdigit(static_cast<unsigned char>(c)); }

/// Adds literal text to a word, to its last piece where that is alike.
void add_text(Word& word, std::string_view text, bool quoted);

/// The list up to a closing ")" (which is taken); the parser's door for $(...).
List parse_until_parenthesis(Lexer& lexer);

}  // namespace gpupass::sim
