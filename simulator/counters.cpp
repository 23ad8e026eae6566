#include "counters.hpp"

#include "world.hpp"

#include <nlohmann/json.hpp>

#include <fstream>

namespace gpupass::sim {

Counters::Counters(std::filesystem::path file)
    : file_{std::move(file)},
      counts_{{"connections", 0}, {"guest_connections", 0}, {"exec", 0}, {"esxcli", 0}, {"vim_cmd", 0}, {"reboots", 0}}
{
    std::ifstream in{file_};
    const auto known = nlohmann::json::parse(in, nullptr, false);
    for (auto& [name, number] : counts_)
        if (known.is_object() && known.contains(name) && known[name].is_number_integer())
            number = known[name].get<long long>();
    replace_file(file_, nlohmann::json(counts_).dump() + "\n");
}

void Counters::count(const std::string& what)
{
    const std::lock_guard lock{mutex_};
    ++counts_[what];
    replace_file(file_, nlohmann::json(counts_).dump() + "\n");
}

}  // namespace gpupass::sim
