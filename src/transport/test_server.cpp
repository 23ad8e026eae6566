#include "transport/test_server.hpp"

#include <libssh/libssh.h>
#include <libssh/server.h>

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
    serving_.clear();
}

void TcpServer::accept_all()
{
    while (true) {
        Fd fd{accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC)};
        if (!fd)
            return;
        ++connections_;
        const int yes = 1;
        setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
        serving_.emplace_back([this, raw = fd.release()] { serve_(Fd{raw}); });
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

namespace {

using Session = std::unique_ptr<ssh_session_struct, decltype([](ssh_session s) { ssh_disconnect(s); ssh_free(s); })>;

bool check_answer(ssh_session session, const PasswordServer& options)
{
    const char* answer = ssh_userauth_kbdint_getnanswers(session) == 1 ? ssh_userauth_kbdint_getanswer(session, 0) : "";
    return answer && options.password == answer;
}

// libssh would have callbacks instead of this, for one call that is short as it is.
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

/// True when the message logs the client in.
bool answer_auth(ssh_session session, ssh_message message, const PasswordServer& options)
{
    const int subtype = ssh_message_subtype(message);
    if (options.by_password && subtype == SSH_AUTH_METHOD_PASSWORD && options.password == ssh_message_auth_password(message)) {
        ssh_message_auth_reply_success(message, 0);
        return true;
    }
    if (options.by_questions && subtype == SSH_AUTH_METHOD_INTERACTIVE) {
        if (!ssh_message_auth_kbdint_is_response(message)) {
            const char* prompts[] = {"Password: "};
            char echo[] = {0};
            ssh_message_auth_interactive_request(message, "login", "", 1, prompts, echo);
            return false;
        }
        if (check_answer(session, options)) {
            ssh_message_auth_reply_success(message, 0);
            return true;
        }
    }
    ssh_message_auth_set_methods(message, (options.by_password ? SSH_AUTH_METHOD_PASSWORD : 0) |
                                              (options.by_questions ? SSH_AUTH_METHOD_INTERACTIVE : 0));
    ssh_message_reply_default(message);
    return false;
}

void run_script(ssh_channel channel)
{
    std::string script;
    std::array<char, 4096> buffer{};
    for (int got = 0; (got = ssh_channel_read(channel, buffer.data(), buffer.size(), 0)) > 0;)
        script.append(buffer.data(), static_cast<std::size_t>(got));
    const TempFolder folder;
    write_text(folder.file("script"), script);
    const std::string command = "cd " + folder.path().string() + " && sh -s <script >out 2>err";
    const int status = std::system(command.c_str());
    const std::string out = read_text(folder.file("out")), err = read_text(folder.file("err"));
    ssh_channel_write(channel, out.data(), static_cast<std::uint32_t>(out.size()));
    ssh_channel_write_stderr(channel, err.data(), static_cast<std::uint32_t>(err.size()));
    ssh_channel_request_send_exit_status(channel, WEXITSTATUS(status));
    ssh_channel_send_eof(channel);
    ssh_channel_close(channel);
}

}  // namespace

std::function<void(Fd)> password_server(PasswordServer options)
{
    return [options](Fd socket) {
        const ssh_bind bind = ssh_bind_new();
        ssh_bind_options_set(bind, SSH_BIND_OPTIONS_HOSTKEY, options.host_key.c_str());
        Session session{ssh_new()};
        const bool accepted = ssh_bind_accept_fd(bind, session.get(), socket.release()) == SSH_OK;
        ssh_bind_free(bind);
        if (!accepted)
            return;
        ssh_set_auth_methods(session.get(), (options.by_password ? SSH_AUTH_METHOD_PASSWORD : 0) |
                                                (options.by_questions ? SSH_AUTH_METHOD_INTERACTIVE : 0));
        if (ssh_handle_key_exchange(session.get()) != SSH_OK)
            return;
        ssh_channel channel{};
        bool in = false;
        while (ssh_message message = ssh_message_get(session.get())) {
            const int type = ssh_message_type(message);
            if (type == SSH_REQUEST_AUTH && !in)
                in = answer_auth(session.get(), message, options);
            else if (type == SSH_REQUEST_CHANNEL_OPEN && in)
                channel = ssh_message_channel_request_open_reply_accept(message);
            else if (type == SSH_REQUEST_CHANNEL && ssh_message_subtype(message) == SSH_CHANNEL_REQUEST_EXEC) {
                ssh_message_channel_request_reply_success(message);
                run_script(channel);
            } else
                ssh_message_reply_default(message);
            ssh_message_free(message);
        }
    };
}

}  // namespace gpupass::test
