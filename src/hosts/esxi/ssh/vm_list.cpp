#include "hosts/esxi/ssh/vm_list.hpp"

#include "hosts/esxi/text.hpp"

#include <algorithm>
#include <map>
#include <optional>

namespace gpupass::esxi {

namespace {

constexpr std::size_t longest_row = 8 * 1024;  // of a row that is looked at; an annotation may be longer
constexpr int most_lines_of_row = 32;

bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/// Digits and a blank: how a row begins.
std::size_t id_length(std::string_view line)
{
    const auto end = line.find_first_not_of("0123456789");
    return end != std::string_view::npos && end > 0 && end <= 10 && is_blank(line[end]) ? end : 0;
}

/// A word and "vmx-19", then a blank or the end: what follows the file.
bool ends_row(std::string_view text)
{
    const auto word = text.find_first_not_of(" \t");
    if (word == 0 || word == std::string_view::npos)
        return false;
    const auto blank = text.find_first_of(" \t", word);
    if (blank == std::string_view::npos)
        return false;
    std::string_view version = trim(text.substr(blank));
    if (!version.starts_with("vmx-") || version.size() < 5 || !is_digit(version[4]))
        return false;
    const auto end = version.find_first_not_of("0123456789", 4);
    return end == std::string_view::npos || is_blank(version[end]) || version[end] == '\n';
}

/// The name of a datastore: one part of a path.
bool is_plain(std::string_view name)
{
    return !name.empty() && name != "." && name != ".." && !name.contains('/');
}

bool leads_out(std::string_view file)
{
    return file.starts_with('/') || file.starts_with("../") || file.contains("/../");
}

/// `[ds] path.vmx` at the front of `text`, when a guest and a version follow it.
std::optional<VmRow> read_file(std::string_view text)
{
    const auto close = text.find("] ");
    if (close == std::string_view::npos || !is_plain(text.substr(1, close - 1)))
        return std::nullopt;
    for (auto end = text.find(".vmx"); end != std::string_view::npos; end = text.find(".vmx", end + 1)) {
        if (end <= close + 2 || !ends_row(text.substr(end + 4)))
            continue;
        const std::string_view file = text.substr(close + 2, end + 4 - close - 2);
        if (leads_out(file))
            return std::nullopt;
        return VmRow{.id = {}, .name = {}, .datastore = std::string{text.substr(1, close - 1)}, .file = std::string{file}};
    }
    return std::nullopt;
}

struct Reading {
    std::size_t column{};      // where the file began, in bytes
    std::size_t characters{};  // the same in characters
    bool is_apart{};           // two blanks before it: columns are further apart than words
    VmRow row;
};

std::size_t count_characters(std::string_view text)
{
    return static_cast<std::size_t>(std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

/// Every way to read one row.
std::vector<Reading> readings_of(std::string_view line)
{
    std::vector<Reading> readings;
    line = line.substr(0, longest_row);
    const std::size_t id = id_length(line);
    for (auto at = line.find('[', id); at != std::string_view::npos; at = line.find('[', at + 1)) {
        if (!is_blank(line[at - 1]))
            continue;
        auto row = read_file(line.substr(at));
        if (!row)
            continue;
        row->id = line.substr(0, id);
        row->name = trim(line.substr(id, at - id));
        if (!row->name.empty())
            readings.push_back({at, count_characters(line.substr(0, at)), is_blank(line[at - 2]), std::move(*row)});
    }
    if (std::ranges::any_of(readings, &Reading::is_apart))
        std::erase_if(readings, [](const Reading& reading) { return !reading.is_apart; });
    return readings;
}

/// One way: that. Several: the one below the heading "File", if the list is aligned.
std::optional<VmRow> choose(const std::vector<Reading>& readings, std::size_t file_column)
{
    if (readings.size() == 1)
        return readings.front().row;
    const auto fits = [&](const Reading& r) { return r.column == file_column || r.characters == file_column; };
    if (std::ranges::count_if(readings, fits) != 1)
        return std::nullopt;
    return std::ranges::find_if(readings, fits)->row;
}

struct ListReader {
    VmList list;
    std::size_t file_column{};
    std::string open;   // a row that has no file yet: its name holds a newline
    long open_line{};
    int open_lines{};

    void refuse(long line, std::string_view text, const char* why)
    {
        list.refused.push_back("line " + std::to_string(line) + ": " + why + ": `" + excerpt(text, 80) + "`");
    }

    void take_row(const TextLine& line)
    {
        if (!open.empty()) {
            // It may as well be the second line of a name: whose row this is cannot be told.
            refuse(open_line, open, "a row without a file");
            refuse(line.number, line.text, "a row that may belong to the one before");
            open.clear();
            return;
        }
        const auto readings = readings_of(line.text);
        if (readings.empty()) {
            open = line.text;
            open_line = line.number;
            open_lines = 1;
        } else if (auto row = choose(readings, file_column)) {
            list.rows.push_back(std::move(*row));
        } else {
            refuse(line.number, line.text, "a row that can be read in several ways");
        }
    }

    void take_rest(const TextLine& line)
    {
        if (line.text.starts_with("Skipping invalid VM"))
            return refuse(line.number, line.text, "hostd cannot load this VM");
        if (open.empty() || ++open_lines > most_lines_of_row)
            return;  // the rest of an annotation, or noise
        open += "\n" + std::string{line.text};
        const auto readings = readings_of(open);
        if (readings.size() == 1)
            list.rows.push_back(readings.front().row);
        if (readings.size() > 1)
            refuse(open_line, open, "a row that can be read in several ways");
        if (!readings.empty())
            open.clear();
    }
};

/// Two rows with one id, or one file: one of them is made up.
void refuse_doubles(VmList& list)
{
    std::map<std::string, int> seen;
    for (const VmRow& row : list.rows) {
        ++seen["id " + row.id];
        ++seen["file " + row.config_path()];
    }
    std::erase_if(list.rows, [&](const VmRow& row) {
        const bool twice = seen["id " + row.id] > 1 || seen["file " + row.config_path()] > 1;
        if (twice)
            list.refused.push_back("VM " + row.id + " (" + excerpt(row.name, 80) + "): its id or its file is there twice");
        return twice;
    });
}

}  // namespace

Result<VmList> parse_vm_list(std::string_view text)
{
    const auto lines = split_lines(text);
    const auto is_heading = [](const TextLine& line) { return line.text.starts_with("Vmid") && line.text.contains(" File"); };
    const auto heading = std::ranges::find_if(lines, is_heading);
    if (heading == lines.end())
        return bad_text(0, "Vmid", "no list of VMs in `" + excerpt(text, 80) + "`");
    ListReader reader;
    reader.file_column = heading->text.find(" File") + 1;
    for (const TextLine& line : std::span{lines}) {
        if (&line == &*heading)
            continue;
        if (id_length(line.text) > 0 && line.number > heading->number)
            reader.take_row(line);
        else
            reader.take_rest(line);
    }
    if (!reader.open.empty())
        reader.refuse(reader.open_line, reader.open, "a row without a file");
    refuse_doubles(reader.list);
    return std::move(reader.list);
}

std::string path_of_file(std::string_view file)
{
    const auto close = file.find("] ");
    if (!file.starts_with('[') || close == std::string_view::npos)
        return "";
    return "/vmfs/volumes/" + std::string{file.substr(1, close - 1)} + "/" + std::string{trim(file.substr(close + 2))};
}

}  // namespace gpupass::esxi
