#include "rules/line_finder.hpp"
#include "rules/rule_set.hpp"

#include <algorithm>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <vector>

// Runs while gpupass is built: compile_rules RULES TABLES OBSERVATIONS.yaml RULE.yaml... reads the data files and writes what
// the program loads at its start. A rule that is wrong fails the build, with its place.

namespace {

using namespace gpupass;

std::string content_of(const std::string& path)
{
    std::ifstream file{path, std::ios::binary};
    return {std::istreambuf_iterator<char>{file}, {}};
}

std::string name_of(const std::string& path) { return path.substr(path.rfind('/') + 1); }

bool write(const std::string& path, const std::string& bytes)
{
    std::ofstream file{path, std::ios::binary};
    file << bytes;
    return file.flush().good();
}

int complain(const Error& error)
{
    std::cerr << error << "\n";
    return 1;
}

}  // namespace

int main(int count, char** words)
{
    if (count < 4)
        return 2;
    const std::vector<std::string> arguments(words + 1, words + count);
    Knowledge knowledge;
    auto observations = parse_observations(content_of(arguments[2]), name_of(arguments[2]));
    if (!observations)
        return complain(observations.error());
    knowledge.observations = std::move(*observations);
    for (std::size_t i = 3; i < arguments.size(); ++i) {
        auto rules = parse_rules(content_of(arguments[i]), name_of(arguments[i]));
        if (!rules)
            return complain(rules.error());
        std::ranges::move(*rules, std::back_inserter(knowledge.rules));
    }
    const auto finder = make_finder(search_patterns(knowledge));
    if (!finder)
        return complain(finder.error());
    return write(arguments[0], pack(knowledge)) && write(arguments[1], finder->save()) ? 0 : 1;
}
