#include "relay.hpp"

#include <algorithm>
#include <thread>

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace gpupass::sim {

namespace {

bool pass(int from, int to, long long limit, long long& moved)
{
    char buffer[16384];
    const auto count = ::recv(from, buffer, static_cast<std::size_t>(std::min<long long>(limit, sizeof buffer)), 0);
    if (count <= 0)
        return false;
    moved = count;
    for (ssize_t at = 0; at < count;) {
        const auto sent = ::send(to, buffer + at, static_cast<std::size_t>(count - at), MSG_NOSIGNAL);
        if (sent <= 0)
            return false;
        at += sent;
    }
    return true;
}

void wait_for_end(int client, int server)
{
    pollfd ends[]{{client, POLLRDHUP, 0}, {server, POLLRDHUP, 0}};
    while (::poll(ends, 2, -1) >= 0 && ((ends[0].revents | ends[1].revents) & (POLLRDHUP | POLLHUP | POLLERR)) == 0)
        continue;
}

void relay(int client, int server, WireFault fault, long long left)
{
    for (bool open = true; open && left > 0;) {
        pollfd ends[]{{client, POLLIN, 0}, {server, POLLIN, 0}};
        long long moved = 0;
        open = ::poll(ends, 2, -1) >= 0;
        if (open && ends[0].revents != 0)
            open = pass(client, server, 16384, moved);
        if (open && ends[1].revents != 0) {
            moved = 0;
            open = pass(server, client, left, moved);
            left -= moved;
        }
    }
    if (left <= 0 && fault == WireFault::stall)
        wait_for_end(client, server);
    ::close(client);
    ::close(server);
}

}  // namespace

int start_relay(int client, WireFault fault, long long bytes)
{
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
        return client;
    std::thread{relay, client, ends[0], fault, bytes}.detach();
    return ends[1];
}

}  // namespace gpupass::sim
