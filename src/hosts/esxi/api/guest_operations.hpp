#pragma once

#include "hosts/esxi/api/session.hpp"
#include "transport/uri.hpp"

#include <functional>
#include <memory>
#include <string>

namespace gpupass::esxi {

/// A user of the guest, not of the host.
struct GuestLogin {
    std::string user;
    std::string password;
};

/// Opens the web service of an ESXi host that shows the certificate with this thumbprint: behind a vCenter, files of guests go by their host.
using OpenService = std::function<std::unique_ptr<Machine>(const HostUri& host, const std::string& thumbprint)>;

/// The Linux guest of a VM, by the VMware Tools in it (GuestOperationsManager): each batch is one script for its /bin/sh, in a folder of
/// its own below /tmp, which is removed afterwards; by the guest itself four minutes later, should we be gone. A script is cut after three. Tools that do not run
/// yet are a `timeout`.
std::unique_ptr<Machine> make_tools_machine(std::shared_ptr<Session> session, Ref vm, GuestLogin login, std::string label, OpenService open);

/// Where a transfer goes. Pure; nullopt: the URL is none of https://HOST[:PORT]/PATH.
struct TransferUrl {
    std::string host;  // "" is the service that told the URL ("*")
    std::uint16_t port{};
    std::string path;  // with its query
};
std::optional<TransferUrl> parse_transfer_url(std::string_view url);

}  // namespace gpupass::esxi
