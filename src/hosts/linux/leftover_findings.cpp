#include "hosts/linux/leftover_findings.hpp"

#include "hosts/linux/boot/cmdline.hpp"
#include "hosts/linux/boot/leftovers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>
#include <optional>

// Nothing is added without a reason, and what stands there without one is told.

namespace gpupass::linux_host {

namespace {

using Kind = boot::LeftoverKind;
using Topic = boot::ModprobeTopic;

constexpr const char* vfio_docs = "https://docs.kernel.org/driver-api/vfio.html";
constexpr const char* words_docs = "https://docs.kernel.org/admin-guide/kernel-parameters.html";

/// What is known of one kind of leftover.
struct Entry {
    const char* id;
    const char* title;
    std::string (*needed)(const HostFacts& facts);  // the evidence: is it needed here?
    const char* link;
};

bool on_root_bus(const PciDevice& device) { return device.address.bus == 0; }

std::string acs(const HostFacts& facts)
{
    const auto all = gpus(facts);
    const std::string alone = !all.empty() && std::ranges::all_of(all, [](const PciDevice* gpu) { return on_root_bus(*gpu); })
                                  ? "The GPU here is part of the processor, which has a group of its own in any case: not needed. "
                                  : "";
    return alone + "It makes groups look smaller than the hardware makes them: a VM may then reach what it must not. Kernels without the patch for it "
                   "(all but Proxmox's and a few others) ignore it";
}

std::string unsafe_interrupts(const HostFacts& facts)
{
    if (facts.interrupt_remapping == true)
        return "This host remaps interrupts: not needed, and a VM could send the host interrupts that are not its own";
    if (facts.interrupt_remapping == false)
        return "This host does not remap interrupts: without it no VM with a PCI function starts, with it a VM can send the host any interrupt";
    return "Needed only where interrupts are not remapped, which could not be read here";
}

std::string ignore_msrs(const HostFacts& facts)
{
    const bool macos = std::ranges::any_of(facts.vms, [](const Vm& vm) { return vm.guest_os.contains("macos"); });
    return macos ? "A VM here says that it runs macOS, which may need it" : "No VM here says that it runs macOS, which is what it is for: it hides errors of every guest";
}

std::string disable_vga(const HostFacts& facts)
{
    const bool intel = std::ranges::any_of(facts.pci, [](const PciDevice& d) { return d.is_display() && d.id.vendor == 0x8086 && on_root_bus(d); });
    return intel ? "The GPU here is part of an Intel processor: a picture from power-on (legacy mode) needs the VGA ranges that this takes away; to compute, it is not needed"
                 : "It keeps a VM's GPU from the old VGA ranges: needed only where two cards of the host fight for them";
}

std::string vfio_ids(const HostFacts& facts)
{
    for (const PciDevice* gpu : gpus(facts)) {
        const auto twins = std::ranges::count(facts.pci, gpu->id, &PciDevice::id);
        if (twins > 1)
            return fmt::format("{} functions here have the id {}: all of them go to vfio-pci, wanted or not. `attach --persist` binds by address", twins, to_string(gpu->id));
    }
    return "Every device with that id goes to vfio-pci at boot, a second card and virtual functions too. `attach --persist` binds by address";
}

std::string framebuffer_off(const HostFacts&)
{
    return "The host shows nothing until a driver comes up. vfio-pci evicts the firmware's framebuffer of a VGA GPU by itself since about Linux 6.0";
}

std::string initcall(const HostFacts&) { return "A part of the kernel never starts, for all devices. gpupass lets go of the framebuffer itself where it has to"; }
std::string driver_away(const HostFacts&) { return "The driver is kept from every card that it could serve, and after a detach the host has none for the GPU"; }
std::string modeset_off(const HostFacts&) { return "No driver of the host serves a screen: a GPU given back stays dark"; }
std::string idle_d3(const HostFacts&) { return "Idle functions of vfio-pci stay powered: needed only where a GPU vanishes after it idled"; }

constexpr Entry acs_override{"leftover-acs-override", "The kernel is told to split IOMMU groups", acs, words_docs};
constexpr Entry interrupts{"leftover-unsafe-interrupts", "VFIO is told to allow unsafe interrupts", unsafe_interrupts, vfio_docs};
constexpr Entry msrs{"leftover-ignore-msrs", "KVM is told to ignore unknown MSRs", ignore_msrs, "https://docs.kernel.org/virt/kvm/x86/msr.html"};
constexpr Entry vga{"leftover-disable-vga", "vfio-pci is told to leave the VGA ranges alone", disable_vga, vfio_docs};
constexpr Entry ids{"leftover-vfio-ids", "vfio-pci takes devices by their id", vfio_ids, vfio_docs};
constexpr Entry framebuffer{"leftover-framebuffer-off", "The firmware's framebuffer is turned off", framebuffer_off, words_docs};
constexpr Entry initcalls{"leftover-initcall-blacklist", "A part of the kernel is kept from starting", initcall, words_docs};
constexpr Entry driver{"leftover-driver-blacklist", "A driver of GPUs is kept from loading", driver_away, words_docs};
constexpr Entry modeset{"leftover-nomodeset", "Drivers of GPUs are told to serve no screen", modeset_off, words_docs};
constexpr Entry power{"leftover-disable-idle-d3", "vfio-pci is told not to save power", idle_d3, vfio_docs};

const Entry* entry_of(Kind kind)
{
    switch (kind) {
    case Kind::acs_override: return &acs_override;
    case Kind::vfio_ids: return &ids;
    case Kind::framebuffer_off: return &framebuffer;
    case Kind::initcall_blocked: return &initcalls;
    case Kind::driver_blocked: return &driver;
    case Kind::modeset_off: return &modeset;
    case Kind::unsafe_interrupts: return &interrupts;
    case Kind::ignore_msrs: return &msrs;
    case Kind::vfio_early:
    case Kind::gvt:
    case Kind::virtual_functions:
    case Kind::other_vfio: break;
    }
    return nullptr;
}

const Entry* entry_of(Topic topic)
{
    switch (topic) {
    case Topic::vfio_ids: return &ids;
    case Topic::disable_vga: return &vga;
    case Topic::disable_idle_d3: return &power;
    case Topic::unsafe_interrupts: return &interrupts;
    case Topic::ignore_msrs: return &msrs;
    case Topic::driver_blacklisted:
    case Topic::driver_refused: return &driver;
    case Topic::driver_after_vfio:
    case Topic::driver_options: break;
    }
    return nullptr;
}

/// As it stands in the file.
std::string line_of(const boot::ModprobeNote& note)
{
    switch (note.topic) {
    case Topic::vfio_ids: return fmt::format("options {} ids={}", note.module, note.value);
    case Topic::disable_vga: return fmt::format("options {} disable_vga={}", note.module, note.value);
    case Topic::disable_idle_d3: return fmt::format("options {} disable_idle_d3={}", note.module, note.value);
    case Topic::unsafe_interrupts: return fmt::format("options {} allow_unsafe_interrupts={}", note.module, note.value);
    case Topic::ignore_msrs: return fmt::format("options {} ignore_msrs={}", note.module, note.value);
    case Topic::driver_blacklisted: return "blacklist " + note.module;
    case Topic::driver_refused: return "install " + note.module;
    case Topic::driver_after_vfio: return "softdep " + note.module;
    case Topic::driver_options: break;
    }
    return "options " + note.module;
}

bool says_no(std::string_view value)
{
    constexpr std::array<std::string_view, 4> words = {"0", "n", "N", "off"};
    return std::ranges::find(words, value) != words.end();
}

class Findings {
public:
    explicit Findings(const HostFacts& facts) : facts_(facts) {}

    void add(const Entry* entry, Evidence evidence)
    {
        if (!entry)
            return;
        auto found = std::ranges::find(list_, entry->id, &Finding::id);
        if (found == list_.end())
            found = list_.insert(list_.end(), Finding{.id = entry->id, .title = entry->title, .certainty = Certainty::certain, .severity = Severity::info,
                                                      .cause = entry->needed(facts_) + ".", .links = {entry->link}});
        found->fix.push_back(fmt::format("take it out of {}, if you do not need it: {}", evidence.source, evidence.text));
        found->evidence.push_back(std::move(evidence));
    }

    std::vector<Finding> take() { return std::move(list_); }

private:
    const HostFacts& facts_;
    std::vector<Finding> list_;
};

}  // namespace

std::vector<Finding> leftover_findings(const HostFacts& facts, std::span<const boot::ModprobeNote> notes)
{
    Findings findings{facts};
    const auto words = boot::parse_cmdline(facts.kernel_line ? facts.kernel_line->running : "");
    for (const boot::Leftover& leftover : words ? boot::leftovers(*words) : std::vector<boot::Leftover>{})
        findings.add(entry_of(leftover.kind), {.source = "the kernel command line", .line = 0, .text = leftover.word});
    for (const boot::ModprobeNote& note : notes)
        if (!says_no(note.value))
            findings.add(entry_of(note.topic), {.source = note.place.path, .line = static_cast<long>(note.place.line),
                                                .text = line_of(note)});
    return findings.take();
}

}  // namespace gpupass::linux_host
