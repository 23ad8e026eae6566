#include "counters.hpp"

#include <nlohmann/json.hpp>

#include <fstream>

#include <fcntl.h>
#include <unistd.h>

namespace gpupass::sim {

Counters::Counters(const std::filesystem::path& file)
    : counts_{{"connections", 0}, {"guest_connections", 0}, {"exec", 0}, {"esxcli", 0}, {"vim_cmd", 0}, {"reboots", 0}}
{
    std::ifstream in{file};
    const auto known = nlohmann::json::parse(in, nullptr, false);
    for (auto& [name, number] : counts_)
        if (known.is_object() && known.contains(name) && known[name].is_number_integer())
            number = known[name].get<long long>();
    fd_ = ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    write();
}

Counters::~Counters()
{
    if (fd_ >= 0)
        ::close(fd_);
}

void Counters::count(const std::string& what)
{
    const std::lock_guard lock{mutex_};
    ++counts_[what];
    write();
}

// In place and in one call: numbers only grow, so the new text covers the old one, and a reader sees either.
void Counters::write()
{
    const std::string text = nlohmann::json(counts_).dump() + "\n";
    (void)!::pwrite(fd_, text.data(), text.size(), 0);
}

}  // namespace gpupass::sim
