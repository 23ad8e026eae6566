#include "hosts/linux/boot/cmdline.hpp"
#include "hosts/linux/boot/leftovers.hpp"
#include "hosts/linux/boot/modprobe.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <optional>

namespace gpupass::linux_host::boot {

namespace {

using Topic = ModprobeTopic;

struct Option {
    std::string_view module;
    std::string_view name;
    Topic topic;
};

constexpr std::array options = {
    Option{"vfio_pci", "ids", Topic::vfio_ids},
    Option{"vfio_pci", "disable_vga", Topic::disable_vga},
    Option{"vfio_pci", "disable_idle_d3", Topic::disable_idle_d3},
    Option{"vfio_iommu_type1", "allow_unsafe_interrupts", Topic::unsafe_interrupts},
    Option{"kvm", "ignore_msrs", Topic::ignore_msrs},
};

void add_options(const ModprobeLine& line, std::vector<ModprobeNote>& notes)
{
    const auto words = parse_cmdline(fmt::format("{}", fmt::join(line.words, " ")));
    for (const Option& option : options)
        if (option.module == line.module && words)
            for (const std::string& value : values_of(*words, option.name))
                notes.push_back({option.topic, line.module, value, line.place});
    if (is_gpu_driver(line.module) && line.module != "snd_hda_intel")
        notes.push_back(
            {Topic::driver_options, line.module, fmt::format("{}", fmt::join(line.words, " ")), line.place});
}

/// `softdep i915 pre: a b post: c`: vfio-pci among those before.
bool comes_after_vfio(const ModprobeLine& line)
{
    bool before = false;
    for (const std::string& word : line.words) {
        if (word == "pre:" || word == "post:")
            before = word == "pre:";
        else if (before && (word == "vfio-pci" || word == "vfio_pci"))
            return true;
    }
    return false;
}

std::optional<Topic> driver_topic(const ModprobeLine& line)
{
    if (!is_gpu_driver(line.module))
        return std::nullopt;
    if (line.kind == ModprobeKind::blacklist)
        return Topic::driver_blacklisted;
    if (never_installs(line))
        return Topic::driver_refused;
    if (line.kind == ModprobeKind::softdep && comes_after_vfio(line))
        return Topic::driver_after_vfio;
    return std::nullopt;
}

}  // namespace

std::string to_string(ModprobeTopic topic)
{
    constexpr std::array words = {"vfio-ids",          "disable-vga",       "disable-idle-d3",
                                  "unsafe-interrupts", "ignore-msrs",       "driver-blacklisted",
                                  "driver-refused",    "driver-after-vfio", "driver-options"};
    return words.at(static_cast<std::size_t>(topic));
}

std::vector<ModprobeNote> modprobe_notes(std::span<const ModprobeLine> lines)
{
    std::vector<ModprobeNote> notes;
    for (const ModprobeLine& line : lines) {
        if (line.kind == ModprobeKind::options)
            add_options(line, notes);
        else if (const auto topic = driver_topic(line))
            notes.push_back({*topic, line.module, "", line.place});
    }
    return notes;
}

}  // namespace gpupass::linux_host::boot
