#include "hosts/linux/sessions.hpp"

#include "hosts/linux/boot/lines.hpp"

#include <algorithm>

namespace gpupass::linux_host {

/// A line for each socket: local address and port in hexadecimal, then the other end's, then the state; 0A is LISTEN.
bool listens_for_ssh(std::string_view text)
{
    while (!text.empty()) {
        const auto line = boot::take_line(text);
        const auto port = line.find(":0016 ");
        const bool is_loopback = port != line.npos && line.substr(0, port).ends_with(" 0100007F");
        if (port != line.npos && !is_loopback && line.substr(port).contains(":0000 0A "))
            return true;
    }
    return false;
}

bool waits_at_serial_console(std::span<const OpenFile> open_files, std::string_view active)
{
    return std::ranges::any_of(open_files, [&](const OpenFile& file) {
        return (file.path.starts_with("/dev/ttyS") || file.path.starts_with("/dev/hvc")) && active.contains(file.path.substr(5));
    });
}

std::string session_of(std::string_view cgroup)
{
    constexpr std::string_view before = "/session-";
    const auto begin = cgroup.find(before);
    const auto end = begin == cgroup.npos ? begin : cgroup.find(".scope", begin);
    const auto name = end == cgroup.npos ? std::string_view{} : cgroup.substr(begin + before.size(), end - begin - before.size());
    return name.contains('/') ? "" : std::string{name};
}

bool is_inside_desktop(std::string_view cgroup, std::string_view session)
{
    return cgroup.contains("/user@") || session.contains("TYPE=x11") || session.contains("TYPE=wayland");
}

}  // namespace gpupass::linux_host
