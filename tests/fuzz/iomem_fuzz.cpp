#include "hosts/linux/boot/iomem.hpp"
#include "hosts/linux/boot/pci_attributes.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

// /proc/iomem, and the attributes `resource` and `reset_method`: whatever is accepted keeps what its struct promises.

namespace {

using namespace gpupass::linux_host::boot;

void check(bool good)
{
    if (!good)
        std::abort();
}

void check_iomem(std::string_view text)
{
    const auto iomem = parse_iomem(text);
    if (!iomem)
        return check(!iomem.error().where.empty());
    for (const IomemRange& range : iomem->ranges) {
        check(range.first <= range.last && range.depth >= 0 && !range.name.contains('\n'));
        const auto found = inside(*iomem, range.first, range.last);
        check(found.has_value() != iomem->is_hidden && (!found || !found->empty()));
    }
    const auto all = inside(*iomem, 0, UINT64_MAX);
    check(iomem->is_hidden || all->size() == iomem->ranges.size());
    const auto screens = framebuffers(*iomem, 0, UINT64_MAX);
    check(iomem->is_hidden || screens->size() <= all->size());
}

void check_resource(std::string_view text)
{
    const auto bars = parse_resource(text);
    if (!bars)
        return check(!bars.error().where.empty());
    int index = -1;
    for (const Bar& bar : *bars) {
        check(bar.index > index && bar.index < 32 && bar.size > 0 && bar.last() >= bar.start);
        index = bar.index;
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    if (size > 16 * 1024)
        return 0;
    check_iomem(text);
    check_resource(text);
    if (const auto methods = parse_reset_methods(text))
        check(methods->size() <= 16);
    return 0;
}
