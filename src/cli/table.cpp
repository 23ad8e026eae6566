#include "cli/table.hpp"

#include "cli/text.hpp"

#include <algorithm>

namespace gpupass::cli {

namespace {

std::string_view code_of(Colour colour)
{
    switch (colour) {
    case Colour::none: return "";
    case Colour::red: return "31";
    case Colour::green: return "32";
    case Colour::yellow: return "33";
    case Colour::blue: return "34";
    case Colour::bold: return "1";
    case Colour::dim: return "2";
    }
    return "";
}

using Row = std::vector<Cell>;

std::vector<std::size_t> column_widths(const std::vector<Row>& rows)
{
    std::vector<std::size_t> widths;
    for (const Row& row : rows) {
        widths.resize(std::max(widths.size(), row.size()));
        for (std::size_t i = 0; i < row.size(); ++i)
            widths[i] = std::max(widths[i], display_width(row[i].text));
    }
    return widths;
}

/// Blanks are added only before a cell with text, so that lines end where their text does.
std::string line_of(const Row& row, const std::vector<std::size_t>& widths, std::size_t indent, const Paint& paint)
{
    std::string line;
    std::size_t blanks = indent;
    for (std::size_t i = 0; i < row.size(); ++i) {
        if (!row[i].text.empty()) {
            line += std::string(blanks, ' ') + paint(row[i].colour, row[i].text);
            blanks = 0;
        }
        blanks += widths[i] - display_width(row[i].text) + 2;
    }
    return line + '\n';
}

}  // namespace

std::string Paint::operator()(Colour colour, std::string_view text) const
{
    if (!enabled || colour == Colour::none || text.empty())
        return std::string{text};
    return "\x1b[" + std::string{code_of(colour)} + "m" + std::string{text} + "\x1b[0m";
}

std::string Table::render(const Paint& paint) const
{
    std::vector<Row> lines;
    Row& titles = lines.emplace_back();
    for (const std::string& title : header)
        titles.push_back({title, Colour::dim});
    for (const Row& row : rows) {
        Row& line = lines.emplace_back(row);
        for (Cell& cell : line)
            cell.text = printable(cell.text);
    }
    const auto widths = column_widths(lines);
    std::string out;
    for (const Row& line : lines)
        out += line_of(line, widths, indent, paint);
    return out;
}

}  // namespace gpupass::cli
