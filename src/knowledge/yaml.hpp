#pragma once

#include "model/result.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

// All YAML files of data/ have one shape: a list of entries, an entry maps keys to a text or a list of texts. Whatever
// is not of that shape is refused here, so that nothing else needs to know YAML.

namespace gpupass {

struct YamlValue {
    std::vector<std::string> texts;
    bool is_list{};
    int line{};
};

struct YamlEntry {
    int line{};
    std::map<std::string, YamlValue, std::less<>> values;
};

/// Hostile input: size, number and length are bounded, errors name file and line.
Result<std::vector<YamlEntry>> read_yaml_list(std::string_view yaml, std::string_view file_name);

/// Reads an entry key by key and remembers the first thing that is wrong.
class EntryReader {
public:
    EntryReader(const YamlEntry& entry, std::string_view file_name) : entry_{entry}, file_name_{file_name} {}
    std::string text(std::string_view key);           // "" when the key is absent
    std::string required_text(std::string_view key);  // empty or absent is an error
    std::vector<std::string> texts(std::string_view key);
    bool flag(std::string_view key);
    /// Index of the text among `words`; `otherwise` when the key is absent.
    std::size_t one_of(std::string_view key, const std::vector<std::string_view>& words, std::size_t otherwise);
    void complain(std::string_view key, std::string what);
    /// The first complaint, or an unknown key.
    Result<void> finish();

private:
    const YamlValue* take(std::string_view key, bool list);
    const YamlEntry& entry_;
    std::string_view file_name_;
    std::vector<std::string> seen_;
    std::vector<Error> errors_;
};

}  // namespace gpupass
