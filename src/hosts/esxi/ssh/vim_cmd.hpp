#pragma once

#include "model/facts.hpp"
#include "model/result.hpp"
#include "transport/machine.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// Parsers of what vim-cmd prints. Its exit code alone says little: a failure may be told in the text only.

namespace gpupass::esxi {

/// `vimsvc/license --show` to "free", "evaluation" or "licensed".
Result<std::string> parse_licence(std::string_view text);

struct AutostartEntry {
    std::string vm_id;
    bool starts{};  // its start action is "power on"
};
/// `hostsvc/autostartmanager/get_autostartseq`
Result<std::vector<AutostartEntry>> parse_autostart_sequence(std::string_view text);
/// `hostsvc/autostartmanager/get_defaults`: is autostart on at all?
Result<bool> parse_autostart_enabled(std::string_view text);

struct HostSummary {
    std::string name;
    std::string model;
    std::optional<std::int64_t> memory_bytes;
    std::optional<bool> maintenance;
};
/// `hostsvc/hostsummary`
Result<HostSummary> parse_host_summary(std::string_view text);

struct VmSummary {
    Power power{Power::unknown};
    std::optional<bool> tools_running;
    std::optional<std::string> question;
    std::string config_file;  // "[ds] dir/vm.vmx"; "" when not printed
};
/// `vmsvc/get.summary ID`
Result<VmSummary> parse_vm_summary(std::string_view text);

/// `vmsvc/power.getstate ID`
Result<Power> parse_power_state(std::string_view text);

/// `vmsvc/message ID`: the question a VM waits with, without its choices; nullopt when it has none.
Result<std::optional<std::string>> parse_message(std::string_view text);

/// `vmsvc/get.tasklist ID`: task names, newest last.
std::vector<std::string> parse_task_list(std::string_view text);

struct TaskInfo {
    std::string state;                  // "success", "error" ...
    std::vector<std::string> messages;  // what its error says, most general first
};
/// `vimsvc/task_info TASK`
Result<TaskInfo> parse_task_info(std::string_view text);

/// hostd was not ready or lost the client: the same command may well work in a moment.
bool is_transient(const Answer& answer);

}  // namespace gpupass::esxi
