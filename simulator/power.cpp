#include "host.hpp"
#include "text.hpp"

#include <fmt/core.h>

#include <algorithm>

// Virtual machines that start, run and end.

namespace gpupass::sim {

namespace {

// hostd's own copy goes to the disk: what was written into the file meanwhile is lost.
void rewrite(Host& host, Vm& vm, const Vmx& vmx)
{
    vm.text = vmx.text();
    host.changed = true;
    if (!host.disk.is_full(vm.path))
        (void)host.disk.write(vm.path, vm.text, 0755);
}

std::string free_slot(const Vmx& vmx)
{
    for (const int slot : {160, 192, 224, 256, 1184, 1216, 1248, 1280, 2208}) {
        const auto pairs = vmx.pairs();
        const bool taken = std::ranges::any_of(pairs, [&](const auto& pair) {
            return lower(pair.first).ends_with(".pcislotnumber") && pair.second == std::to_string(slot);
        });
        if (!taken)
            return std::to_string(slot);
    }
    return "-1";
}

void log_device(Host& host, const Vm& vm, const std::string& address)
{
    log_vm(
        host, vm,
        fmt::format("PCIPassthru: Device {} barIndex 0 type 3 realaddr 0x6000000000 size 16777216 flags 4", address));
    log_vm(
        host, vm,
        fmt::format("PCIPassthru: Device {} barIndex 2 type 3 realaddr 0x4000000000 size 268435456 flags 12", address));
    log_vm(host, vm, "PCIPassthru: successfully created the IOMMU mappings");
    log_kernel(host, fmt::format("PCIPassthru: 3873: pcipDevInfo(0x43174d483300) allocated for {}", address));
}

Task& add_task(Host& host, Vm& vm, const std::string& operation)
{
    Task task;
    task.id = fmt::format("haTask-{}-vim.VirtualMachine.{}-{}", vm.id, operation, host.world.next_task++);
    task.operation = operation;
    task.queued = task.completed = host.clock();
    log_hostd(host, fmt::format("Task Created : {}", task.id));
    vm.tasks.push_back(std::move(task));
    if (vm.tasks.size() > 10)
        vm.tasks.erase(vm.tasks.begin());
    host.changed = true;
    return vm.tasks.back();
}

void log_failure(Host& host, const Vm& vm, const PowerFault& fault)
{
    if (fault.type == "vim.fault.GenericVmConfigFault") {
        rotate_vm_log(host, vm);
        log_vm_start(host, vm);
        for (const auto& line : fault.log)
            log_vm(host, vm, line);
        for (const auto& message : fault.messages)
            log_vm(host, vm, message.text);
    }
    for (const auto& line : fault.kernel)
        log_kernel(host, line);
    for (const auto& line : fault.log)
        log_hostd(host, line);
    log_hostd(host,
              fmt::format("State Transition (VM_STATE_POWERING_ON -> VM_STATE_OFF): {}", fault.messages.front().text));
}

bool has_tools(const Host& host, const Vm& vm)
{
    const auto without = host.faults.all("no-tools");
    return std::ranges::find(without, vm_name(vm)) == without.end();
}

void drop_events(Host& host, int vm)
{
    std::erase_if(host.world.events, [&](const Event& event) { return event.vm == vm && event.what != "autostart"; });
}

void start_guest(Host& host, const Vm& vm)
{
    if (has_tools(host, vm))
        host.schedule(host.options.tools_seconds, "tools-up", vm.id);
    host.schedule(host.options.tools_seconds, "guest-up", vm.id);
}

}  // namespace

bool power_on(Host& host, Vm& vm)
{
    const auto fault = power_on_fault(host, vm);
    auto& task = add_task(host, vm, "powerOn");
    if (fault) {
        task.fault = fault->type;
        task.messages = fault->messages;
        log_failure(host, vm, *fault);
        return false;
    }
    Vmx vmx{vm.text};
    for (const auto& entry : passthru_entries(vmx))
        if (const auto key = fmt::format("pciPassthru{}.pciSlotNumber", entry.index); !vmx.get(key))
            vmx.set(key, free_slot(vmx));
    vmx.set("cleanShutdown", "FALSE");
    rewrite(host, vm, vmx);
    rotate_vm_log(host, vm);
    log_vm_start(host, vm);
    for (const auto& entry : passthru_entries(vmx))
        log_device(host, vm, entry.address);
    vm.power = powered_on;
    vm.world_id = host.world.next_world += 16;
    log_hostd(host, fmt::format("State Transition (VM_STATE_POWERING_ON -> VM_STATE_ON): {}", datastore_path(vm)));
    start_guest(host, vm);
    return true;
}

void end_of_run(Host& host, Vm& vm)
{
    Vmx vmx{vm.text};
    vmx.set("cleanShutdown", "TRUE");
    rewrite(host, vm, vmx);
    vm.power = powered_off;
    vm.tools = vm.guest_up = vm.crash_loop = false;
    vm.question.clear();
    drop_events(host, vm.id);
    log_vm(host, vm, "Vix: [mainDispatch.c:4239]: VMAutomation_ReportPowerOpFinished: the virtual machine is off");
    log_vm(host, vm, "VMX exit (0).");
}

bool power_off(Host& host, Vm& vm)
{
    auto& task = add_task(host, vm, "powerOff");
    if (vm.power == powered_off) {
        task.fault = "vim.fault.InvalidPowerState";
        task.messages = {{"", "The attempted operation cannot be performed in the current state (Powered off)."}};
        return false;
    }
    end_of_run(host, vm);
    return true;
}

// The guest does what it was asked, by and by; Windows with the GPU never gets there.
bool shut_down_guest(Host& host, Vm& vm, bool restart)
{
    if (vm.power != powered_on || !vm.tools)
        return false;
    log_vm(host, vm, "Tools: Initiating guest state change.");
    const bool crash = vm.crash_loop || (is_windows(vm) && has_gpu(host, vm));
    if (!vm.crash_loop)
        host.schedule(host.options.shutdown_seconds, crash ? "blue-screen" : restart ? "restarted" : "halted", vm.id);
    return true;
}

bool suspend(Host& host, Vm& vm)
{
    auto& task = add_task(host, vm, "suspend");
    if (vm.power == powered_on && passthru_entries(Vmx{vm.text}).empty()) {
        vm.power = suspended;
        vm.tools = vm.guest_up = false;
        drop_events(host, vm.id);
        return true;
    }
    task.fault = "vim.fault.GenericVmConfigFault";
    task.messages = {{"msg.pciPassthru.noSuspend.postedInterrupts",
                      "A virtual machine with a PCI DirectPath I/O device cannot be suspended when FPT devices in-use "
                      "have posted interrupts enabled."}};
    return false;
}

void guest_event(Host& host, const Event& event)
{
    Vm* vm = find_vm(host, event.vm);
    if (!vm)
        return;
    if (event.what == "autostart") {
        if (vm->power != powered_on)
            power_on(host, *vm);
        return;
    }
    if (vm->power != powered_on)
        return;
    if (event.what == "tools-up")
        vm->tools = has_tools(host, *vm);
    else if (event.what == "guest-up") {
        if (is_linux_guest(*vm))
            build_guest(host, has_gpu(host, *vm));
        vm->guest_up = true;
    } else if (event.what == "halted")
        end_of_run(host, *vm);
    else if (event.what == "restarted") {
        vm->tools = vm->guest_up = false;
        log_vm(host, *vm, "Chipset: The guest has requested that the virtual machine be hard reset.");
        start_guest(host, *vm);
    } else if (event.what == "blue-screen") {
        vm->crash_loop = true;
        vm->tools = vm->guest_up = false;
        log_vm(host, *vm, "GuestRpc: the guest reports a crash: VIDEO_TDR_FAILURE (0x116)");
        log_vm(host, *vm, "Chipset: The guest has requested that the virtual machine be hard reset.");
        start_guest(host, *vm);
        host.schedule(host.options.tools_seconds + 0.5, "blue-screen", vm->id);
    }
}

}  // namespace gpupass::sim
