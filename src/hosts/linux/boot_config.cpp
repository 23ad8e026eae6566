#include "hosts/linux/boot_config.hpp"

#include "hosts/linux/boot/grub.hpp"
#include "hosts/linux/boot/kernel_cmdline.hpp"
#include "hosts/linux/boot/loader_entry.hpp"

#include <algorithm>
#include <array>

namespace gpupass::linux_host {

namespace {

constexpr const char* proxmox_uuids = "/etc/kernel/proxmox-boot-uuids";
constexpr const char* default_grub = "/etc/default/grub";
constexpr const char* modprobe_folder = "/etc/modprobe.d";
constexpr const char* grub_folder = "/etc/default/grub.d";

constexpr std::array texts = {"/proc/cmdline", "/proc/iomem", "/proc/interrupts", default_grub, boot::kernel_cmdline_path, proxmox_uuids,
                              boot::loader_info_path};

struct Folder {
    const char* path;
    const char* ending;
};
constexpr std::array folders = {Folder{grub_folder, ".cfg"}, Folder{modprobe_folder, ".conf"}, Folder{"/boot/loader/entries", ".conf"},
                                Folder{"/efi/loader/entries", ".conf"}, Folder{"/boot/efi/loader/entries", ".conf"}};
constexpr std::size_t most_files = 64;  // of one folder

std::vector<std::string> lines_of(std::string_view text)
{
    std::vector<std::string> lines;
    while (!text.empty()) {
        if (const auto line = boot::take_line(text); !line.empty())
            lines.emplace_back(line);
    }
    return lines;
}

}  // namespace

std::vector<Query> boot_queries()
{
    const auto paths = boot::boot_paths();
    std::vector<Query> queries{Present{{paths.begin(), paths.end()}}};
    for (const char* path : texts)
        queries.push_back(ReadFile{path});
    for (const Folder& folder : folders)
        queries.push_back(ListDir{folder.path});
    return queries;
}

BootConfig::BootConfig(std::span<const Answer> answers)
{
    for (std::string& path : lines_of(answers.front().ok() ? answers.front().out : ""))
        seen_.present.insert(std::move(path));
    for (std::size_t i = 0; i < texts.size(); ++i)
        if (const Answer& answer = answers[1 + i]; answer.ok())
            files_.push_back({texts[i], answer.out});
    for (std::size_t i = 0; i < folders.size(); ++i) {
        const Answer& answer = answers[1 + texts.size() + i];
        std::size_t count = 0;
        for (const std::string& name : lines_of(answer.ok() ? answer.out : ""))
            if (name.ends_with(folders[i].ending) && ++count <= most_files)
                further_.push_back(std::string{folders[i].path} + "/" + name);
    }
    seen_.proxmox_uuids = text_of(proxmox_uuids).value_or("");
    seen_.default_grub = text_of(default_grub).value_or("");
    seen_.loader_info = text_of(boot::loader_info_path);
}

std::vector<Query> BootConfig::further() const
{
    std::vector<Query> queries;
    for (const std::string& path : further_)
        queries.push_back(ReadFile{path});
    return queries;
}

void BootConfig::read_further(std::span<const Answer> answers)
{
    for (std::size_t i = 0; i < further_.size(); ++i) {
        if (answers[i].ok() && !answers[i].truncated)
            files_.push_back({further_[i], answers[i].out});
        else
            unknown_.push_back(further_[i] + ": " + (answers[i].err.empty() ? "could not be read" : answers[i].err));
    }
}

std::optional<std::string> BootConfig::text_of(std::string_view path) const
{
    const auto found = std::ranges::find(files_, path, &boot::File::path);
    return found == files_.end() ? std::nullopt : std::optional{found->text};
}

std::vector<boot::File> BootConfig::files_in(std::string_view folder) const
{
    std::vector<boot::File> files;
    for (const boot::File& file : files_)
        if (file.path.starts_with(folder) && file.path.find('/', folder.size() + 1) == file.path.npos && file.path.size() > folder.size())
            files.push_back(file);
    return files;
}

/// Entries that say the same speak for all; else that of the running kernel does.
std::optional<std::string> BootConfig::entry_line(std::string_view release) const
{
    std::vector<boot::LoaderEntry> entries;
    for (const Folder& folder : std::span{folders}.subspan(2))
        for (const boot::File& file : files_in(folder.path))
            if (auto entry = boot::parse_loader_entry(file.text); entry && !entry->kernel.empty())
                entries.push_back(std::move(*entry));
    const auto known = [](const boot::LoaderEntry& entry) -> std::optional<std::string> {
        return entry.cmdline().contains("$kernelopts") ? std::nullopt : std::optional{entry.cmdline()};
    };
    const auto same = [&](const boot::LoaderEntry& entry) { return entry.cmdline() == entries.front().cmdline(); };
    if (!entries.empty() && std::ranges::all_of(entries, same))
        return known(entries.front());
    const auto running = std::ranges::find(entries, release, &boot::LoaderEntry::version);
    return running == entries.end() ? std::nullopt : known(*running);
}

std::optional<std::string> BootConfig::configured(const LoaderChoice& loader, std::string_view release) const
{
    if (loader.file == boot::kernel_cmdline_path) {
        const auto line = boot::parse_kernel_cmdline(text_of(boot::kernel_cmdline_path).value_or(""));
        return line ? std::optional{*line} : std::nullopt;
    }
    if (loader.loader == Loader::grub_bls || loader.loader == Loader::systemd_boot)
        return entry_line(release);
    if (loader.file.empty())
        return std::nullopt;
    std::vector<boot::File> files{{default_grub, seen_.default_grub}};
    std::ranges::move(files_in(grub_folder), std::back_inserter(files));
    const auto defaults = boot::read_grub_defaults(files);
    return defaults ? defaults->cmdline() : std::nullopt;
}

KernelLine BootConfig::kernel_line(std::string_view release) const
{
    KernelLine line{.running = text_of("/proc/cmdline").value_or(""), .configured = {}, .loader = boot::choose_loader(seen_), .text = {}};
    line.configured = configured(line.loader, release);
    if (!line.loader.file.empty())
        line.text = text_of(line.loader.file);
    while (line.running.ends_with('\n'))
        line.running.pop_back();
    return line;
}

std::vector<boot::ModprobeNote> BootConfig::modprobe_notes() const
{
    std::vector<boot::ModprobeLine> lines;
    for (const boot::File& file : files_in(modprobe_folder))
        if (auto more = boot::parse_modprobe(file))
            std::ranges::move(*more, std::back_inserter(lines));
    return boot::modprobe_notes(lines);
}

std::optional<boot::Iomem> BootConfig::iomem() const
{
    const auto text = text_of("/proc/iomem");
    auto iomem = text ? boot::parse_iomem(*text) : fail(ErrorKind::unknown, "");
    return iomem && !iomem->is_hidden ? std::optional{std::move(*iomem)} : std::nullopt;
}

/// Its controllers are called IR-PCI-MSI, IR-IO-APIC ... where interrupts are remapped (arch/x86: the "IR-" prefix).
std::optional<bool> BootConfig::interrupt_remapping() const
{
    const std::string text = text_of("/proc/interrupts").value_or("");
    if (text.contains(" IR-"))
        return true;
    return text.contains(" PCI-MSI") || text.contains(" IO-APIC") ? std::optional{false} : std::nullopt;
}

}  // namespace gpupass::linux_host
