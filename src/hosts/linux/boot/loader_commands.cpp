#include "hosts/linux/boot/loader.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>

namespace gpupass::linux_host::boot {

namespace {

constexpr std::size_t longest_info = 200;

/// All kernels at once. What grubby changes is in place when it returns.
std::vector<Command> grubby(std::span<const std::string> added, std::span<const std::string> removed)
{
    Command command = {"grubby", "--update-kernel=ALL"};
    if (!removed.empty())
        command.push_back(fmt::format("--remove-args={}", fmt::join(removed, " ")));
    if (!added.empty())
        command.push_back(fmt::format("--args={}", fmt::join(added, " ")));
    return {command};
}

std::vector<Command> rpm_ostree(std::span<const std::string> added, std::span<const std::string> removed)
{
    Command command = {"rpm-ostree", "kargs"};
    for (const std::string& word : removed)
        command.push_back("--delete-if-present=" + word);
    for (const std::string& word : added)
        command.push_back("--append-if-missing=" + word);
    return {command};
}

}  // namespace

std::string to_string(Loader loader)
{
    constexpr std::array words = {"grub-debian",       "grub-bls", "grub-mkconfig", "systemd-boot",
                                  "proxmox-boot-tool", "ostree",   "unknown"};
    return words.at(static_cast<std::size_t>(loader));
}

std::string parse_loader_info(std::string_view bytes)
{
    std::string text;
    if (bytes.size() < 4 || bytes.size() % 2 != 0 || bytes.size() > longest_info)
        return "";
    for (std::size_t i = 4; i < bytes.size() && bytes[i] != '\0'; i += 2) {
        if (bytes[i + 1] != '\0' || bytes[i] < ' ' || bytes[i] > '~')
            return "";
        text += bytes[i];
    }
    return text;
}

std::vector<Command> commands_for(const LoaderChoice& choice, std::span<const std::string> added,
                                  std::span<const std::string> removed)
{
    if (added.empty() && removed.empty())
        return {};
    if (choice.loader == Loader::grub_bls)
        return grubby(added, removed);
    if (choice.loader == Loader::ostree)
        return rpm_ostree(added, removed);
    return choice.apply;
}

}  // namespace gpupass::linux_host::boot
