#include "text.hpp"
#include "vimcmd.hpp"

#include <fmt/core.h>

#include <algorithm>

// vmsvc/get.*: what hostd knows of one machine, as objects.

namespace gpupass::sim {

namespace {

std::string tools_word(const Vm& vm) { return vm.tools ? "guestToolsRunning" : "guestToolsNotRunning"; }

std::string guest_full_name(const Vmx& vmx)
{
    const auto os = vmx.get_or("guestOS", "");
    return is_windows({0, "", vmx.text(), false, "", false, false, false, "", 0, {}}) ? "Microsoft Windows 11 (64-bit)"
        : os.starts_with("debian")                                                    ? "Debian GNU/Linux 11 (64-bit)"
                                   : "Other 5.x or later Linux (64-bit)";
}

VimNode address_of(const Vm& vm)
{
    return vm.tools ? vim_text("ipAddress", fmt::format("192.168.1.{}", 20 + vm.id)) : vim_unset("ipAddress");
}

VimNode question_of(const Host& host, const Vm& vm)
{
    if (vm.question.empty())
        return vim_null("question", "vim.vm.QuestionInfo");
    return vim_object("question", "vim.vm.QuestionInfo",
                      {vim_text("id", host.is_8() ? "_vmx1" : "12"), vim_text("text", vm.question),
                       vim_object("choice", "vim.option.ChoiceOption", {vim_raw("defaultIndex", "2")}),
                       vim_unset("message")});
}

VimNode moref(const Vm& vm) { return vim_raw("vm", fmt::format("'vim.VirtualMachine:{}'", vm.id)); }

VimAnswer summary(Host& host, Vm& vm, const VimArguments&)
{
    const Vmx vmx{vm.text};
    const auto memory = std::to_string(vmx.number("memSize", 4));
    const bool runs = vm.power == powered_on;
    const auto node = vim_object(
        "", "vim.vm.Summary",
        {moref(vm),
         vim_object("runtime", "vim.vm.RuntimeInfo",
                    {vim_raw("host", "'vim.HostSystem:ha-host'"),
                     vim_text("connectionState", vm.invalid ? "invalid" : "connected"),
                     vim_text("powerState", vm.power), vim_text("faultToleranceState", "notConfigured"),
                     vim_bool("toolsInstallerMounted", false), vim_unset("suspendTime"),
                     runs ? vim_text("bootTime",
                                     utc(host.world.boot_time + host.world.clock_offset + 60, "%Y-%m-%dT%H:%M:%SZ"))
                          : vim_unset("bootTime"),
                     question_of(host, vm), vim_bool("cleanPowerOff", true), vim_raw("maxMemoryUsage", memory)}),
         vim_object("guest", "vim.vm.Summary.GuestSummary",
                    {vim_text("guestId", vmx.get_or("guestOS", "")), vim_text("guestFullName", guest_full_name(vmx)),
                     vim_text("toolsStatus", vm.tools ? "toolsOk" : "toolsNotRunning"),
                     vim_text("toolsRunningStatus", tools_word(vm)), vim_text("hostName", vm_name(vm)),
                     address_of(vm)}),
         vim_object("config", "vim.vm.Summary.ConfigSummary",
                    {vim_text("name", vm_name(vm)), vim_bool("template", false),
                     vim_text("vmPathName", datastore_path(vm)), vim_raw("memorySizeMB", memory),
                     vim_raw("memoryReservation", std::to_string(vmx.number("sched.mem.min", 0))),
                     vim_raw("numCpu", vmx.get_or("numvcpus", "1")), vim_text("guestId", vmx.get_or("guestOS", "")),
                     vim_text("guestFullName", guest_full_name(vmx)),
                     vim_text("annotation", vmx.get_or("annotation", ""))}),
         vim_text("overallStatus", "green")});
    return {"Listsummary:\n\n" + to_text(node), "", 0};
}

int as_short(long long value) { return static_cast<std::int16_t>(value); }

VimNode passthru_device(const Vmx& vmx, const PassthruEntry& entry)
{
    const auto key = fmt::format("pciPassthru{}.", entry.index);
    const auto id = [&](const char* name) { return to_c_number(vmx.get_or(key + name, "")).value_or(0); };
    return vim_object(
        "", "vim.vm.device.VirtualPCIPassthrough",
        {vim_raw("key", std::to_string(13000 + entry.index)),
         vim_object("deviceInfo", "vim.Description",
                    {vim_text("label", fmt::format("PCI device {}", entry.index)), vim_text("summary", "")}),
         vim_object("backing", "vim.vm.device.VirtualPCIPassthrough.DeviceBackingInfo",
                    {vim_text("deviceName", ""), vim_bool("useAutoDetect", false), vim_text("id", entry.address),
                     vim_text("deviceId", fmt::format("0x{:04x}", id("deviceId"))),
                     vim_text("systemId", vmx.get_or(key + "systemId", "")),
                     vim_raw("vendorId", std::to_string(as_short(id("vendorId"))))}),
         vim_null("connectable", "vim.vm.device.VirtualDevice.ConnectInfo"), vim_raw("controllerKey", "100"),
         vim_raw("unitNumber", "18")});
}

VimNode plain_device(const char* type, int key, const std::string& label)
{
    return vim_object(
        "", type,
        {vim_raw("key", std::to_string(key)),
         vim_object("deviceInfo", "vim.Description", {vim_text("label", label), vim_text("summary", label)}),
         vim_unset("controllerKey")});
}

VimNode devices(const Vmx& vmx)
{
    std::vector<VimNode> list{plain_device("vim.vm.device.VirtualPCIController", 100, "PCI controller 0"),
                              plain_device("vim.vm.device.VirtualVideoCard", 500, "Video card"),
                              plain_device("vim.vm.device.ParaVirtualSCSIController", 1000, "SCSI controller 0"),
                              plain_device("vim.vm.device.VirtualDisk", 2000, "Hard disk 1"),
                              plain_device("vim.vm.device.VirtualVmxnet3", 4000, "Network adapter 1")};
    for (const auto& entry : passthru_entries(vmx))
        list.push_back(passthru_device(vmx, entry));
    return vim_list("device", "vim.vm.device.VirtualDevice", std::move(list));
}

std::vector<VimNode> hardware_members(const Vmx& vmx)
{
    return {vim_raw("numCPU", vmx.get_or("numvcpus", "1")),
            vim_raw("numCoresPerSocket", vmx.get_or("cpuid.coresPerSocket", "1")),
            vim_raw("memoryMB", std::to_string(vmx.number("memSize", 4))), vim_bool("virtualICH7MPresent", false),
            devices(vmx)};
}

VimAnswer get_devices(Host&, Vm& vm, const VimArguments&)
{
    return {to_text(vim_object("", "vim.vm.device.VirtualHardware", hardware_members(Vmx{vm.text}))), "", 0};
}

VimAnswer config(Host&, Vm& vm, const VimArguments&)
{
    const Vmx vmx{vm.text};
    std::vector<VimNode> extra;
    for (const auto& [key, value] : vmx.pairs())
        if (key.starts_with("guestinfo.") || key.starts_with("svga.") || key.starts_with("pciPassthru."))
            extra.push_back(vim_object("", "vim.option.OptionValue", {vim_text("key", key), vim_text("value", value)}));
    const auto node = vim_object(
        "", "vim.vm.ConfigInfo",
        {vim_text("changeVersion", "2022-04-22T03:04:15.771Z"), vim_text("name", vm_name(vm)),
         vim_text("guestFullName", guest_full_name(vmx)),
         vim_text("version", "vmx-" + vmx.get_or("virtualHW.version", "19")),
         vim_text("uuid", vmx.get_or("uuid.bios", "")), vim_text("guestId", vmx.get_or("guestOS", "")),
         vim_text("annotation", vmx.get_or("annotation", "")),
         vim_object("files", "vim.vm.FileInfo", {vim_text("vmPathName", datastore_path(vm))}),
         vim_object("flags", "vim.vm.FlagInfo",
                    {vim_bool("enableLogging", true), vim_bool("vbsEnabled", vmx.is_true("windows.vbs.enabled")),
                     vim_bool("vvtdEnabled", vmx.is_true("vvtd.enable"))}),
         vim_object("hardware", "vim.vm.device.VirtualHardware", hardware_members(vmx)),
         vim_object("memoryAllocation", "vim.ResourceAllocationInfo",
                    {vim_raw("reservation", std::to_string(vmx.number("sched.mem.min", 0))), vim_raw("limit", "-1")}),
         vim_list("extraConfig", "vim.option.OptionValue", std::move(extra)),
         vim_text("firmware", vmx.get_or("firmware", "bios")), vim_bool("nestedHVEnabled", vmx.is_true("vhv.enable")),
         vim_bool("memoryReservationLockedToMax", vmx.is_true("sched.mem.pin"))});
    return {"Configuration:\n\n" + to_text(node), "", 0};
}

VimAnswer guest(Host&, Vm& vm, const VimArguments&)
{
    const Vmx vmx{vm.text};
    return {"Guest information:\n\n" +
                to_text(vim_object("", "vim.vm.GuestInfo",
                                   {vim_text("toolsStatus", vm.tools ? "toolsOk" : "toolsNotRunning"),
                                    vim_text("toolsRunningStatus", tools_word(vm)),
                                    vim_text("guestId", vmx.get_or("guestOS", "")),
                                    vim_text("guestFamily", is_windows(vm) ? "windowsGuest" : "linuxGuest"),
                                    vim_text("guestFullName", guest_full_name(vmx)), vim_text("hostName", vm_name(vm)),
                                    address_of(vm), vim_text("guestState", vm.tools ? "running" : "notRunning")})),
            "", 0};
}

VimAnswer snapshots(Host& host, Vm& vm, const VimArguments&)
{
    std::string text = "Get Snapshot:\n";
    if (snapshot_count(host, vm) > 0)
        text += "|-ROOT\n--Snapshot Name        : before update\n--Snapshot Id        : 1\n"
                "--Snapshot Desciption  : \n--Snapshot Created On  : 4/12/2022 8:5:1\n"
                "--Snapshot State       : powered off\n";
    return {text, "", 0};
}

VimAnswer remove_snapshots(Host& host, Vm& vm, const VimArguments&)
{
    (void)host.disk.write(vm.path.substr(0, vm.path.size() - 4) + ".vmsd",
                          ".encoding = \"UTF-8\"\nsnapshot.numSnapshots = \"0\"\n");
    return {"Remove All Snapshots:\n", "", 0};
}

}  // namespace

void add_vm_objects(VimCommands& commands)
{
    commands["vmsvc/get.summary"] = {1, for_vm<summary>};
    commands["vmsvc/get.config"] = {1, for_vm<config>};
    commands["vmsvc/get.guest"] = {1, for_vm<guest>};
    commands["vmsvc/device.getdevices"] = {1, for_vm<get_devices>};
    commands["vmsvc/snapshot.get"] = {1, for_vm<snapshots>};
    commands["vmsvc/snapshot.removeall"] = {1, for_vm<remove_snapshots>};
    commands["vmsvc/get.snapshot"] = {1, for_vm<snapshots>};
}

}  // namespace gpupass::sim
