#pragma once

#include "transport/machine.hpp"

#include <string>
#include <string_view>
#include <vector>

// The form of the answers of Libvirt queries, the same from the library and from virsh.
//   domains   a record a domain, each ended by the byte 1e: what `virsh dominfo` prints (lines of KEY: VALUE), 1f, the
//             persistent XML, 1f, the live XML. XML can hold neither byte.
//   version   lines: `library 9.0.0`, `daemon 9.0.0`, `hypervisor QEMU 7.2.22`
// Other calls answer with nothing that a caller may rely on. Where a call fails, exit_code is 1 and err is what libvirt
// says; without libvirt it is 127. A change that timed out may still happen, when the daemon goes on.

namespace gpupass {

struct LibvirtDomain {
    std::string uuid;
    std::string name;
    std::string state;       // running, idle, paused, shutdown, shutoff, crashed, pmsuspended, nostate
    bool persistent{};
    bool autostart{};
    bool saved{};            // off with its memory saved: a start goes on from there, with the devices of then
    std::string config_xml;  // what it will be at its next start, without passwords; of a transient one, what it is
    std::string live_xml;    // what it is now; "" when it is off
    bool operator==(const LibvirtDomain&) const = default;
};

/// The answer of Libvirt{domains}.
std::string to_text(const std::vector<LibvirtDomain>& domains);
/// Hostile input. A domain that went away while it was being asked about is left out.
Result<std::vector<LibvirtDomain>> parse_domains(std::string_view text);

}  // namespace gpupass
