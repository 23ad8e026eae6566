#pragma once

#include "model/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace gpupass {

/// `esxi+ssh://root@nuc:2222`, `linux+ssh://host`, `vsphere://vc/esx01`, `local:`, `capture:FILE`, `sim:nuc11`.
struct HostUri {
    std::string scheme;  // "esxi+ssh", "linux+ssh", "vsphere", "local", "capture", "sim"
    std::string user;    // "" = not given
    std::string host;    // host part without brackets; for capture: and sim: what follows the colon
    std::uint16_t port{};  // 0 = not given
    std::string inner{};   // vsphere://VCENTER/HOST: which host behind it; "" = not given
    std::string text() const;  // the URI again, without anything secret
    bool operator==(const HostUri&) const = default;
};

/// Percent-decodes user and host; IPv6 in brackets. A password in the URI is refused (it would show in `ps`).
Result<HostUri> parse_host_uri(std::string_view text);

}  // namespace gpupass
