#pragma once

#include "hosts/esxi/api/session.hpp"
#include "hosts/fleet.hpp"

#include <memory>

namespace gpupass::esxi {

/// All hosts of a vCenter, asked in slices of a hundred, so that neither side holds them all at once.
std::unique_ptr<Fleet> make_api_fleet(std::shared_ptr<Session> session);

}  // namespace gpupass::esxi
