#pragma once

// A TCP port on loopback that can stop listening and start again without losing its number.

namespace gpupass::sim {

class Listener {
public:
    /// `port` 0: any free one.
    explicit Listener(int port);
    ~Listener();
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;

    bool is_valid() const { return fd_ >= 0; }
    int port() const { return port_; }
    int fd() const { return fd_; }
    bool listens() const { return listens_; }
    /// When it does not listen, connections are refused.
    void listen(bool wanted);
    /// A new connection (TCP_NODELAY), or -1.
    int accept() const;

private:
    int fd_{-1};
    int port_{};
    bool listens_{};
};

}  // namespace gpupass::sim
