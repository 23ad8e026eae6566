#include "hosts/esxi/ssh/probe.hpp"

#include "hosts/esxi/fact_rules.hpp"
#include "hosts/esxi/ssh/pci_list.hpp"
#include "hosts/esxi/ssh/probe_batch.hpp"
#include "hosts/esxi/text.hpp"
#include "hosts/esxi/ssh/vim_cmd.hpp"
#include "hosts/esxi/ssh/vm_facts.hpp"

#include <algorithm>
#include <set>

namespace gpupass::esxi {

namespace {

constexpr std::int64_t megabyte = 1 << 20;

std::string in_words(const Error& error)
{
    std::string out = error.what;
    for (const std::string& place : error.where)
        out += ", " + place;
    return out;
}

/// Reads answers of the first batch into facts; what cannot be read is noted.
class FixedReader {
public:
    FixedReader(HostFacts& facts, const std::vector<Answer>& answers) : facts_(facts), answers_(answers) {}

    const Answer& answer(Asked which) const { return answers_[static_cast<std::size_t>(which)]; }

    void note(std::string_view name, const std::string& why) { facts_.unknown.push_back(std::string{name} + ": " + why); }

    /// What the parser makes of the answer.
    template <class Parser>
    auto read(Asked which, std::string_view name, Parser parse) -> std::optional<typename decltype(parse(std::string_view{}))::value_type>
    {
        if (const std::string trouble = trouble_of(answer(which)); !trouble.empty()) {
            note(name, trouble);
            return std::nullopt;
        }
        auto parsed = parse(std::string_view{answer(which).out});
        if (!parsed) {
            note(name, in_words(parsed.error()));
            return std::nullopt;
        }
        return std::move(*parsed);
    }

    void read_identity()
    {
        if (const auto platform = read(Asked::platform, "hardware platform", parse_platform))
            facts_.model = as_utf8(platform->product);
        if (const auto uuid = read(Asked::uuid, "system UUID", parse_system_uuid))
            facts_.uuid = facts_.system_id = *uuid;
        if (const auto licence = read(Asked::licence, "licence", parse_licence))
            facts_.licence = *licence;
    }

    void read_state()
    {
        facts_.maintenance = read(Asked::maintenance, "maintenance mode", parse_maintenance);
        facts_.autostart_enabled = read(Asked::autostart_defaults, "autostart", parse_autostart_enabled);
        const auto uptime = read(Asked::uptime, "uptime", parse_uptime_us);
        const auto time = read(Asked::time, "clock", parse_unix_time);
        if (uptime && time)
            facts_.boot = Boot{*uptime / 1'000'000, *time - *uptime / 1'000'000};
        facts_.reboot_asked_for = answer(Asked::reboot_mark).ok();
        const auto summary = read(Asked::summary, "host summary", parse_host_summary);
        if (!summary)
            return;
        facts_.name = as_utf8(summary->name);
        if (facts_.model.empty())
            facts_.model = as_utf8(summary->model);
        if (!facts_.maintenance)
            facts_.maintenance = summary->maintenance;
        if (summary->memory_bytes)
            facts_.memory_mb = *summary->memory_bytes / megabyte;
    }

    void read_way_back()
    {
        facts_.way_back.ssh_starts_with_host =
            read(Asked::ssh_service, "SSH service", [](std::string_view text) { return parse_chkconfig(text, "SSH"); });
        facts_.way_back.shell_timeout_s = read(Asked::shell_timeout, "shell timeout", [](std::string_view text) {
            return parse_int_option(text, "/UserVars/ESXiShellTimeOut");
        });
        facts_.way_back.boot_volume_on_disk = read(Asked::bootbank, "/bootbank", parse_bootbank);
    }

    void read_vga()
    {
        const auto vga = read(Asked::vga, "kernel option vga", [](std::string_view text) { return parse_kernel_option(text, "vga"); });
        facts_.settings[kernel_key("vga")] = vga ? Setting{vga->configured, vga->runtime} : Setting{};
    }

    void read_pci()
    {
        const auto records = read(Asked::pci, "PCI devices", parse_pci_list);
        const auto enabled = read(Asked::pcipassthru, "passthrough settings", parse_pcipassthru);
        std::optional<std::map<std::string, std::string>> uplinks;
        if (answer(Asked::switches).ok() && !answer(Asked::switches).truncated)
            uplinks = parse_uplinks(answer(Asked::switches).out);
        // No uplink at all is not believed: then every NIC counts as one.
        if (uplinks && uplinks->empty())
            uplinks.reset();
        if (records)
            facts_.pci = devices_of(*records, uplinks);
        for (PciDevice& device : facts_.pci)
            add_owner(device, enabled);
        find_iommu(facts_);
        find_console(facts_);
        add_reset_overrides();
    }

private:
    /// Releases that print no configured owner still list what is enabled.
    void add_owner(PciDevice& device, const std::optional<std::map<PciAddress, bool>>& enabled)
    {
        if (device.configured_owner.empty() && enabled && enabled->contains(device.address))
            device.configured_owner = enabled->at(device.address) ? "passthrough" : "host";
        const auto value = [](const std::string& owner) { return owner.empty() ? Value{} : Value{owner}; };
        facts_.settings[owner_key(to_string(device.address))] = {value(device.configured_owner), value(device.current_owner)};
    }

    /// Somebody's own reset method for a GPU in passthru.map is worth seeing; nothing depends on it.
    void add_reset_overrides()
    {
        if (!answer(Asked::passthru_map).ok())
            return;
        const auto entries = parse_passthru_map(answer(Asked::passthru_map).out);
        for (const PciDevice* gpu : gpus(facts_))
            if (const auto found = entries.find(gpu->id); found != entries.end() && is_utf8(found->second))
                facts_.settings["passthru_map." + to_string(gpu->id)] = {found->second, found->second};
    }

    HostFacts& facts_;
    const std::vector<Answer>& answers_;
};

Result<Version> read_version(const Answer& answer)
{
    if (answer.state == Answer::State::not_recorded)
        return fail(ErrorKind::unknown, "the recording does not say which host this is", "record it again with `gpupass capture`");
    if (answer.exit_code == 127)
        return fail(ErrorKind::unsupported, "this is no ESXi host: it has no esxcli", "name an ESXi host, or reach this one as linux+ssh://");
    if (const std::string trouble = trouble_of(answer); !trouble.empty())
        return fail(ErrorKind::failed, "esxcli does not say which release this is: " + trouble,
                    "look whether hostd runs on the host: /etc/init.d/hostd status");
    auto version = parse_version(answer.out);
    if (version && !version->product.starts_with("VMware ESX"))
        return fail(ErrorKind::unsupported, "this is no ESXi host but " + excerpt(version->product, 60));
    return version;
}

}  // namespace

std::string trouble_of(const Answer& answer)
{
    if (answer.state == Answer::State::timed_out)
        return "no answer in time";
    if (answer.state == Answer::State::not_recorded)
        return "not in the recording";
    if (answer.truncated)
        return "the answer is too long";
    if (answer.exit_code == 0)
        return "";
    const std::string said = excerpt(trim(answer.err).empty() ? answer.out : answer.err, 160);
    return "exit code " + std::to_string(answer.exit_code) + (said.empty() ? "" : ": " + said);
}

Result<HostFacts> probe_host(Machine& machine, std::string_view local_dmi, Deadline deadline)
{
    const auto queries = fixed_queries();
    const auto answers = machine.ask(queries, deadline);
    if (!answers)
        return std::unexpected(answers.error());
    HostFacts facts{.kind = "esxi"};
    FixedReader reader{facts, *answers};
    const auto version = read_version(reader.answer(Asked::version));
    if (!version)
        return at(version.error(), machine.name());
    facts.version = version->version;
    facts.build = version->build;
    reader.read_identity();
    reader.read_state();
    reader.read_way_back();
    reader.read_vga();
    reader.read_pci();

    VmSources sources;
    sources.running = reader.read(Asked::processes, "running VMs", parse_vm_processes);
    sources.autostart = reader.read(Asked::autostart_sequence, "autostart sequence", parse_autostart_sequence);
    if (auto list = reader.read(Asked::vms, "list of VMs", parse_vm_list))
        sources.list = std::move(*list);
    if (auto read = read_vms(machine, sources, local_dmi, facts, deadline); !read)
        return std::unexpected(read.error());
    estimate_reservable_memory(facts);
    if (facts.name.empty())
        facts.name = machine.name();
    return facts;
}

}  // namespace gpupass::esxi
