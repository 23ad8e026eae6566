#include "connection.hpp"

#include "text.hpp"

#include <algorithm>
#include <cstring>
#include <mutex>
#include <poll.h>
#include <random>

#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

namespace gpupass::sim {

struct Connection::Open {
    Connection& connection;
    ssh_channel handle{};
    std::unique_ptr<Channel> script;
    ssh_channel_callbacks_struct callbacks{};
    bool finished{};  // exit status sent
    bool closed{};    // by the client
};

// What libssh calls; `user` is the Connection or the Open channel.
struct Connection::Callbacks {
    ssh_server_callbacks_struct server{};

    static int none(ssh_session, const char*, void*) { return SSH_AUTH_DENIED; }

    static int password(ssh_session, const char* user, const char* given, void* self)
    {
        auto& connection = *static_cast<Connection*>(self);
        connection.logged_in_ = connection.may_log_in(user, given);
        return connection.logged_in_ ? SSH_AUTH_SUCCESS : SSH_AUTH_DENIED;
    }

    static int key(ssh_session, const char* user, ssh_key_struct* given, char state, void* self)
    {
        auto& connection = *static_cast<Connection*>(self);
        if (!connection.is_known_key(user, given))
            return SSH_AUTH_DENIED;
        if (state == SSH_PUBLICKEY_STATE_VALID)
            connection.logged_in_ = true;
        return state == SSH_PUBLICKEY_STATE_VALID || state == SSH_PUBLICKEY_STATE_NONE ? SSH_AUTH_SUCCESS
                                                                                      : SSH_AUTH_DENIED;
    }

    // Keyboard-interactive has no callback of its own: one prompt, one answer.
    static int message(ssh_session session, ssh_message message, void* self)
    {
        auto& connection = *static_cast<Connection*>(self);
        if (ssh_message_type(message) != SSH_REQUEST_AUTH || ssh_message_subtype(message) != SSH_AUTH_METHOD_INTERACTIVE)
            return 1;
        if (!ssh_message_auth_kbdint_is_response(message)) {
            const char* prompts[]{"Password: "};
            char echo[]{0};
            connection.asked_user_ = ssh_message_auth_user(message) ? ssh_message_auth_user(message) : "";
            ssh_message_auth_interactive_request(message, "", "", 1, prompts, echo);
            return 0;
        }
        const char* answer = ssh_userauth_kbdint_getnanswers(session) == 1 ? ssh_userauth_kbdint_getanswer(session, 0) : nullptr;
        connection.logged_in_ = connection.may_log_in(connection.asked_user_.c_str(), answer);
        if (!connection.logged_in_)
            return 1;
        ssh_message_auth_reply_success(message, 0);
        return 0;
    }

    static ssh_channel open(ssh_session session, void* self)
    {
        auto& connection = *static_cast<Connection*>(self);
        if (!connection.logged_in_ || connection.channels_.size() >= 10)  // sshd's MaxSessions
            return nullptr;
        auto made = std::make_unique<Open>(connection);
        made->handle = ssh_channel_new(session);
        made->script = std::make_unique<Channel>(*connection.endpoint_.machine, connection.is_lost_,
                                                 [&connection] { connection.wake(); });
        auto& calls = made->callbacks;
        calls.userdata = made.get();
        calls.channel_data_function = data;
        calls.channel_eof_function = [](ssh_session, ssh_channel, void* user) { static_cast<Open*>(user)->script->receive_end(); };
        calls.channel_close_function = [](ssh_session, ssh_channel, void* user) { static_cast<Open*>(user)->closed = true; };
        calls.channel_exec_request_function = [](ssh_session, ssh_channel, const char* command, void* user) {
            return start(*static_cast<Open*>(user), command, "", "");
        };
        calls.channel_shell_request_function = [](ssh_session, ssh_channel, void* user) {
            const auto& endpoint = static_cast<Open*>(user)->connection.endpoint_;
            return start(*static_cast<Open*>(user), "", endpoint.greeting, endpoint.prompt);
        };
        ssh_callbacks_init(&calls);
        ssh_set_channel_callbacks(made->handle, &calls);
        connection.channels_.push_back(std::move(made));
        return connection.channels_.back()->handle;
    }

    static int data(ssh_session, ssh_channel, void* bytes, std::uint32_t size, int is_err, void* user)
    {
        if (is_err == 0)
            static_cast<Open*>(user)->script->receive({static_cast<const char*>(bytes), size});
        return static_cast<int>(size);
    }

    static int start(Open& open, const char* command, const std::string& greeting, const std::string& prompt)
    {
        if (open.script->started())
            return 1;
        open.connection.endpoint_.on_exec();
        open.script->start(command, greeting, prompt);
        return 0;
    }
};

Connection::Connection(const Endpoint& endpoint, int fd, long long garbage_after)
    : endpoint_{endpoint}, fd_{fd}, garbage_after_{garbage_after}, wake_fd_{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)},
      callbacks_{std::make_unique<Callbacks>()}, is_lost_{endpoint.make_is_lost()}
{
}

Connection::~Connection()
{
    for (auto& open : channels_)
        open->script->kill();
    channels_.clear();
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
    ssh_event_remove_session(event_, session_);
}

void Connection::loop()
{
    while (!cut_ && !is_lost_()) {
        if (ssh_event_dopoll(event_, 200) == SSH_ERROR || !ssh_is_connected(session_))
            return;
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
    std::erase_if(channels_, [](const std::unique_ptr<Open>& open) {
        if (!open->closed)
            return false;
        open->script->kill();
        ssh_remove_channel_callbacks(open->handle, &open->callbacks);
        ssh_channel_free(open->handle);
        return true;
    });
}

}  // namespace gpupass::sim
