#pragma once

#include "channel.hpp"
#include "keys.hpp"

#include <libssh/callbacks.h>
#include <libssh/server.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

// One SSH connection. A thread serves it; scripts run beside, in their channels.

namespace gpupass::sim {

/// The machine behind a port.
struct Endpoint {
    const ShellMachine* machine{};
    std::vector<std::string> users;
    std::string prompt;
    std::string greeting;
    const Key* host_key{};
    const Key* client_key{};
    std::function<std::string()> authorized_keys;         // further public keys, as in the file of that name
    std::function<std::function<bool()>()> make_is_lost;  // made at the connection's start: has its machine gone?
    std::function<void()> on_exec;
};

inline constexpr const char* password_of_all = "simulated";

class Connection {
public:
    /// Takes `fd`. `garbage_after`: bytes of output after which nonsense is sent; negative for never.
    Connection(const Endpoint& endpoint, int fd, long long garbage_after);
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    /// Serves until the connection ends.
    void serve();
    /// From another thread: ends it.
    void cut();

private:
    struct Open;
    struct Callbacks;
    bool accept();
    bool start_session();
    void loop();
    void send_waiting(Open& open);
    void remove_closed();
    bool may_log_in(const char* user, const char* password) const;
    bool is_known_key(const char* user, ssh_key key) const;
    void wake();

    const Endpoint& endpoint_;
    int fd_;
    long long garbage_after_;
    int wake_fd_;
    ssh_session session_{};
    ssh_event event_{};
    std::unique_ptr<Callbacks> callbacks_;
    std::vector<std::unique_ptr<Open>> channels_;
    // libssh may call back out of any of its functions, also while channels_ is walked: new ones wait here.
    std::vector<std::unique_ptr<Open>> opened_;
    std::function<bool()> is_lost_;
    std::atomic<bool> cut_{};
    bool logged_in_{};
    std::string asked_user_;  // who was asked by keyboard-interactive: the answer names nobody
};

}  // namespace gpupass::sim
