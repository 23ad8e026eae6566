#pragma once

#include "hosts/linux/pci.hpp"

#include <span>
#include <string>
#include <string_view>

// Who is logged in how: where our own process lives, and the ways in that do not need the screen.

namespace gpupass::linux_host {

/// In /proc/net/tcp or tcp6: somebody listens on port 22, and not for this computer alone.
bool listens_for_ssh(std::string_view proc_net_tcp);

/// A serial console (of `active`, the text of /sys/class/tty/console/active) that a process has open.
bool waits_at_serial_console(std::span<const OpenFile> open_files, std::string_view active);

/// The N of the session-N.scope in /proc/self/cgroup; "" when there is none.
std::string session_of(std::string_view cgroup);

/// Whether the process of that /proc/self/cgroup would end with the desktop. `session`: the text of its file in /run/systemd/sessions.
bool is_inside_desktop(std::string_view cgroup, std::string_view session);

}  // namespace gpupass::linux_host
