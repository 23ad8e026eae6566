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

/// Makes the kernel acknowledge what comes next without delay. A server that sets TCP_NODELAY late (sshd does so when
/// a program starts) otherwise costs 40 ms a login. Lasts for a packet or so; harmless on other sockets.
void acknowledge_at_once(int fd);

}  // namespace gpupass
