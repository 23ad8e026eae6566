#include "faults.hpp"

#include "text.hpp"
#include "world.hpp"

#include <algorithm>
#include <cstdlib>
#include <fstream>

namespace gpupass::sim {

namespace {

std::string name_of(const std::string& spec) { return spec.substr(0, spec.find(':')); }

std::string value_of(const std::string& spec)
{
    const auto colon = spec.find(':');
    return colon == spec.npos ? "" : spec.substr(colon + 1);
}

}  // namespace

Faults::Faults(std::vector<std::string> specs, std::filesystem::path file)
    : ordered_{std::move(specs)}, file_{std::move(file)}
{
    reload();
}

void Faults::reload()
{
    in_file_.clear();
    std::ifstream in{file_};
    for (std::string line; std::getline(in, line);)
        if (const auto spec = trim(line); !spec.empty() && spec[0] != '#')
            in_file_.push_back(spec);
}

std::vector<std::string> Faults::all(const std::string& name) const
{
    std::vector<std::string> values;
    for (const auto* list : {&ordered_, &in_file_})
        for (const auto& spec : *list)
            if (name_of(spec) == name)
                values.push_back(value_of(spec));
    return values;
}

std::optional<std::string> Faults::find(const std::string& name) const
{
    const auto values = all(name);
    return values.empty() ? std::nullopt : std::optional{values.front()};
}

std::optional<std::string> Faults::take(const std::string& name)
{
    for (auto* list : {&ordered_, &in_file_}) {
        const auto found = std::ranges::find(*list, name, name_of);
        if (found == list->end())
            continue;
        const auto value = value_of(*found);
        list->erase(found);
        if (list == &in_file_)
            replace_file(file_, join(in_file_, "\n") + (in_file_.empty() ? "" : "\n"));
        return value;
    }
    return std::nullopt;
}

const std::vector<std::string>& Faults::names()
{
    static const std::vector<std::string> all{
        "cut",           "stall",         "garbage",         "slow-reboot",  "never-returns", "bdf-shift",
        "settings-lost", "disk-full",     "pending-forever", "hostd-slow",   "reboot-now",    "reboot-now-clean",
        "no-tools",      "question",      "suspended",       "free-licence", "eval",          "bootbank-tmp",
        "ssh-off",       "shell-timeout", "reset-fails",     "false-failure"};
    return all;
}

bool Faults::is_known(const std::string& spec) { return std::ranges::find(names(), name_of(spec)) != names().end(); }

double fault_number(const std::optional<std::string>& value, double otherwise)
{
    if (!value || value->empty())
        return otherwise;
    char* end = nullptr;
    const double number = std::strtod(value->c_str(), &end);
    return *end == '\0' && number >= 0 ? number : otherwise;
}

}  // namespace gpupass::sim
