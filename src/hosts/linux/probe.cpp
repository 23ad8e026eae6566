#include "hosts/linux/probe.hpp"

#include "hosts/linux/boot/cmdline.hpp"
#include "hosts/linux/boot/pci_attributes.hpp"
#include "hosts/linux/boot_config.hpp"
#include "hosts/linux/each.hpp"
#include "hosts/linux/keys.hpp"
#include "hosts/linux/leftover_findings.hpp"
#include "hosts/linux/pci.hpp"
#include "hosts/linux/vms.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <set>

// Facts of a Linux host. The first batch reads everything whose name is known; the second what the first one named.

namespace gpupass::linux_host {

namespace {

/// Places of the answers in the first batch.
enum class Asked : std::size_t {
    release, hostname, machine_id, uptime, stat, meminfo, product, units, tables, pci, vtconsoles, framebuffers, route, display_manager, rules,
    status, consoles, open_files, domains, framebuffer_devices, count
};

std::string first_line(std::string_view text)
{
    return std::string{text.substr(0, text.find('\n'))};
}

/// The number behind `name` at the beginning of a line.
std::optional<std::int64_t> number_after(std::string_view text, std::string_view name)
{
    std::size_t at = text.starts_with(name) ? 0 : text.find("\n" + std::string{name});
    if (at == text.npos)
        return std::nullopt;
    text.remove_prefix(at + name.size() + (text[at] == '\n' ? 1 : 0));
    text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
    std::int64_t value{};
    return std::from_chars(text.data(), text.data() + text.size(), value).ec == std::errc{} ? std::optional{value} : std::nullopt;
}

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
        mark_vital(facts_.pci, network_interfaces(text(Asked::pci)), default_route(text(Asked::route)));
        add_holders(facts_.pci, text(Asked::open_files));
        add_pci_settings();
    }

    /// The console draws through the framebuffer of a driver; the first one counts.
    void read_consoles()
    {
        const auto framebuffers = parse_each(text(Asked::framebuffers));
        for (const Entry& entry : framebuffers ? *framebuffers : std::vector<Entry>{})
            if (const auto address = parse_pci_address(entry.link("device")); address && !facts_.console_gpu && entry.name.starts_with("fb"))
                facts_.console_gpu = address;
        const auto consoles = parse_each(text(Asked::vtconsoles));
        for (const Entry& entry : consoles ? *consoles : std::vector<Entry>{})
            if (entry.text("name").contains("frame buffer") && entry.text("bind") == "1")
                facts_.settings[console_key(entry.name)] = {"bound", "bound"};
        if (const auto drawing = facts_.settings.lower_bound("console."); drawing == facts_.settings.end() || !drawing->first.starts_with("console."))
            facts_.console_gpu.reset();
    }

    /// The firmware's framebuffer, drawn on by a driver without a GPU's knowledge, lies in a GPU's memory: while it is there, VFIO
    /// does not get that memory. (vfio-pci drives it out by itself for VGA controllers only.)
    void read_firmware_framebuffer()
    {
        const auto iomem = boot_.iomem();
        const auto entries = parse_each(text(Asked::pci));
        for (const Entry& entry : iomem && entries ? *entries : std::vector<Entry>{}) {
            const auto address = parse_pci_address(entry.name);
            const PciDevice* device = address ? find_device(facts_, *address) : nullptr;
            const auto bars = device && device->is_display() ? boot::parse_resource(entry.text("resource")) : fail(ErrorKind::unknown, "");
            for (const boot::Bar& bar : bars ? *bars : std::vector<boot::Bar>{})
                if (const auto found = bar.is_io ? std::nullopt : boot::framebuffers(*iomem, bar.start, bar.last()); found && !found->empty())
                    add_framebuffer(*device);
        }
    }

    void read_rules()
    {
        if (answer(Asked::rules).ok())
            facts_.settings[file_key(rules_path)] = {answer(Asked::rules).out, answer(Asked::rules).out};
    }

    /// Another way in than the screen: a serial console, or SSH (`comes_by_ssh`: we are using it).
    void read_way_back(bool comes_by_ssh)
    {
        const std::string_view active = text(Asked::consoles);
        if (comes_by_ssh || active.contains("ttyS") || active.contains("hvc"))
            facts_.way_back.ssh_starts_with_host = true;
    }

    void read_vms() { add_vms(facts_, answer(Asked::domains)); }

    /// The SSH server, the display manager that the first batch named, and files of the boot configuration.
    std::vector<Query> further() const
    {
        std::vector<Query> queries;
        for (const std::string& unit : {std::string{"ssh.service"}, std::string{"sshd.service"}, display_unit()})
            queries.push_back(ReadFile{"/sys/fs/cgroup/system.slice/" + unit + "/cgroup.procs"});
        std::ranges::move(boot_.further(), std::back_inserter(queries));
        return queries;
    }

    void read_further(const std::vector<Answer>& answers)
    {
        const auto runs = [&](std::size_t i) { return answers[i].ok() && !answers[i].out.empty(); };
        if (runs(0) || runs(1))
            facts_.way_back.ssh_starts_with_host = true;
        const std::string state = runs(2) ? "active" : "inactive";
        if (!display_unit().empty())
            facts_.settings[service_key(display_unit())] = {state, state};
        boot_.read_further(std::span{answers}.subspan(3));
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
        while (!rest.empty()) {
            const auto end = std::min(rest.find('\n'), rest.size());
            if (end > 0)
                out.emplace(rest.substr(0, end));
            rest.remove_prefix(std::min(end + 1, rest.size()));
        }
        return out;
    }

    void read_boot()
    {
        const auto uptime = number_after(text(Asked::uptime), "");
        if (const auto started = number_after(text(Asked::stat), "btime"); started && uptime)
            facts_.boot = Boot{*uptime, *started};
    }

    void add_framebuffer(const PciDevice& device)
    {
        const auto drivers = parse_each(text(Asked::framebuffer_devices));
        if (!facts_.console_gpu)
            facts_.console_gpu = device.address;
        for (const Entry& driver : drivers ? *drivers : std::vector<Entry>{})
            for (const char* name : {"efi-framebuffer.0", "simple-framebuffer.0", "vesa-framebuffer.0"})
                if (driver.has(name))
                    facts_.settings[console_key(name)] = {"bound", "bound"};
    }

    /// Of the GPUs and of what shares their card or their group: nothing else changes hands.
    void add_pci_settings()
    {
        std::set<PciAddress> concerned;
        for (const PciDevice* gpu : gpus(facts_)) {
            concerned.insert(gpu->address);
            concerned.insert(gpu->group.begin(), gpu->group.end());
        }
        for (const PciDevice& device : facts_.pci) {
            const bool sibling = std::ranges::any_of(concerned, [&](const PciAddress& a) { return a.segment == device.address.segment && a.bus == device.address.bus && a.slot == device.address.slot; });
            if (!concerned.contains(device.address) && !sibling)
                continue;
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
        FindOpen{{"/dev/dri/", "/dev/nvidia", "/dev/kfd"}},
        Libvirt{Libvirt::Call::domains},
        ReadEach{"/sys/bus/platform/drivers", {"efi-framebuffer.0", "simple-framebuffer.0", "vesa-framebuffer.0"}},
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
    probe.read_firmware_framebuffer();
    probe.read_rules();
    probe.read_vms();
    probe.read_way_back(machine.name() != "local:");
    const auto more = machine.ask(probe.further(), deadline);
    if (!more)
        return std::unexpected(more.error());
    probe.read_further(*more);
    return probe.take();
}

}  // namespace gpupass::linux_host
