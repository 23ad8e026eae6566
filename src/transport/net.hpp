#pragma once

#include "model/result.hpp"
#include "transport/fd.hpp"
#include "transport/machine.hpp"

#include <cstdint>
#include <string>

namespace gpupass {

/// A TCP connection with TCP_NODELAY and keepalive. Names are looked up without blocking past the deadline; all their
/// addresses are tried, a quarter of a second apart, and the first that answers wins.
Result<Fd> connect_tcp(const std::string& host, std::uint16_t port, Deadline deadline);

}  // namespace gpupass
