#pragma once

#include "model/facts.hpp"
#include "model/plan.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace gpupass::esxi {

/// The argument vectors a step runs, in order; what the wire sends and what a plan shows are made from them. A VM that
/// the facts do not have gives no vector. EditVm: only what follows the edit of the file.
std::vector<std::vector<std::string>> command_vectors(const Change& change, const HostFacts& facts);

/// The commands a step will run, as a person would type them: from the change alone (and Vmids from the facts).
std::string render_command(const Step& step, const HostFacts& facts);

/// One word for a POSIX shell: unchanged when harmless, else in single quotes.
std::string shell_word(std::string_view text);

/// Lies on the host from the moment a reboot is asked for until the host is down: /tmp is in the host's memory. A later
/// look at a host that still runs thus tells whether it is on its way down.
inline constexpr const char* reboot_mark = "/tmp/gpupass-reboot";

// Vectors that more than one place needs.
std::vector<std::string> vm_command(std::string_view action, std::string_view vm_id);  // vim-cmd vmsvc/ACTION ID

}  // namespace gpupass::esxi
