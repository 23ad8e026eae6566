#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

// The small part of the shell's language that /etc/default/grub is made of: assignments. What is more than that is not
// guessed at but marked, with the reason.

namespace gpupass::linux_host::boot {

/// A piece of a value: text as it is, or the name of a variable.
struct ShellPart {
    std::string text;
    bool is_variable{};
    bool operator==(const ShellPart&) const = default;
};

/// How a value is written: x, 'x', "x", or something else such as "x"'y'.
enum class ShellQuotes { none, one, two, mixed };

struct ShellStatement {
    std::size_t line{};            // where it begins, from 1
    std::string name;              // of the variable; "" when it is no assignment: it may change any variable
    bool appends{};                // NAME+=
    std::size_t value_begin{};     // in the text, with its quotes
    std::size_t value_size{};
    ShellQuotes quotes{ShellQuotes::none};
    std::vector<ShellPart> parts;  // of the value
    std::string unclear;           // why its value, or what it does, is not known; "" when it is
};

/// All statements of a file in order. Takes any text; time and memory are linear in its size.
std::vector<ShellStatement> read_shell(std::string_view text);

/// A value that is being read: how far it goes, and what it is made of.
struct ShellValue {
    std::size_t size{};
    ShellQuotes quotes{ShellQuotes::none};
    std::vector<ShellPart> parts;
    std::string unclear;  // its value is not known, but where it ends is
    std::string broken;   // nor is where it ends: nothing behind it can be trusted
};
/// Reads the value at the front of `text`: up to a blank, a line end or ';' outside of quotes.
ShellValue read_shell_value(std::string_view text);

/// Length of the name of a variable at the front of `text`; 0 when there is none.
std::size_t shell_name_length(std::string_view text);

}  // namespace gpupass::linux_host::boot
