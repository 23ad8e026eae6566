#pragma once

#include "hosts/esxi/api/inventory.hpp"
#include "hosts/esxi/api/session.hpp"
#include "hosts/esxi/api/steps.hpp"
#include "hosts/host.hpp"

#include <memory>
#include <string>

namespace gpupass::esxi {

/// Where a host is behind the API.
struct ApiPlace {
    std::string host;       // name or id of the HostSystem; "" = the only one there is
    std::string local_dmi;  // see make_ssh_host()
};

/// ESXi through the vSphere API, directly or behind a vCenter. Hosts of one vCenter may share a session, one at a time.
std::unique_ptr<Host> make_api_host(std::shared_ptr<Session> session, ApiPlace place, ApiTimes times = {});

}  // namespace gpupass::esxi
