#include "guest/linux/engine_times.hpp"

#include "guest/linux/files.hpp"

#include <charconv>

namespace gpupass::guest {

namespace {

std::string trimmed(const std::string& text)
{
    const auto begin = text.find_first_not_of(" \t");
    return begin == std::string::npos ? "" : text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1);
}

/// The two keys that tell work done: ns of an engine, cycles of it. Capacities and totals are no work.
bool is_work(const std::string& key)
{
    return (key.rfind("drm-engine-", 0) == 0 && key.rfind("drm-engine-capacity-", 0) != 0) || key.rfind("drm-cycles-", 0) == 0;
}

std::uint64_t number_of(const std::string& text)
{
    std::uint64_t value{};
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

}  // namespace

void add_fdinfo(const std::string& text, EngineTimes& times)
{
    std::optional<PciAddress> address;
    std::optional<std::uint64_t> work;
    for (const std::string& line : lines_of(text)) {
        const auto colon = line.find(':');
        const std::string key = line.substr(0, colon);
        const std::string value = colon == std::string::npos ? "" : trimmed(line.substr(colon + 1));
        if (key == "drm-pdev")
            address = parse_pci_address(value);
        else if (is_work(key))
            work = work.value_or(0) + number_of(value);
    }
    if (!address)
        return;
    auto& time = times[*address];
    if (work)
        time = time.value_or(0) + *work;
}

std::optional<EngineTimes> own_engine_times()
{
    const auto names = names_in("/proc/self/fdinfo");
    if (names.empty())
        return std::nullopt;
    EngineTimes times;
    for (const std::string& name : names)
        add_fdinfo(read_text("/proc/self/fdinfo/" + name).value_or(""), times);
    return times;
}

}  // namespace gpupass::guest
