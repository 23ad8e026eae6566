#include "model_host/model_host.hpp"

#include <algorithm>

namespace gpupass::test {

namespace {

Vm& vm_of(HostFacts& facts, const std::string& name)
{
    return *std::ranges::find(facts.vms, name, &Vm::name);
}

void set_power(HostFacts& facts, const std::string& name, Power power)
{
    vm_of(facts, name).power = power;
    const std::string word = to_string(power);
    facts.settings[vm_key(name, "power")] = {word, word};
}

/// Facts about VMs repeat what the settings say: keep them in step.
void read_vm_back(HostFacts& facts, Vm& vm)
{
    const auto value = [&](const std::string& key) -> std::optional<std::string> {
        const auto found = facts.settings.find(vm_key(vm.name, key));
        return found == facts.settings.end() ? std::nullopt : found->second.configured;
    };
    vm.viommu = value("vvtd.enable") == "TRUE";
    vm.memory_reserved_mb = std::stoll(value("sched.mem.min").value_or("0"));
    vm.devices.clear();
    for (int n = 0; n < 4; ++n) {
        const std::string prefix = "pciPassthru" + std::to_string(n) + ".";
        if (value(prefix + "present") != "TRUE")
            continue;
        VmDevice device{.index = n, .id_text = value(prefix + "id").value_or(""), .present = true};
        if (device.id_text == "00000:000:02.0")
            device.address = PciAddress{0, 0, 2, 0};
        vm.devices.push_back(device);
    }
}

void edit(HostFacts& facts, const EditVm& change)
{
    for (const Want& want : change.edits) {
        const std::string key = vm_key(change.vm, want.key);
        if (want.value)
            facts.settings[key] = {want.value, want.value};
        else
            facts.settings.erase(key);
    }
    read_vm_back(facts, vm_of(facts, change.vm));
}

void update_owner(HostFacts& facts, PciDevice& device, bool at_boot, bool apply_now)
{
    Setting& setting = facts.settings.at(owner_key(to_string(device.address)));
    const bool console = facts.settings.at("kernel.vga").effective == "TRUE" && device.is_display();
    const bool give = setting.configured == "passthrough";
    if ((at_boot || apply_now) && (!give || !console))
        setting.effective = setting.configured;
    device.configured_owner = *setting.configured;
    device.current_owner = *setting.effective;
    if (device.is_display())
        facts.console_gpu = console ? std::optional{device.address} : std::nullopt;
}

PciDevice& device_of(HostFacts& facts, const PciAddress& address)
{
    return *std::ranges::find(facts.pci, address, &PciDevice::address);
}

/// Like hostd: a VM that starts with a device gets a slot number for it.
void start(HostFacts& facts, const std::string& name)
{
    set_power(facts, name, Power::on);
    if (facts.settings.contains(vm_key(name, "pciPassthru0.present")))
        facts.settings[vm_key(name, "pciPassthru0.pciSlotNumber")] = {"224", "224"};
}

struct Perform {
    HostFacts& facts;
    void operator()(const ProveAccess&) const {}
    void operator()(const StopVms& stop) const
    {
        for (const auto& list : {stop.ask, stop.cut})
            for (const std::string& vm : list)
                set_power(facts, vm, Power::off);
    }
    void operator()(const StartVms& change) const
    {
        for (const std::string& vm : change.vms)
            start(facts, vm);
    }
    void operator()(const SetKernelOption& change) const { facts.settings[kernel_key(change.name)].configured = change.value; }
    void operator()(const SetOwner& change) const
    {
        facts.settings.at(owner_key(to_string(change.device))).configured = change.passthrough ? "passthrough" : "host";
        update_owner(facts, device_of(facts, change.device), false, change.apply_now);
    }
    void operator()(const RebootHost&) const { boot(facts); }
    void operator()(const EditVm& change) const { edit(facts, change); }
    template <class Other>
    void operator()(const Other&) const {}  // of another platform
};

}  // namespace

void boot(HostFacts& facts)
{
    for (Vm& vm : facts.vms)
        if (vm.power == Power::on)
            set_power(facts, vm.name, Power::off);
    Setting& vga = facts.settings.at("kernel.vga");
    vga.effective = vga.configured;
    for (PciDevice& device : facts.pci)
        update_owner(facts, device, true, false);
    facts.boot = Boot{.uptime_s = 30, .started_at = facts.boot->started_at + facts.boot->uptime_s + 90};
    for (const Vm& vm : std::vector{facts.vms})
        if (vm.autostart.value_or(false))
            start(facts, vm.name);
}

void perform(HostFacts& facts, const Step& step)
{
    std::visit(Perform{facts}, step.change);
}

HostFacts nuc11()
{
    HostFacts facts{.kind = "esxi", .name = "nuc11", .version = "7.0.3", .uuid = "65106d9a-406e-5fda-b7ab-b8ca3a63b8b4", .system_id = "65106d9a-406e-5fda-b7ab-b8ca3a63b8b4", .model = "NUC11PAKi5",
                    .iommu = true, .console_gpu = PciAddress{0, 0, 2, 0}, .maintenance = false, .autostart_enabled = true,
                    .memory_mb = 32768, .memory_reservable_mb = 24576, .boot = Boot{1'000'000, 1'700'000'000},
                    .way_back = {.ssh_starts_with_host = true, .shell_timeout_s = 0, .boot_volume_on_disk = true}};
    facts.pci = {{.address = {0, 0, 2, 0}, .id = {0x8086, 0x9a49}, .class_code = 0x0300, .device_name = "Iris Xe Graphics",
                  .configured_owner = "host", .current_owner = "host", .passthrough_capable = true},
                 {.address = {0, 1, 0, 0}, .id = {0x144d, 0xa80a}, .class_code = 0x0108, .device_name = "NVMe SSD", .configured_owner = "host",
                  .current_owner = "host", .passthrough_capable = true, .vital = "boot disk"}};
    facts.settings = {{"kernel.vga", {"TRUE", "TRUE"}}, {"pci.0000:00:02.0.owner", {"host", "host"}}, {"pci.0000:01:00.0.owner", {"host", "host"}}};
    const auto vm = [&](const char* id, const char* name, const char* os, Power power, int snapshots) -> Vm& {
        Vm& made = facts.vms.emplace_back(Vm{.id = id, .name = name, .config_path = std::string{"/vmfs/volumes/datastore1/"} + name + "/" + name + ".vmx",
                                             .datastore = "datastore1", .guest_os = os, .memory_mb = 8192, .memory_reserved_mb = 0,
                                             .viommu = false, .nested_hv = false, .encrypted = false, .snapshots = snapshots, .autostart = false});
        set_power(facts, name, power);
        return made;
    };
    vm("1", "windows11", "windows9-64", Power::off, 1);
    vm("2", "debian", "debian11-64", Power::on, 0);
    vm("3", "router", "other-64", Power::on, 0).autostart = true;
    for (const char* name : {"windows11", "debian"}) {
        facts.settings[vm_key(name, "vvtd.enable")] = {"TRUE", "TRUE"};
        vm_of(facts, name).viommu = true;
    }
    return facts;
}

Result<HostFacts> ModelHost::probe(Deadline)
{
    if (away > 0) {
        --away;
        return fail(ErrorKind::unreachable, "no connection");
    }
    if (before_probe)
        before_probe(facts);
    facts.boot->uptime_s += 5;
    return facts;
}

Result<void> ModelHost::apply(const Step& step, const HostFacts&, RunContext& context)
{
    const auto failure = fault ? fault(step) : std::nullopt;
    if (failure && !failure->acts)
        return std::unexpected(failure->error);
    applied.push_back(step.id);
    if (const auto* change = std::get_if<EditVm>(&step.change)) {
        const std::string path = vm_of(facts, change->vm).config_path;
        if (std::ranges::find(*context.images, path, &BeforeImage::path) == context.images->end())
            context.images->push_back({.path = path, .image_path = path + ".gpupass-" + std::to_string(context.run)});
        if (auto saved = context.save_images(); !saved)
            return saved;
    }
    perform(facts, step);
    if (std::holds_alternative<RebootHost>(step.change)) {
        ++reboots;
        if (after_boot)
            after_boot(facts);
    }
    if (failure)
        return std::unexpected(failure->error);
    return {};
}

Result<void> ModelHost::leave_rescue_sheet(const HostFacts&, long run, std::string_view)
{
    sheets.push_back(run);
    return {};
}

Result<void> ModelHost::clean_up(const HostFacts&, long run, const std::vector<BeforeImage>&)
{
    std::erase(sheets, run);
    return {};
}

}  // namespace gpupass::test
