#include "cli/own_rules.hpp"

#include "transport/byte_source.hpp"

#include <algorithm>
#include <iterator>

namespace gpupass::cli {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t max_rules_file = 1u << 20;

Result<std::vector<Rule>> rules_in(const fs::path& path)
{
    auto file = open_file(path);
    if (!file)
        return std::unexpected(std::move(file.error()));
    const auto text = read_all(**file, max_rules_file);
    if (!text)
        return at(text.error(), path.string());
    return parse_rules(*text, path.string());
}

}  // namespace

Result<std::vector<Rule>> own_rules(const std::string& named, const fs::path& config_folder)
{
    const fs::path folder = named.empty() ? config_folder / "rules" : fs::path{named};
    std::error_code error;
    std::vector<fs::path> files;
    for (fs::directory_iterator entry{folder, error}, end; !error && entry != end; entry.increment(error))
        if (entry->path().extension() == ".yaml")
            files.push_back(entry->path());
    if (error && !named.empty())
        return at(Error{.kind = ErrorKind::not_found, .what = error.message(), .where = {}, .next = {}}, folder.string());
    std::ranges::sort(files);
    std::vector<Rule> all;
    for (const fs::path& file : files) {
        auto rules = rules_in(file);
        if (!rules)
            return std::unexpected(std::move(rules.error()));
        std::ranges::move(*rules, std::back_inserter(all));
    }
    return all;
}

}  // namespace gpupass::cli
