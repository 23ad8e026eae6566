#pragma once

#include "connection.hpp"
#include "counters.hpp"
#include "host.hpp"
#include "listener.hpp"

#include <atomic>
#include <list>
#include <memory>
#include <string>

// The process: two ports, their connections, and the passing of time.

namespace gpupass::sim {

struct ServerOptions {
    HostOptions host;
    int port{};
    int guest_port{};
    double idle_seconds{300};
    bool log{};
};

class Server {
public:
    explicit Server(ServerOptions options);
    ~Server();
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    /// "" or why it cannot serve. Afterwards access.json says how to reach it.
    std::string start();
    /// Until `stop`, idleness, or the folder is gone.
    void run(const std::atomic<bool>& stop);

private:
    struct Served;
    void make_endpoints();
    bool write_access() const;
    bool tick();
    void accept_from(const Listener& listener, bool is_guest);
    void cut_lost();
    void remove_finished();

    ServerOptions options_;
    Counters counters_;
    Host host_;
    ShellMachine host_machine_;
    ShellMachine guest_machine_;
    Key host_key_;
    Key client_key_;
    Endpoint host_endpoint_;
    Endpoint guest_endpoint_;
    std::unique_ptr<Listener> host_listener_;
    std::unique_ptr<Listener> guest_listener_;
    std::list<std::unique_ptr<Served>> connections_;
    std::atomic<int> guest_epoch_{};
    bool guest_was_up_{};
    double last_use_{};
};

/// The process that wrote access.json in `folder`; 0 when there is none.
int serving_process(const std::filesystem::path& folder);

}  // namespace gpupass::sim
