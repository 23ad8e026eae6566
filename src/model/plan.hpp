#pragma once

#include "model/pci.hpp"
#include "model/setting.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <variant>
#include <vector>

// A goal is what shall be so; a plan is the steps from the facts to the goal. Both are data.

namespace gpupass {

/// What a person allowed beyond the plan itself.
struct Consents {
    std::vector<std::string> accept;     // PCI addresses of neighbours, or "no-ssh-proof"
    std::vector<std::string> power_off;  // VMs that may be cut off when they cannot be asked
    bool operator==(const Consents&) const = default;
};

/// Frozen when a run starts, journalled, and never changed: resume is plan(fresh facts, this).
struct Goal {
    std::string sentence;              // "VM debian has 0000:00:02.0 and runs"
    std::vector<Want> wants;           // the end: configured and in effect
    std::optional<PciAddress> device;  // the GPU this is about
    std::optional<PciId> device_id;    // what must be at that address, now and after a reboot
    std::string vm;                    // the VM this is about; "" when none
    Consents consents;
    bool operator==(const Goal&) const = default;
};

/// Which words gpupass uses for what a step does to the people who use the host.
enum class Impact { none, vm_power_off, host_maintenance, host_reboot };
std::string to_string(Impact impact);  // "none", "vm-power-off", "host-maintenance", "host-reboot"

// What a step changes. The wire of a platform renders it to commands by a pure function.
struct ProveAccess {};                                                      // change nothing; the way back must be proven
struct StopVms { std::vector<std::string> ask; std::vector<std::string> cut; };  // VM names; cut: hard power-off
struct StartVms { std::vector<std::string> vms; };
struct SetKernelOption { std::string name; std::string value; };
struct SetOwner { PciAddress device; bool passthrough{}; bool apply_now{}; };
struct SetMaintenance { bool enter{}; };                                     // of a host behind a vCenter
struct RebootHost { std::vector<std::vector<std::string>> first; };        // commands that must end well before it
struct EditVm { std::string vm; std::vector<Want> edits; };                 // keys as in the VM's configuration, not settings' keys
struct Binding { PciAddress device; std::optional<std::string> driver; std::string override_with; };  // driver nullopt: what the kernel picks; "": none
struct BindDrivers { std::vector<Binding> bindings; };                      // all of them, or on failure none
struct ChangeHostdevs { std::string vm; std::vector<PciAddress> add; std::vector<PciAddress> remove; };
struct SetService { std::string unit; bool active{}; };
struct SetConsole { std::string name; bool bound{}; };                      // vtcon1, or a framebuffer device: simple-framebuffer.0
struct FileChange { std::string path; std::optional<std::string> content; };  // nullopt: it shall not be there
struct ChangeFiles { std::vector<FileChange> files; std::vector<std::vector<std::string>> then; };  // then: commands that make it effective
using Change = std::variant<ProveAccess, StopVms, StartVms, SetKernelOption, SetOwner, SetMaintenance, RebootHost, EditVm, BindDrivers, ChangeHostdevs,
                            SetService, SetConsole, ChangeFiles>;

struct Step {
    std::string id;     // stable, for scripts: "release-console"
    std::string title;
    std::string why;
    Change change;
    std::vector<Want> sets;  // what a fresh probe must show once it has worked
    std::vector<std::string> owns;  // patterns `vm.X.pciPassthru0.*`: keys the platform adds there become ours to undo
    bool only_configured{};  // the sets need a reboot to take effect: the configured value is enough for this step
    Impact impact{Impact::none};
    bool loses_console{};
    std::string command;               // what the wire will run, for the eyes
    std::chrono::seconds expected{2};  // how long it usually takes
};

struct Blocker {
    std::string id;
    std::string why;
    std::string fix;
    bool operator==(const Blocker&) const = default;
};

struct Warning {
    std::string id;
    std::string text;
    std::string source;
    bool operator==(const Warning&) const = default;
};

struct Plan {
    Goal goal;
    std::vector<Step> steps;
    std::vector<Blocker> blockers;
    std::vector<Warning> warnings;
};

/// A goal ends with every VM that runs now running again: adds `power = on` for those it does not name yet.
void keep_running(Goal& goal, const Settings& settings);

/// True when a probe shows what the step sets (configured only, where that is all the step promises).
bool has_worked(const Settings& settings, const Step& step);

}  // namespace gpupass
