#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

// All that a simulated host is at one moment, but for its files. It outlives the process.

namespace gpupass::sim {

inline constexpr const char* vmkernel = "VMkernel";
inline constexpr const char* passthru = "VM Passthru";

inline constexpr const char* powered_on = "poweredOn";
inline constexpr const char* powered_off = "poweredOff";
inline constexpr const char* suspended = "suspended";

/// A message of a failed task: the key of the text and the text.
struct Message {
    std::string key;
    std::string text;
};

struct Task {
    std::string id;         // haTask-2-vim.VirtualMachine.powerOn-118
    std::string operation;  // powerOn
    std::string fault;      // type of the fault, "" when it went well
    std::vector<Message> messages;
    double queued{};
    double completed{};
};

struct Vm {
    int id{};
    std::string path;  // of the .vmx, with the datastore's UUID
    std::string text;  // hostd's copy of the .vmx: an edit of the file counts after a reload
    bool invalid{};
    std::string power{powered_off};
    bool tools{};       // VMware Tools run in the guest
    bool guest_up{};    // the guest's own services answer
    bool crash_loop{};  // blue screen, reset, blue screen
    std::string question;
    int world_id{};
    std::vector<Task> tasks;
};

/// What happens by itself later.
struct Event {
    double at{};
    std::string what;  // up, autostart, tools-up, guest-up, halted, restarted, blue-screen, tools-down, go-down
    int vm{};
};

struct AutostartEntry {
    int vm{};
    int order{};
    int start_delay{90};
    std::string start_action{"PowerOn"};
    std::string stop_action{"guestShutdown"};
};

/// What a host remembers over a reboot, if it was backed up.
struct Settings {
    std::map<std::string, std::string> kernel;  // option -> configured value
    std::map<std::string, std::string> owners;  // PCI address -> configured owner
    std::map<std::string, std::string> files;   // path below /etc -> contents
    bool autostart{true};
    std::vector<AutostartEntry> autostart_entries;
    bool ssh_with_host{true};
    int shell_timeout{};
    bool maintenance{};
};

struct World {
    std::string version;
    double boot_time{};     // of the outer clock
    double clock_offset{};  // host clock minus outer clock; grows at each reboot
    int boots{};
    bool up{true};
    bool ssh_runs{true};
    bool shifted{};         // a card came before the GPU: addresses have moved
    bool bootbank_lost{};   // /bootbank is not on the disk
    double hostd_ready{};   // vim-cmd fails before
    long long backup_hour{};
    Settings settings;
    Settings saved;
    std::map<std::string, std::string> kernel;  // values in effect
    std::map<std::string, std::string> owners;  // owners in effect
    std::vector<Vm> vms;
    std::vector<Event> events;
    int next_vm{1};
    int next_task{2800};
    int next_world{2099500};
};

std::string to_text(const World& world);
std::optional<World> world_from(const std::string& text);
std::optional<World> load_world(const std::filesystem::path& file);
/// In one moment: a reader sees the old or the new text.
bool replace_file(const std::filesystem::path& file, const std::string& text);

}  // namespace gpupass::sim
