#pragma once

#include "model/result.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

// What all texts of an ESXi host have in common: lines, `Name: value` fields, tables with dashes. Views point into the
// text that was given.

namespace gpupass::esxi {

/// A line without its end, a carriage return and trailing blanks. Numbers begin with 1.
struct TextLine {
    long number{};
    std::string_view text;
};
std::vector<TextLine> split_lines(std::string_view text);

std::string_view trim(std::string_view text);
std::string_view trim_end(std::string_view text);
/// ASCII only: keys and booleans are.
std::string lower(std::string_view text);
bool equals_ignoring_case(std::string_view a, std::string_view b);
/// Decimal, nothing around it.
std::optional<std::int64_t> parse_int(std::string_view text);
/// `0x8086` or `8086`, at most 16 bits.
std::optional<std::uint16_t> parse_hex16(std::string_view text);
/// TRUE, FALSE, yes, no, 1, 0 in any case.
std::optional<bool> parse_bool(std::string_view text);
/// Only the hexadecimal digits, lower case: `56 4d 48-..` and `564d48..` become the same.
std::string hex_digits(std::string_view text);
bool is_utf8(std::string_view text);
/// The same text with every byte that is not part of valid UTF-8 replaced by U+FFFD.
std::string as_utf8(std::string_view text);
/// For messages: printable(), without blanks and newlines around it, and with "..." when it was cut.
std::string excerpt(std::string_view text, std::size_t most = 200);

/// An error that names line (0: no line) and field.
std::unexpected<Error> bad_text(long line, std::string_view field, std::string what);

struct Field {
    long line{};
    std::string_view name;
    std::string_view value;
};
using Fields = std::vector<Field>;
/// `Name: value` or `Name:`, split at the first colon that a blank or the end follows; nullopt for other lines.
std::optional<Field> split_field(const TextLine& line);
Fields fields_of(std::span<const TextLine> lines);
/// The first of that name, or null.
const Field* find_field(const Fields& fields, std::string_view name);
/// Its value, or "".
std::string_view value_of(const Fields& fields, std::string_view name);
/// An error when it is missing.
Result<Field> need_field(const Fields& fields, std::string_view name);

/// A table: a line of names, a line of dashes, rows cut where the dashes begin.
struct Table {
    struct Row {
        long line{};
        std::vector<std::string_view> cells;
    };
    std::vector<std::string_view> columns;
    std::vector<Row> rows;
    /// Index of the column of that name.
    Result<std::size_t> column(std::string_view name) const;
};
Result<Table> parse_table(std::string_view text);

}  // namespace gpupass::esxi
