#include "connection_callbacks.hpp"

#include "text.hpp"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <mutex>
#include <random>
#include <utility>

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

namespace gpupass::sim {

Connection::Connection(const Endpoint& endpoint, int fd, long long garbage_after)
    : endpoint_{endpoint}, fd_{fd}, garbage_after_{garbage_after}, wake_fd_{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)},
      callbacks_{std::make_unique<Callbacks>()}, is_lost_{endpoint.make_is_lost()}
{
}

Connection::~Connection()
{
    if (event_)
        ssh_event_free(event_);
    if (session_) {
        ssh_disconnect(session_);
        ssh_free(session_);
    } else {
        ::close(fd_);
    }
    ::close(wake_fd_);
}

void Connection::cut()
{
    cut_ = true;
    ::shutdown(fd_, SHUT_RDWR);
    wake();
}

void Connection::wake()
{
    const std::uint64_t one = 1;
    (void)!::write(wake_fd_, &one, sizeof one);
}

bool Connection::may_log_in(const char* user, const char* password) const
{
    return user && password && std::ranges::find(endpoint_.users, user) != endpoint_.users.end() &&
        std::strcmp(password, password_of_all) == 0;
}

bool Connection::is_known_key(const char* user, ssh_key key) const
{
    if (!user || std::ranges::find(endpoint_.users, user) == endpoint_.users.end())
        return false;
    if (ssh_key_cmp(key, endpoint_.client_key->get(), SSH_KEY_CMP_PUBLIC) == 0)
        return true;
    char* text = nullptr;
    if (ssh_pki_export_pubkey_base64(key, &text) != SSH_OK)
        return false;
    const std::string wanted = text;
    ssh_string_free_char(text);
    for (const auto& line : lines_of(endpoint_.authorized_keys())) {
        const auto words = split(line, ' ');
        if (std::ranges::find(words, wanted) != words.end())
            return true;
    }
    return false;
}

bool Connection::accept()
{
    static std::mutex one_at_a_time;
    const std::lock_guard lock{one_at_a_time};
    const std::unique_ptr<ssh_bind_struct, void (*)(ssh_bind)> bind{ssh_bind_new(), ssh_bind_free};
    const bool no_config = false;
    ssh_bind_options_set(bind.get(), SSH_BIND_OPTIONS_PROCESS_CONFIG, &no_config);
    ssh_bind_options_set(bind.get(), SSH_BIND_OPTIONS_BANNER, "OpenSSH_8.8");
    ssh_bind_options_set(bind.get(), SSH_BIND_OPTIONS_IMPORT_KEY, ssh_key_dup(endpoint_.host_key->get()));
    session_ = ssh_new();
    if (ssh_bind_accept_fd(bind.get(), session_, fd_) == SSH_OK)
        return true;
    ssh_free(session_);
    session_ = nullptr;
    return false;
}

bool Connection::start_session()
{
    if (!accept())
        return false;
    const long seconds = 30;
    ssh_options_set(session_, SSH_OPTIONS_TIMEOUT, &seconds);
    auto& server = callbacks_->server;
    server.userdata = this;
    server.auth_none_function = Callbacks::none;
    server.auth_password_function = Callbacks::password;
    server.auth_pubkey_function = Callbacks::key;
    server.channel_open_request_session_function = Callbacks::open;
    ssh_callbacks_init(&server);
    ssh_set_server_callbacks(session_, &server);
    ssh_set_message_callback(session_, Callbacks::message, this);
    ssh_set_auth_methods(session_, SSH_AUTH_METHOD_PASSWORD | SSH_AUTH_METHOD_PUBLICKEY | SSH_AUTH_METHOD_INTERACTIVE);
    return ssh_handle_key_exchange(session_) == SSH_OK;
}

void Connection::serve()
{
    if (!start_session() || cut_)
        return;
    ssh_set_blocking(session_, 0);
    event_ = ssh_event_new();
    ssh_event_add_session(event_, session_);
    ssh_event_add_fd(
        event_, wake_fd_, POLLIN,
        [](socket_t fd, int, void*) {
            std::uint64_t count = 0;
            return ::read(fd, &count, sizeof count) < 0 ? 0 : 0;
        },
        nullptr);
    loop();
    std::ranges::move(std::exchange(opened_, {}), std::back_inserter(channels_));
    for (auto& open : channels_)
        open->script->kill();
    channels_.clear();
    opened_.clear();
    ssh_event_remove_session(event_, session_);
}

void Connection::loop()
{
    while (!cut_ && !is_lost_()) {
        if (ssh_event_dopoll(event_, 200) == SSH_ERROR || !ssh_is_connected(session_))
            return;
        std::ranges::move(std::exchange(opened_, {}), std::back_inserter(channels_));
        for (auto& open : channels_)
            send_waiting(*open);
        remove_closed();
    }
}

namespace {

void spoil(std::string& text, std::size_t from)
{
    static thread_local std::minstd_rand random{20220505};
    for (std::size_t i = from; i < text.size(); ++i)
        text[i] = static_cast<char>(random() & 0xff);
}

}  // namespace

void Connection::send_waiting(Open& open)
{
    if (open.closed || open.finished)
        return;
    for (;;) {
        auto piece = open.script->take(std::min<std::size_t>(ssh_channel_window_size(open.handle), 32000));
        if (piece.text.empty())
            break;
        const auto size = static_cast<long long>(piece.text.size());
        if (garbage_after_ >= 0 && garbage_after_ < size)
            spoil(piece.text, static_cast<std::size_t>(garbage_after_));
        if (garbage_after_ >= 0)
            garbage_after_ = std::max(0LL, garbage_after_ - size);
        const auto count = static_cast<std::uint32_t>(piece.text.size());
        piece.is_err ? ssh_channel_write_stderr(open.handle, piece.text.data(), count)
                     : ssh_channel_write(open.handle, piece.text.data(), count);
    }
    if (const auto status = open.script->ended()) {
        ssh_channel_request_send_exit_status(open.handle, *status);
        ssh_channel_send_eof(open.handle);
        ssh_channel_close(open.handle);
        open.finished = true;
    }
}

// The other side must have closed it too: libssh still speaks of it until then.
void Connection::remove_closed()
{
    const auto gone = std::ranges::stable_partition(channels_, [](const auto& open) { return !open->closed; });
    std::vector<std::unique_ptr<Open>> closed;  // outlives the list: its end calls libssh
    std::ranges::move(gone, std::back_inserter(closed));
    channels_.erase(gone.begin(), gone.end());
    for (auto& open : closed)
        open->script->kill();
}

}  // namespace gpupass::sim
