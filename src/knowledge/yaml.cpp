#include "knowledge/yaml.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <yaml-cpp/yaml.h>

namespace gpupass {
namespace {

constexpr std::size_t max_file = 1u << 20;
constexpr std::size_t max_entries = 2000;
constexpr std::size_t max_keys = 32;
constexpr std::size_t max_texts = 200;
constexpr std::size_t max_length = 4096;

std::string place(std::string_view file, int line) { return fmt::format("{}:{}", file, line); }

std::unexpected<Error> wrong(std::string_view file, int line, std::string what)
{
    return at(Error{.kind = ErrorKind::parse, .what = std::move(what), .where = {}, .next = {}}, place(file, line));
}

int line_of(const YAML::Node& node) { return node.Mark().line + 1; }

/// Turns the tree of yaml-cpp into plain entries. Aliases can make a small file large, so all text has one budget.
class Walk {
public:
    explicit Walk(std::string_view file) : file_{file} {}

    Result<std::vector<YamlEntry>> list(const YAML::Node& root)
    {
        if (!root.IsSequence() || root.size() > max_entries)
            return wrong(file_, 1, fmt::format("the file is not a list of at most {} entries", max_entries));
        std::vector<YamlEntry> entries;
        for (const YAML::Node& node : root) {
            auto read = entry(node);
            if (!read)
                return std::unexpected(std::move(read.error()));
            entries.push_back(std::move(*read));
        }
        return entries;
    }

private:
    Result<YamlEntry> entry(const YAML::Node& node)
    {
        if (!node.IsMap() || node.size() > max_keys)
            return wrong(file_, line_of(node), "an entry is not a mapping of keys");
        YamlEntry entry{.line = line_of(node), .values = {}};
        for (const auto& pair : node) {
            if (!pair.first.IsScalar())
                return wrong(file_, line_of(node), "a key is not a plain word");
            const std::string& key = pair.first.Scalar();
            auto read = value(pair.second, key);
            if (!read)
                return std::unexpected(std::move(read.error()));
            if (!entry.values.emplace(key, std::move(*read)).second)
                return wrong(file_, line_of(pair.first), fmt::format("key {:?} stands twice in one entry", key));
        }
        return entry;
    }

    Result<YamlValue> value(const YAML::Node& node, const std::string& key)
    {
        YamlValue value{.texts = {}, .is_list = node.IsSequence(), .line = line_of(node)};
        if (node.IsScalar() && add(value, node))
            return value;
        if (!value.is_list || node.size() > max_texts)
            return wrong(file_, value.line, fmt::format("key {:?} is not a text or a list of texts", key));
        for (const YAML::Node& item : node)
            if (!item.IsScalar() || !add(value, item))
                return wrong(file_, line_of(item),
                             fmt::format("key {:?} has an item that is no text or too long", key));
        return value;
    }

    bool add(YamlValue& value, const YAML::Node& node)
    {
        const std::string& text = node.Scalar();
        if (text.size() > max_length || text.size() >= budget_)
            return false;
        budget_ -= text.size() + 1;
        value.texts.push_back(text);
        return true;
    }

    std::string_view file_;
    std::size_t budget_{4 * max_file};
};

}  // namespace

Result<std::vector<YamlEntry>> read_yaml_list(std::string_view yaml, std::string_view file_name)
{
    if (yaml.size() > max_file)
        return wrong(file_name, 1, fmt::format("the file has more than {} bytes", max_file));
    try {
        return Walk{file_name}.list(YAML::Load(std::string{yaml}));
    } catch (const YAML::Exception& error) {  // yaml-cpp reports bad syntax by exception
        return wrong(file_name, std::max(error.mark.line, 0) + 1, "not YAML: " + error.msg);
    }
}

const YamlValue* EntryReader::take(std::string_view key, bool list)
{
    seen_.emplace_back(key);
    const auto found = entry_.values.find(key);
    if (found == entry_.values.end())
        return nullptr;
    if (found->second.is_list == list)
        return &found->second;
    complain(key, list ? "is not a list" : "is not one text");
    return nullptr;
}

std::string EntryReader::text(std::string_view key)
{
    const YamlValue* value = take(key, false);
    return value ? value->texts.front() : std::string{};
}

std::string EntryReader::required_text(std::string_view key)
{
    std::string value = text(key);
    if (value.empty())
        complain(key, "is missing or empty");
    return value;
}

std::vector<std::string> EntryReader::texts(std::string_view key)
{
    const YamlValue* value = take(key, true);
    return value ? value->texts : std::vector<std::string>{};
}

bool EntryReader::flag(std::string_view key) { return one_of(key, {"false", "true"}, 0) == 1; }

std::size_t EntryReader::one_of(std::string_view key, const std::vector<std::string_view>& words, std::size_t otherwise)
{
    const YamlValue* value = take(key, false);
    if (!value)
        return otherwise;
    const auto found = std::ranges::find(words, value->texts.front());
    if (found == words.end()) {
        complain(key, fmt::format("is not one of: {}", fmt::join(words, ", ")));
        return otherwise;
    }
    return static_cast<std::size_t>(found - words.begin());
}

void EntryReader::complain(std::string_view key, std::string what)
{
    const auto found = entry_.values.find(key);
    const int line = found == entry_.values.end() ? entry_.line : found->second.line;
    const auto id = entry_.values.find("id");
    const std::string name = id == entry_.values.end() || id->second.texts.empty() ? "" : id->second.texts.front();
    Error error{.kind = ErrorKind::parse, .what = fmt::format("key {:?} {}", key, what), .where = {}, .next = {}};
    error.where = {fmt::format("rule {:?}", name), place(file_name_, line)};
    errors_.push_back(std::move(error));
}

Result<void> EntryReader::finish()
{
    for (const auto& [key, value] : entry_.values)
        if (std::ranges::find(seen_, key) == seen_.end())
            complain(key, fmt::format("is not known; keys are: {}", fmt::join(seen_, ", ")));
    if (!errors_.empty())
        return std::unexpected(std::move(errors_.front()));
    return {};
}

}  // namespace gpupass
