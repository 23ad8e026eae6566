#pragma once

// A wire with a fault: between the client and the server, it counts the bytes that go to the client.

namespace gpupass::sim {

enum class WireFault { cut, stall };

/// Takes `client`; returns the server's end. After `bytes` the connection is cut, or nothing moves any more.
int start_relay(int client, WireFault fault, long long bytes);

}  // namespace gpupass::sim
