#include "knowledge/gpu_table.hpp"

#include <algorithm>
#include <array>

// The rows of data/intel-gpus.csv become a constant of the program: nothing is read or built at start-up. The file is
// sorted by device id, which the compiler checks, so that a search halves it.

namespace gpupass {
namespace {

constexpr std::uint16_t intel = 0x8086;

using Row = std::array<std::string_view, 10>;
constexpr Row rows[] = {
#include "gpus.inc"
};

constexpr std::uint16_t read_id(std::string_view text)  // "0x9a49"
{
    int id = 0;
    for (const char c : text.substr(2))
        id = id * 16 + (c <= '9' ? c - '0' : c - 'a' + 10);
    return static_cast<std::uint16_t>(id);
}

constexpr unsigned read_count(std::string_view text)  // "" where it is not known
{
    unsigned count = 0;
    for (const char c : text)
        count = count * 10 + static_cast<unsigned>(c - '0');
    return count;
}

constexpr auto read_rows()
{
    std::array<GpuModel, std::size(rows)> models{};
    std::ranges::transform(rows, models.begin(), [](const Row& row) {
        return GpuModel{.id = {intel, read_id(row[0])},
                        .codename = row[1],
                        .name = row[2],
                        .graphics_version = row[3],
                        .driver = row[5],
                        .gvtg = row[6],
                        .sriov_vfs = row[7],
                        .execution_units = read_count(row[8]),
                        .notes = row[9]};
    });
    return models;
}

constexpr auto models = read_rows();
static_assert(std::ranges::adjacent_find(models, std::ranges::greater_equal{}, &GpuModel::id) == models.end(),
              "data/intel-gpus.csv is sorted by device_id, each id once");

}  // namespace

const GpuModel* find_gpu_model(const PciId& id)
{
    const auto found = std::ranges::lower_bound(models, id, {}, &GpuModel::id);
    return found != models.end() && found->id == id ? &*found : nullptr;
}

std::span<const GpuModel> gpu_models() { return models; }

bool is_discrete(const GpuModel& model) { return model.notes.find("discrete") != std::string_view::npos; }

}  // namespace gpupass
