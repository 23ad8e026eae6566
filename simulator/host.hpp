#pragma once

#include "disk.hpp"
#include "faults.hpp"
#include "vmx.hpp"
#include "world.hpp"

#include <atomic>
#include <functional>
#include <mutex>
#include <string>

// The simulated host: its world, its files and the rules by which they change. One mutex guards all; a program of the
// host holds it through `enter` while it answers.

namespace gpupass::sim {

struct PciDevice {
    std::string address;  // 0000:00:02.0
    int vendor{};
    int device{};
    int subvendor{};
    int subdevice{};
    int class_id{};
    int revision{};
    std::string vendor_name;
    std::string device_name;
    std::string class_name;
    std::string vmkernel_name;  // vmnic0, vmhba1
    std::string driver;         // of the VMkernel
    bool capable{};
    std::string reset{"Function reset"};
    int spawned_bus{};
    bool is_display() const { return class_id >> 8 == 3; }
};

struct HostOptions {
    std::filesystem::path folder;
    std::string version{"7.0.3"};
    double reboot_seconds{1};
    double shutdown_seconds{0.3};   // of a guest that was asked
    double autostart_seconds{0.3};  // after the boot
    double tools_seconds{0.15};     // after a power-on
    double command_seconds{0.02};   // of one vim-cmd
    std::vector<std::string> faults;
    std::function<double()> now;
};

class Host {
public:
    explicit Host(HostOptions options);

    /// Held by a program while it reads or changes the host; what is due has happened by then. Saves when it ends.
    class Hold {
    public:
        explicit Hold(Host& host);
        ~Hold();
        Hold(const Hold&) = delete;
        Hold& operator=(const Hold&) = delete;
        Host* operator->() const { return &host_; }

    private:
        Host& host_;
        std::unique_lock<std::mutex> lock_;
    };
    Hold enter() { return Hold{*this}; }

    HostOptions options;
    Disk disk;
    Disk guest_disk;  // of the Linux guest
    Faults faults;
    World world;
    bool changed{};  // since it was saved

    double now() const { return options.now(); }
    double clock() const { return now() + world.clock_offset; }  // what the host's own clock shows
    bool is_8() const { return world.version.starts_with('8'); }
    bool is_up() const { return world.up; }
    /// Grows with each reboot: who started before has lost the host. May be read without holding it.
    std::atomic<int> epoch{};

    void advance();  // performs the events that are due
    void save();
    void schedule(double in_seconds, const std::string& what, int vm = 0);
    void apply_faults();
    void count_program();  // for the fault that reboots after N of them
    int programs_until_reboot{-1};
    bool unclean_next{};

private:
    void perform(const Event& event);
    std::mutex mutex_;
    friend class Hold;
};

// The machine (nuc11_*.cpp).
const std::string& system_uuid();
const std::string& datastore_uuid();
std::string product_build(const Host& host);  // 19193900
std::vector<PciDevice> pci_devices(const Host& host);
std::optional<PciDevice> pci_device(const Host& host, const std::string& address);
struct KernelOption {
    const char* name;
    const char* type;
    const char* fallback;
    const char* description;
};
const std::vector<KernelOption>& kernel_options();
inline constexpr long long host_memory_mb = 32606;
inline constexpr long long own_memory_mb = 2560;  // of the hypervisor itself
void build_world(Host& host);                     // all anew
void rebuild_ram_disk(Host& host);                // /etc and /tmp as a boot makes them

// Boot (boot.cpp).
void reboot(Host& host, bool clean);
void boot(Host& host);
void backup(Host& host);  // what auto-backup.sh does
std::string owner_after(const Host& host, const PciDevice& device, const std::string& configured);

// Virtual machines (vms.cpp, power.cpp).
Vm* find_vm(Host& host, const std::string& id_or_path);
Vm* find_vm(Host& host, int id);
Vm* find_vm_named(Host& host, const std::string& name);
std::string vm_name(const Vm& vm);
std::string vm_folder(const Vm& vm);
std::string datastore_path(const Vm& vm);  // [datastore1] debian/debian.vmx
void load_vm(Host& host, Vm& vm);          // reads the .vmx again
int snapshot_count(const Host& host, const Vm& vm);
bool has_gpu(const Host& host, const Vm& vm);
bool is_windows(const Vm& vm);
bool is_linux_guest(const Vm& vm);
struct PowerFault {
    std::string type;                // vim.fault.GenericVmConfigFault
    std::vector<Message> messages;   // most telling first
    std::vector<std::string> log;    // further lines for vmware.log, before the messages
    std::vector<std::string> kernel; // lines for vmkernel.log
};
std::optional<PowerFault> power_on_fault(Host& host, const Vm& vm);
bool power_on(Host& host, Vm& vm);
bool power_off(Host& host, Vm& vm);
void end_of_run(Host& host, Vm& vm);  // off, and the .vmx rewritten
bool shut_down_guest(Host& host, Vm& vm, bool restart);
bool suspend(Host& host, Vm& vm);
void guest_event(Host& host, const Event& event);
bool any_vm_runs(const Host& host);

struct PassthruEntry {
    int index{};
    std::string id;
    std::string address;  // 0000:00:02.0, "" when `id` is none
};
std::vector<PassthruEntry> passthru_entries(const Vmx& vmx);

// The Linux guest (guest_linux.cpp).
void build_guest(Host& host, bool with_gpu);

// Logs (logs.cpp).
void log_kernel(Host& host, const std::string& text);
void log_hostd(Host& host, const std::string& text);
void log_vm(Host& host, const Vm& vm, const std::string& text);
void log_vm(Host& host, const Vm& vm, const std::vector<std::string>& lines);
void log_vm_start(Host& host, const Vm& vm);  // the head of a log: release and whole configuration
void rotate_vm_log(Host& host, const Vm& vm);

}  // namespace gpupass::sim
