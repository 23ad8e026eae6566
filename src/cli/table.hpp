#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace gpupass::cli {

enum class Colour { none, red, green, yellow, blue, bold, dim };

/// Colours text, or leaves it alone where colour is not wanted (no terminal, NO_COLOR).
struct Paint {
    bool enabled{};
    std::string operator()(Colour colour, std::string_view text) const;
};

struct Cell {
    std::string text;  // made printable when the table is rendered
    Colour colour{Colour::none};
};

/// Columns as wide as their widest cell, two blanks between, no blanks at line ends.
struct Table {
    std::vector<std::string> header;
    std::vector<std::vector<Cell>> rows;
    std::size_t indent{};
    std::string render(const Paint& paint) const;
};

}  // namespace gpupass::cli
