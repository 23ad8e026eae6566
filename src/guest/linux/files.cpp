#include "guest/linux/files.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>

namespace gpupass::guest {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t longest = 64u << 10;
constexpr std::size_t most_names = 4096;

}  // namespace

std::optional<std::string> read_text(const std::string& path)
{
    std::ifstream in{path, std::ios::binary};
    if (!in)
        return std::nullopt;
    std::string text(longest, '\0');
    in.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (in.bad())
        return std::nullopt;
    text.resize(static_cast<std::size_t>(in.gcount()));
    if (!text.empty() && text.back() == '\n')
        text.pop_back();
    return text;
}

std::vector<std::string> names_in(const std::string& path)
{
    std::vector<std::string> names;
    std::error_code error;
    for (fs::directory_iterator at{path, error}, end; !error && at != end && names.size() < most_names; at.increment(error))
        names.push_back(at->path().filename().string());
    std::ranges::sort(names);
    return names;
}

std::string link_name(const std::string& path)
{
    std::error_code error;
    return fs::read_symlink(path, error).filename().string();
}

std::optional<std::uint32_t> read_hex(const std::string& path)
{
    const auto text = read_text(path);
    if (!text || text->rfind("0x", 0) != 0)
        return std::nullopt;
    std::uint32_t value{};
    const auto [end, error] = std::from_chars(text->data() + 2, text->data() + text->size(), value, 16);
    return error == std::errc{} && end == text->data() + text->size() ? std::optional{value} : std::nullopt;
}

std::vector<std::string> lines_of(const std::string& text)
{
    std::vector<std::string> lines;
    for (std::size_t begin = 0; begin < text.size();) {
        const auto end = std::min(text.find('\n', begin), text.size());
        lines.push_back(text.substr(begin, end - begin));
        begin = end + 1;
    }
    return lines;
}

}  // namespace gpupass::guest
