#include "transport/test_server.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <sstream>
#include <stdexcept>

namespace gpupass::test {
namespace fs = std::filesystem;
namespace {

void check(bool fine, const std::string& what)
{
    if (!fine)
        throw std::runtime_error{what + ": " + words_of(errno)};
}

Fd listen_on_loopback(std::uint16_t& port)
{
    Fd fd{socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* raw = reinterpret_cast<sockaddr*>(&address);
    check(bind(fd.get(), raw, size) == 0 && listen(fd.get(), 128) == 0 && getsockname(fd.get(), raw, &size) == 0, "listen");
    port = ntohs(address.sin_port);
    return fd;
}

Fd connect_to(std::uint16_t port)
{
    Fd fd{socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    if (connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        return {};
    return fd;
}

std::uint16_t free_port()
{
    std::uint16_t port{};
    listen_on_loopback(port);
    return port;
}

void wait_for_port(std::uint16_t port)
{
    for (int i = 0; i < 500; ++i) {
        if (connect_to(port))
            return;
        std::this_thread::sleep_for(std::chrono::milliseconds{10});
    }
    throw std::runtime_error{"nothing listens on port " + std::to_string(port)};
}

std::uint16_t configure_sshd(const std::string& folder, const std::string& more)
{
    const std::uint16_t port = free_port();
    if (!fs::exists(folder + "/host_key"))
        make_key(folder + "/host_key");
    if (getuid() == 0)
        fs::create_directories("/run/sshd");
    write_text(folder + "/sshd_config", "Port " + std::to_string(port) + "\nListenAddress 127.0.0.1\nHostKey " + folder +
                                            "/host_key\nAuthorizedKeysFile " + folder + "/authorized_keys\nPidFile " + folder +
                                            "/pid\nStrictModes no\nUsePAM no\nPasswordAuthentication no\n"
                                            "KbdInteractiveAuthentication no\nMaxStartups 300\nPermitRootLogin yes\n"
                                            "SetEnv HOME=" + folder + "\n" + more);
    return port;
}

std::string first_line(const std::string& file)
{
    const std::string text = read_text(file);
    return text.substr(0, text.find('\n'));
}

}  // namespace

TempFolder::TempFolder()
{
    std::string name = fs::temp_directory_path() / "gpupass-test-XXXXXX";
    check(mkdtemp(name.data()) != nullptr, "mkdtemp");
    path_ = name;
}

TempFolder::~TempFolder()
{
    std::error_code ignored;
    fs::remove_all(path_, ignored);
}

void write_text(const fs::path& file, const std::string& text)
{
    std::ofstream{file, std::ios::binary} << text;
}

std::string read_text(const fs::path& file)
{
    std::ifstream in{file, std::ios::binary};
    std::ostringstream out;
    out << in.rdbuf();
    return out.str();
}

void make_key(const std::string& file, const std::string& type, const std::string& passphrase)
{
    const std::string command = "ssh-keygen -q -t " + type + " -N '" + passphrase + "' -f '" + file + "' </dev/null >/dev/null";
    check(std::system(command.c_str()) == 0, "ssh-keygen");
}

Child::Child(const std::vector<std::string>& argv, const std::string& log)
{
    std::vector<char*> words;
    for (const auto& word : argv)
        words.push_back(const_cast<char*>(word.c_str()));
    words.push_back(nullptr);
    posix_spawn_file_actions_t actions{};
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 1, log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    posix_spawn_file_actions_adddup2(&actions, 1, 2);
    posix_spawn_file_actions_addclosefrom_np(&actions, 3);
    check(posix_spawn(&pid_, words[0], &actions, nullptr, words.data(), environ) == 0, argv[0]);
    posix_spawn_file_actions_destroy(&actions);
}

Child::~Child()
{
    if (pid_ <= 0)
        return;
    kill(pid_, SIGTERM);
    waitpid(pid_, nullptr, 0);
}

bool sshd_is_installed()
{
    return fs::exists("/usr/sbin/sshd");
}

Sshd::Sshd(const std::string& folder, const std::string& more_config)
    : folder_{folder}, port_{configure_sshd(folder, more_config)},
      child_{{"/usr/sbin/sshd", "-D", "-e", "-f", folder + "/sshd_config"}, folder + "/sshd.log"}
{
    wait_for_port(port_);
}

std::string Sshd::known_line() const
{
    return "[127.0.0.1]:" + std::to_string(port_) + " " + first_line(folder_ + "/host_key.pub") + "\n";
}

TcpServer::TcpServer(std::function<void(Fd)> serve) : serve_{std::move(serve)}, listener_{listen_on_loopback(port_)}
{
    accepting_ = std::jthread{[this] { accept_all(); }};
}

TcpServer::~TcpServer()
{
    shutdown(listener_.get(), SHUT_RDWR);
    accepting_.join();
    drop_all();
    serving_.clear();
}

void TcpServer::drop_all()
{
    for (const Fd& fd : held_)
        shutdown(fd.get(), SHUT_RDWR);
}

void TcpServer::accept_all()
{
    while (true) {
        Fd fd{accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC)};
        if (!fd)
            return;
        ++connections_;
        held_.emplace_back(dup(fd.get()));
        const int yes = 1;
        setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
        serving_.emplace_back([this, raw = fd.release(), held = held_.back().get()] {
            serve_(Fd{raw});
            shutdown(held, SHUT_RDWR);
        });
    }
}

std::function<void(Fd)> cutter(std::uint16_t port, std::size_t after, bool stall)
{
    return [=](Fd client) {
        const Fd server = connect_to(port);
        std::array<pollfd, 2> polled{pollfd{client.get(), POLLIN, 0}, pollfd{server.get(), POLLIN, 0}};
        std::array<char, 4096> buffer{};
        std::size_t left = after;
        while (left > 0 && poll(polled.data(), 2, 20'000) > 0) {
            const bool from_server = polled[1].revents;
            const auto got = recv(from_server ? server.get() : client.get(), buffer.data(), buffer.size(), 0);
            if (got <= 0)
                return;
            const auto size = from_server ? std::min(left, static_cast<std::size_t>(got)) : static_cast<std::size_t>(got);
            if (from_server)
                left -= size;
            send(from_server ? client.get() : server.get(), buffer.data(), size, MSG_NOSIGNAL);
        }
        while (stall && recv(client.get(), buffer.data(), buffer.size(), 0) > 0) {}
    };
}

}  // namespace gpupass::test
