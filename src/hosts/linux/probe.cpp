#include "hosts/linux/probe.hpp"

#include "hosts/linux/boot/cmdline.hpp"
#include "hosts/linux/boot/lines.hpp"
#include "hosts/linux/boot_config.hpp"
#include "hosts/linux/consoles.hpp"
#include "hosts/linux/each.hpp"
#include "hosts/linux/keys.hpp"
#include "hosts/linux/leftover_findings.hpp"
#include "hosts/linux/pci.hpp"
#include "hosts/linux/sessions.hpp"
#include "hosts/linux/udev_rules.hpp"
#include "hosts/linux/vms.hpp"

#include <algorithm>
#include <charconv>
#include <set>
#include <utility>

// Facts of a Linux host. The first batch reads everything whose name is known; the second what the first one named.

namespace gpupass::linux_host {

namespace {

/// Places of the answers in the first batch.
enum class Asked : std::size_t {
    release, hostname, machine_id, uptime, stat, meminfo, product, units, tables, pci, vtconsoles, framebuffers, route, display_manager, rules,
    status, consoles, open_files, domains, framebuffer_devices, nvidia, listeners, listeners6, cgroup, links, count
};

std::string first_line(std::string_view text)
{
    return std::string{boot::take_line(text)};
}

/// The number behind `name` at the beginning of a line.
std::optional<std::int64_t> number_after(std::string_view text, std::string_view name)
{
    std::size_t at = text.starts_with(name) ? 0 : text.find("\n" + std::string{name});
    if (at == text.npos)
        return std::nullopt;
    text.remove_prefix(at + name.size() + (text.substr(at).starts_with('\n') ? 1 : 0));
    text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
    std::int64_t value{};
    return std::from_chars(text.data(), text.data() + text.size(), value).ec == std::errc{} ? std::optional{value} : std::nullopt;
}

constexpr std::size_t most_holders = 64;

class Probe {
public:
    explicit Probe(std::vector<Answer> answers)
        : answers_(std::move(answers)), boot_(std::span{answers_}.subspan(static_cast<std::size_t>(Asked::count)))
    {
    }

    void read_host()
    {
        facts_.kind = "linux";
        facts_.name = first_line(text(Asked::hostname));
        facts_.version = first_line(text(Asked::release));
        facts_.model = first_line(text(Asked::product));
        facts_.uuid = first_line(text(Asked::machine_id));
        if (facts_.uuid.empty())
            facts_.unknown.push_back("/etc/machine-id: the host has no identity of its own");
        if (const auto kilobytes = number_after(text(Asked::meminfo), "MemTotal:"))
            facts_.memory_mb = *kilobytes / 1024;
        if (const auto uid = number_after(text(Asked::status), "Uid:"))
            facts_.is_administrator = *uid == 0;
        read_boot();
    }

    void read_iommu()
    {
        if (answer(Asked::tables).ok())
            facts_.iommu_in_firmware = names(Asked::tables).contains("DMAR") || names(Asked::tables).contains("IVRS");
        facts_.is_amd = names(Asked::tables).contains("IVRS");
        facts_.interrupt_remapping = boot_.interrupt_remapping();
        if (answer(Asked::units).ok())
            facts_.iommu = !names(Asked::units).empty();
        if (facts_.iommu.value_or(false))
            facts_.iommu_in_firmware = true;
    }

    void read_pci()
    {
        if (answer(Asked::pci).truncated)
            facts_.unknown.push_back("/sys/bus/pci/devices: more devices than could be read");
        auto pci = answer(Asked::pci).ok() ? parse_pci(text(Asked::pci)) : fail(ErrorKind::unknown, "/sys/bus/pci/devices: " + answer(Asked::pci).err);
        if (!pci) {
            facts_.unknown.push_back(pci.error().what);
            return;
        }
        facts_.pci = std::move(pci->devices);
        std::ranges::move(pci->unknown, std::back_inserter(facts_.unknown));
        mark_vital(facts_.pci, interfaces_in_use(), default_route(text(Asked::route)));
        add_nvidia_nodes(facts_.pci, text(Asked::nvidia));
        add_pci_settings();
    }

    /// What draws on the screen.
    void read_consoles()
    {
        add_consoles(facts_, text(Asked::framebuffers), text(Asked::vtconsoles));
        if (const auto iomem = boot_.iomem())
            add_firmware_framebuffers(facts_, *iomem, text(Asked::pci), text(Asked::framebuffer_devices));
    }

    void read_rules()
    {
        if (!answer(Asked::rules).ok())
            return;
        facts_.settings[file_key(rules_path)] = {answer(Asked::rules).out, answer(Asked::rules).out};
        for (const auto& [address, id] : parse_rules(answer(Asked::rules).out))
            facts_.settings[persist_key(address)] = {to_string(id), to_string(id)};
    }

    /// Another way in than the screen: SSH (we may be using it), or somebody who waits for a login at a serial console.
    void read_way_back(bool comes_by_ssh)
    {
        if (comes_by_ssh || waits_at_serial_console(open_files_, text(Asked::consoles)) || listens_for_ssh(text(Asked::listeners)) || listens_for_ssh(text(Asked::listeners6)))
            facts_.way_back.ssh_starts_with_host = true;
    }

    void read_vms() { add_vms(facts_, answer(Asked::domains)); }

    /// The SSH server, the display manager that the first batch named, files of the boot configuration, and where those live who
    /// have a device open.
    std::vector<Query> further()
    {
        open_files_ = parse_open_files(text(Asked::open_files));
        std::vector<Query> queries;
        for (const std::string& unit : {std::string{"ssh.service"}, std::string{"sshd.service"}, display_unit()})
            queries.push_back(ReadFile{"/sys/fs/cgroup/system.slice/" + unit + "/cgroup.procs"});
        queries.push_back(ReadFile{"/run/systemd/sessions/" + session_of(text(Asked::cgroup))});
        for (const OpenFile& file : open_files_)
            if (pids_.size() < most_holders && std::ranges::find(pids_, file.pid) == pids_.end())
                pids_.push_back(file.pid);
        for (const std::string& pid : pids_)
            queries.push_back(ReadFile{"/proc/" + pid + "/cgroup"});
        std::ranges::move(boot_.further(), std::back_inserter(queries));
        return queries;
    }

    void read_further(std::span<const Answer> answers, bool is_local)
    {
        const auto runs = [&](std::size_t i) { return answers[i].ok() && !answers[i].out.empty(); };
        if (runs(0) || runs(1))
            facts_.way_back.ssh_starts_with_host = true;
        if (!display_unit().empty()) {
            const std::string state = runs(2) ? "active" : "inactive";
            facts_.settings[service_key(display_unit())] = {state, state};
        }
        facts_.inside_desktop = is_local && is_inside_desktop(text(Asked::cgroup), answers[3].ok() ? std::string_view{answers[3].out} : std::string_view{});
        read_holders(answers.subspan(4, pids_.size()));
        boot_.read_further(answers.subspan(4 + pids_.size()));
        read_kernel_line();
        facts_.findings = leftover_findings(facts_, boot_.modprobe_notes());
        std::ranges::copy(boot_.unknown(), std::back_inserter(facts_.unknown));
    }

    HostFacts take() { return std::move(facts_); }

private:
    const Answer& answer(Asked place) const { return answers_[static_cast<std::size_t>(place)]; }
    std::string_view text(Asked place) const { return answer(place).ok() ? std::string_view{answer(place).out} : std::string_view{}; }
    std::set<std::string> names(Asked place) const
    {
        std::set<std::string> out;
        std::string_view rest = answer(place).out;
        while (!rest.empty())
            if (const auto line = boot::take_line(rest); !line.empty())
                out.emplace(line);
        return out;
    }

    /// What belongs to a user's session, or to the display manager, ends when that does.
    void read_holders(std::span<const Answer> cgroups)
    {
        const auto lasts = [&](const OpenFile& file) {
            const auto place = static_cast<std::size_t>(std::ranges::find(pids_, file.pid) - pids_.begin());
            const std::string_view group = place < cgroups.size() && cgroups[place].ok() ? std::string_view{cgroups[place].out} : std::string_view{};
            return !group.contains("/user.slice/") && (display_unit().empty() || !group.contains("/" + display_unit()));
        };
        add_holders(facts_.pci, open_files_, lasts);
    }

    /// Without those that are known to be down.
    std::vector<std::pair<PciAddress, std::string>> interfaces_in_use() const
    {
        auto interfaces = network_interfaces(text(Asked::pci));
        const auto links = parse_each(text(Asked::links));
        for (const Entry& link : links ? *links : std::vector<Entry>{})
            if (link.text("operstate") == "down")
                std::erase_if(interfaces, [&](const auto& interface) { return interface.second == link.name; });
        return interfaces;
    }

    void read_boot()
    {
        const auto uptime = number_after(text(Asked::uptime), "");
        if (const auto started = number_after(text(Asked::stat), "btime"); started && uptime)
            facts_.boot = Boot{*uptime, *started};
    }

    /// Of the GPUs and of what shares their card or their group: nothing else changes hands.
    void add_pci_settings()
    {
        std::set<PciAddress> concerned;
        std::set<PciAddress> slots;  // by their function 0
        const auto slot_of = [](PciAddress address) {
            address.function = 0;
            return address;
        };
        for (const PciDevice* gpu : gpus(facts_)) {
            concerned.insert(gpu->group.begin(), gpu->group.end());
            slots.insert(slot_of(gpu->address));
        }
        for (const PciAddress& address : concerned)
            slots.insert(slot_of(address));
        for (const PciDevice& device : facts_.pci) {
            if (!slots.contains(slot_of(device.address)))
                continue;
            const std::string id = to_string(device.id);
            facts_.settings[id_key(device.address)] = {id, id};
            facts_.settings[driver_key(device.address)] = {device.driver, device.driver};
            facts_.settings[owner_key(to_string(device.address))] = {device.current_owner, device.current_owner};
            if (!device.driver_override.empty())
                facts_.settings[override_key(device.address)] = {device.driver_override, device.driver_override};
        }
    }

    /// The words that a plan may add: there, or not, at the next boot and now.
    void read_kernel_line()
    {
        facts_.kernel_line = boot_.kernel_line(facts_.version);
        const KernelLine& line = *facts_.kernel_line;
        if (!line.loader.file.empty() && line.text)
            facts_.settings[file_key(line.loader.file)] = {line.text, line.text};
        const auto there = [](const std::string& text, const char* word) -> std::optional<std::string> {
            const auto words = boot::parse_cmdline(text);
            return words ? std::optional{boot::has_word(*words, word) ? "yes" : "no"} : std::nullopt;
        };
        facts_.settings[word_key(iommu_word)] = {line.configured ? there(*line.configured, iommu_word) : std::nullopt, there(line.running, iommu_word)};
    }

    std::string display_unit() const
    {
        const std::string target = first_line(text(Asked::display_manager));
        const std::string unit = target.substr(target.find_last_of('/') + 1);
        return unit.ends_with(".service") ? unit : "";
    }

    std::vector<Answer> answers_;
    std::vector<OpenFile> open_files_;
    std::vector<std::string> pids_;  // of those that have a device open
    BootConfig boot_;
    HostFacts facts_;
};

}  // namespace

std::vector<Query> fixed_queries()
{
    std::vector<Query> queries{
        ReadFile{"/proc/sys/kernel/osrelease"},
        ReadFile{"/proc/sys/kernel/hostname"},
        ReadFile{"/etc/machine-id"},
        ReadFile{"/proc/uptime"},
        ReadFile{"/proc/stat"},
        ReadFile{"/proc/meminfo"},
        ReadFile{"/sys/class/dmi/id/product_name"},
        ListDir{"/sys/class/iommu"},
        ListDir{"/sys/firmware/acpi/tables"},
        ReadEach{"/sys/bus/pci/devices", pci_names()},
        ReadEach{"/sys/class/vtconsole", {"name", "bind"}},
        ReadEach{"/sys/class/graphics", {"device"}},
        ReadFile{"/proc/net/route"},
        ReadLink{"/etc/systemd/system/display-manager.service"},
        ReadFile{rules_path},
        ReadFile{"/proc/self/status"},
        ReadFile{"/sys/class/tty/console/active"},
        FindOpen{{"/dev/dri/", "/dev/nvidia", "/dev/kfd", "/dev/snd/", "/dev/vfio/", "/dev/ttyS", "/dev/hvc"}},
        Libvirt{Libvirt::Call::domains},
        Present{firmware_framebuffer_devices()},
        ReadEach{"/proc/driver/nvidia/gpus", {"information"}},
        ReadFile{"/proc/net/tcp"},
        ReadFile{"/proc/net/tcp6"},
        ReadFile{"/proc/self/cgroup"},
        ReadEach{"/sys/class/net", {"operstate"}},
    };
    std::ranges::move(boot_queries(), std::back_inserter(queries));
    return queries;
}

Result<HostFacts> probe_host(Machine& machine, Deadline deadline)
{
    auto answers = machine.ask(fixed_queries(), deadline);
    if (!answers)
        return std::unexpected(answers.error());
    Probe probe{std::move(*answers)};
    probe.read_host();
    probe.read_iommu();
    probe.read_pci();
    probe.read_consoles();
    probe.read_rules();
    probe.read_vms();
    // Small files, and many of them: a host that sends more is not believed.
    const std::size_t limit = std::exchange(machine.answer_limit, boot::largest_file);
    const std::vector<Query> further = probe.further();
    const auto more = machine.ask(further, deadline);
    machine.answer_limit = limit;
    if (!more)
        return std::unexpected(more.error());
    const bool is_local = machine.name() == "local:";
    probe.read_further(*more, is_local);
    probe.read_way_back(!is_local);
    return probe.take();
}

}  // namespace gpupass::linux_host
