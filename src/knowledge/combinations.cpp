#include "knowledge/combinations.hpp"

#include "knowledge/gpu_table.hpp"
#include "knowledge/yaml.hpp"

#include <algorithm>
#include <stdexcept>

namespace gpupass {
namespace {

struct EmbeddedFile {
    std::string_view name;
    std::string_view text;
};

constexpr EmbeddedFile combination_files[] = {
#include "combinations.inc"
};

enum class Guest { any, windows, other };

struct Combination {
    std::string platform;
    std::vector<std::string> codenames;  // empty: every Intel GPU that is part of the processor
    Guest guest{};
    Warning warning;
};

Result<Combination> read_combination(const YamlEntry& yaml, std::string_view file_name)
{
    EntryReader entry{yaml, file_name};
    Combination known;
    known.warning.id = entry.required_text("id");
    known.platform = entry.required_text("platform");
    known.codenames = entry.texts("codenames");
    known.guest = static_cast<Guest>(entry.one_of("guest", {"any", "windows", "other"}, 0));
    known.warning.text = entry.required_text("text");
    known.warning.source = entry.required_text("source");
    if (auto finished = entry.finish(); !finished)
        return std::unexpected(std::move(finished.error()));
    return known;
}

std::vector<Combination> read_combinations()
{
    std::vector<Combination> all;
    for (const EmbeddedFile& file : combination_files) {
        const auto entries = read_yaml_list(file.text, file.name);
        if (!entries)  // a test reads them all, so this is a program that was built wrong
            throw std::logic_error{entries.error().what};
        for (const YamlEntry& entry : *entries) {
            auto known = read_combination(entry, file.name);
            if (!known)
                throw std::logic_error{known.error().what};
            all.push_back(std::move(*known));
        }
    }
    return all;
}

bool fits_gpu(const Combination& known, const PciDevice& gpu)
{
    const GpuModel* model = find_gpu_model(gpu.id);
    if (!model)
        return false;
    if (known.codenames.empty())
        return !is_discrete(*model);
    return std::ranges::any_of(known.codenames, [&](const auto& name) { return model->codename.starts_with(name); });
}

bool fits_guest(const Combination& known, const Vm& vm)
{
    return known.guest == Guest::any || (known.guest == Guest::windows) == vm.is_windows();
}

}  // namespace

std::vector<Warning> known_bad(const HostFacts& facts, const PciDevice& gpu, const Vm& vm)
{
    static const std::vector<Combination> all = read_combinations();
    std::vector<Warning> warnings;
    for (const Combination& known : all)
        if (known.platform == facts.kind && fits_gpu(known, gpu) && fits_guest(known, vm))
            warnings.push_back(known.warning);
    return warnings;
}

}  // namespace gpupass
