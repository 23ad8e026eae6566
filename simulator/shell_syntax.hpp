#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

// The grammar of the small ash: what a script is once it is read.

namespace gpupass::sim {

struct List;
struct Word;

/// A piece of a word. `quoted`: between quotes, so that it is neither split nor taken as a pattern.
struct Part {
    enum class Kind { text, variable, command, arithmetic };
    Kind kind{Kind::text};
    bool quoted{};
    std::string text;            // literal, name of the variable, or text of the arithmetic
    std::string operation;       // of ${name:-word}: ":-", "-", "#" (length), "%", "%%", "##", "#pattern" as "<"
    std::shared_ptr<Word> word;  // of the operation or the arithmetic
    std::shared_ptr<List> list;  // of $(...)
};

struct Word {
    std::vector<Part> parts;
};

struct Redirect {
    int fd{};
    enum class Kind { read, write, append, duplicate } kind{};
    Word target;
};

struct Assignment {
    std::string name;
    Word value;
};

struct Simple {
    std::vector<Assignment> assignments;
    std::vector<Word> words;
};
struct Group {
    std::shared_ptr<List> list;
    bool subshell{};
};
struct If {
    std::vector<std::pair<std::shared_ptr<List>, std::shared_ptr<List>>> branches;  // condition, what then
    std::shared_ptr<List> otherwise;
};
struct While {
    std::shared_ptr<List> condition;
    std::shared_ptr<List> body;
    bool until{};
};
struct For {
    std::string name;
    std::vector<Word> words;
    bool over_arguments{};  // no "in"
    std::shared_ptr<List> body;
};
struct Case {
    Word subject;
    std::vector<std::pair<std::vector<Word>, std::shared_ptr<List>>> branches;
};
struct Function {
    std::string name;
    std::shared_ptr<List> body;
};

struct Command {
    std::variant<Simple, Group, If, While, For, Case, Function> what;
    std::vector<Redirect> redirects;
};

struct Pipeline {
    std::vector<Command> commands;
    bool negated{};
};

struct AndOr {
    std::vector<Pipeline> pipelines;
    std::vector<bool> ands;  // between them: && or ||
};

struct List {
    std::vector<AndOr> items;
};

struct Parsed {
    enum class State { complete, incomplete, wrong } state{};
    List list;               // of one line, which may go on over several
    std::size_t consumed{};  // bytes of the text that the line took
    std::string error;
};

/// Reads one complete line of script from the start of `text`. `at_end`: no more text will come.
Parsed parse_line(std::string_view text, bool at_end);

/// Whether `text` is a name of a variable.
bool is_name(std::string_view text);

}  // namespace gpupass::sim
