#include "hosts/linux/boot/initramfs.hpp"

#include "hosts/linux/boot/lines.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace gpupass::linux_host::boot {

namespace {

constexpr const char* header = "# Written by gpupass: vfio-pci comes before the drivers of the host's GPUs.\n";

bool has_program(const BootFiles& files, std::string_view name)
{
    return files.has(fmt::format("/usr/bin/{}", name)) || files.has(fmt::format("/usr/sbin/{}", name));
}

std::string modules(std::string_view separator, bool has_virqfd)
{
    const std::string last = has_virqfd ? fmt::format("{}vfio_virqfd", separator) : "";
    return fmt::format("vfio_pci{0}vfio{0}vfio_iommu_type1{1}", separator, last);
}

InitramfsChoice initramfs_tools(bool has_virqfd)
{
    return {Initramfs::initramfs_tools,
            "/etc/initramfs-tools/modules",
            header + modules("\n", has_virqfd) + "\n",
            true,
            {"update-initramfs", "-u", "-k", "all"},
            "there are update-initramfs and mkinitramfs"};
}

InitramfsChoice dracut(bool has_virqfd)
{
    // dracut puts the values of all files together: without the blanks two names would become one.
    return {Initramfs::dracut,
            "/etc/dracut.conf.d/zz-gpupass.conf",
            fmt::format("{}force_drivers+=\" {} \"\n", header, modules(" ", has_virqfd)),
            false,
            {"dracut", "-f", "--regenerate-all"},
            "there is dracut"};
}

InitramfsChoice mkinitcpio(const BootFiles& files, bool has_virqfd)
{
    const bool drop_ins = files.has("/etc/mkinitcpio.conf.d");
    return {Initramfs::mkinitcpio,
            drop_ins ? "/etc/mkinitcpio.conf.d/zz-gpupass.conf" : "/etc/mkinitcpio.conf",
            fmt::format("{}MODULES=({} \"${{MODULES[@]}}\")\n", header, modules(" ", has_virqfd)),
            !drop_ins,
            {"mkinitcpio", "-P"},
            "there is mkinitcpio"};
}

/// The number of the line where the block's lines stand in a row; 0 when they do not.
std::size_t find_block(std::span<const Line> lines, std::span<const Line> block)
{
    const auto found = std::ranges::search(lines, block, {}, &Line::text, &Line::text);
    return block.empty() || found.empty() ? 0 : found.front().number;
}

}  // namespace

std::string to_string(Initramfs tool)
{
    constexpr std::array words = {"initramfs-tools", "dracut", "mkinitcpio", "none"};
    return words.at(static_cast<std::size_t>(tool));
}

InitramfsChoice choose_initramfs(const BootFiles& files, bool has_virqfd)
{
    if (files.has("/run/ostree-booted"))
        return {.why = "the host runs from an ostree image, which brings its initramfs along"};
    // Where dracut took over, update-initramfs may stay as another name for it; mkinitramfs does not.
    if (files.has("/usr/sbin/update-initramfs") && has_program(files, "mkinitramfs"))
        return initramfs_tools(has_virqfd);
    if (has_program(files, "dracut"))
        return dracut(has_virqfd);
    if (has_program(files, "mkinitcpio"))
        return mkinitcpio(files, has_virqfd);
    return {.why = "no program that makes an initramfs is there"};
}

Result<std::string> with_block(std::string_view text, std::string_view block)
{
    const auto lines = split_lines(text);
    const auto ours = split_lines(block);
    if (!lines || !ours)
        return std::unexpected(lines ? ours.error() : lines.error());
    std::string out{text};
    if (find_block(*lines, *ours) == 0)
        for (const Line& line : *ours)
            out = with_line(out, line.text);
    return out;
}

Result<std::string> without_block(std::string_view text, std::string_view block)
{
    const auto lines = split_lines(text);
    const auto ours = split_lines(block);
    if (!lines || !ours)
        return std::unexpected(lines ? ours.error() : lines.error());
    std::string out{text};
    if (const std::size_t first = find_block(*lines, *ours))
        for (std::size_t i = ours->size(); i > 0; --i)
            out = without_line(out, first + i - 1);
    return out;
}

}  // namespace gpupass::linux_host::boot
