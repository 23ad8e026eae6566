#pragma once

#include "transport/fd.hpp"
#include "transport/machine.hpp"

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <thread>
#include <vector>

// For tests only: a temporary folder, a real sshd on loopback, a TCP server that misbehaves on purpose, an SSH server
// of our own for the ways to log in that sshd offers only to users of the system.

namespace gpupass::test {

class TempFolder {
public:
    TempFolder();
    ~TempFolder();
    TempFolder(const TempFolder&) = delete;
    TempFolder& operator=(const TempFolder&) = delete;
    const std::filesystem::path& path() const { return path_; }
    std::string file(const std::string& name) const { return path_ / name; }

private:
    std::filesystem::path path_;
};

void write_text(const std::filesystem::path& file, const std::string& text);
std::string read_text(const std::filesystem::path& file);

/// Makes an ed25519 (or, with "rsa", "ecdsa", another) key pair: FILE and FILE.pub.
void make_key(const std::string& file, const std::string& type = "ed25519", const std::string& passphrase = "");

/// A program that runs until this is gone.
class Child {
public:
    explicit Child(const std::vector<std::string>& argv, const std::string& log);
    ~Child();
    Child(Child&& other) noexcept : pid_{std::exchange(other.pid_, -1)} {}
    Child(const Child&) = delete;
    int pid() const { return pid_; }

private:
    int pid_{-1};
};

bool sshd_is_installed();

/// sshd with its own configuration, host key FOLDER/host_key and FOLDER/authorized_keys.
class Sshd {
public:
    explicit Sshd(const std::string& folder, const std::string& more_config = "");
    std::uint16_t port() const { return port_; }
    /// The known_hosts line of this server.
    std::string known_line() const;

private:
    std::string folder_;
    std::uint16_t port_;
    Child child_;
};

/// Accepts connections and gives each to `serve` in a thread of its own.
class TcpServer {
public:
    explicit TcpServer(std::function<void(Fd)> serve);
    ~TcpServer();
    std::uint16_t port() const { return port_; }
    int connections() const { return connections_; }
    /// Cuts every connection. To be called while none is being made.
    void drop_all();

private:
    void accept_all();

    std::function<void(Fd)> serve_;
    std::uint16_t port_{};
    Fd listener_;
    std::atomic<int> connections_{};
    std::vector<Fd> held_;
    std::vector<std::jthread> serving_;
    std::jthread accepting_;
};

/// Passes bytes on to `port` until the server has sent `after` bytes; then cuts (or, with `stall`, goes silent).
std::function<void(Fd)> cutter(std::uint16_t port, std::size_t after, bool stall = false);

/// What a server of our own accepts.
struct PasswordServer {
    std::string host_key;            // file
    std::string password;
    bool by_password{};              // the method "password"
    bool by_questions{};             // the method "keyboard-interactive"
};
/// Serves one connection: log in, one exec of `sh -s`, run by a real sh.
std::function<void(Fd)> password_server(PasswordServer options);

}  // namespace gpupass::test
