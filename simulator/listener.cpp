#include "listener.hpp"

#include <cstdint>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

namespace gpupass::sim {

namespace {

int bound_socket(int port)
{
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    const int on = 1;
    ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0)
        return fd;
    ::close(fd);
    return -1;
}

int port_of(int fd)
{
    sockaddr_in address{};
    socklen_t size = sizeof address;
    ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
    return ntohs(address.sin_port);
}

}  // namespace

// The kernel lets go of a port that it chose itself when the socket stops listening; one that was asked for stays.
Listener::Listener(int port)
{
    const int chosen = port == 0 ? bound_socket(0) : -1;
    fd_ = bound_socket(chosen >= 0 ? port_of(chosen) : port);
    if (chosen >= 0)
        ::close(chosen);
    if (fd_ >= 0)
        port_ = port_of(fd_);
}

Listener::~Listener()
{
    if (fd_ >= 0)
        ::close(fd_);
}

void Listener::listen(bool wanted)
{
    if (wanted == listens_)
        return;
    wanted ? ::listen(fd_, 512) : ::shutdown(fd_, SHUT_RDWR);
    listens_ = wanted;
}

int Listener::accept() const
{
    const int fd = ::accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC);
    const int on = 1;
    if (fd >= 0)
        ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return fd;
}

}  // namespace gpupass::sim
