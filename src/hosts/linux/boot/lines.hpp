#pragma once

#include "model/result.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

// What the readers of this folder share. Texts are foreign: bounded, and every failure names its line.

namespace gpupass::linux_host::boot {

/// Where something stands, to show and to find it again.
struct Place {
    std::string path;
    std::size_t line{};  // from 1
    bool operator==(const Place&) const = default;
};
/// "/etc/default/grub line 6"
std::string to_string(const Place& place);

/// A file as it was read.
struct File {
    std::string path;
    std::string text;
};

inline constexpr std::size_t largest_file = 256 * 1024;

/// A line and how it ends: "\n", "\r\n", or "" for the last one of a file without a final newline. Views into the text.
struct Line {
    std::string_view text;
    std::string_view end;
    std::size_t number{};  // from 1
};
/// All lines: put together they are the text again. Refused: more than `limit` bytes.
Result<std::vector<Line>> split_lines(std::string_view text, std::size_t limit = largest_file);

/// How the lines of a text end: as the first one does; "\n" where there is none yet.
std::string line_end_of(std::string_view text);

/// `text` with one more line, in the habits of the file: its line ends, and no final newline where it has none.
std::string with_line(std::string_view text, std::string_view line);
/// The inverse: without its line `number`.
std::string without_line(std::string_view text, std::size_t number);

/// Without blanks and tabs at both ends.
std::string_view trimmed(std::string_view text);
/// The first word, which is taken off `text` together with the blanks around it; "" when none is left.
std::string_view take_word(std::string_view& text);
/// The first line without its "\n", which are both taken off `text`.
std::string_view take_line(std::string_view& text);

/// A parse error of one line: `what` says which field and why.
std::unexpected<Error> bad_line(std::size_t number, std::string what, std::string next = {});

}  // namespace gpupass::linux_host::boot
