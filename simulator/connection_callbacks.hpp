#pragma once

#include "connection.hpp"

#include <cstdint>

// What libssh calls on behalf of a connection.

namespace gpupass::sim {

struct Connection::Open {
    explicit Open(Connection& of) : connection{of} {}
    ~Open()
    {
        ssh_remove_channel_callbacks(handle, &callbacks);
        ssh_channel_free(handle);
    }
    Open(const Open&) = delete;
    Open& operator=(const Open&) = delete;

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
        if (ssh_message_type(message) != SSH_REQUEST_AUTH ||
            ssh_message_subtype(message) != SSH_AUTH_METHOD_INTERACTIVE)
            return 1;
        if (!ssh_message_auth_kbdint_is_response(message)) {
            const char* prompts[]{"Password: "};
            char echo[]{0};
            connection.asked_user_ = ssh_message_auth_user(message) ? ssh_message_auth_user(message) : "";
            ssh_message_auth_interactive_request(message, "", "", 1, prompts, echo);
            return 0;
        }
        const char* answer =
            ssh_userauth_kbdint_getnanswers(session) == 1 ? ssh_userauth_kbdint_getanswer(session, 0) : nullptr;
        connection.logged_in_ = connection.may_log_in(connection.asked_user_.c_str(), answer);
        if (!connection.logged_in_)
            return 1;
        ssh_message_auth_reply_success(message, 0);
        return 0;
    }

    static ssh_channel open(ssh_session session, void* self)
    {
        auto& connection = *static_cast<Connection*>(self);
        if (!connection.logged_in_ || connection.channels_.size() + connection.opened_.size() >= 10)  // sshd's MaxSessions
            return nullptr;
        auto made = std::make_unique<Open>(connection);
        made->handle = ssh_channel_new(session);
        made->script = std::make_unique<Channel>(*connection.endpoint_.machine, connection.is_lost_,
                                                 [&connection] { connection.wake(); });
        auto& calls = made->callbacks;
        calls.userdata = made.get();
        calls.channel_data_function = data;
        calls.channel_eof_function = [](ssh_session, ssh_channel, void* user) {
            static_cast<Open*>(user)->script->receive_end();
        };
        calls.channel_close_function = [](ssh_session, ssh_channel, void* user) {
            static_cast<Open*>(user)->closed = true;
        };
        calls.channel_exec_request_function = [](ssh_session, ssh_channel, const char* command, void* user) {
            return start(*static_cast<Open*>(user), command, "", "");
        };
        // `ssh -t` asks for a terminal and takes a no for a failure; a plain pipe serves as well here.
        calls.channel_pty_request_function = [](ssh_session, ssh_channel, const char*, int, int, int, int, void*) { return 0; };
        calls.channel_shell_request_function = [](ssh_session, ssh_channel, void* user) {
            const auto& endpoint = static_cast<Open*>(user)->connection.endpoint_;
            return start(*static_cast<Open*>(user), "", endpoint.greeting, endpoint.prompt);
        };
        ssh_callbacks_init(&calls);
        ssh_set_channel_callbacks(made->handle, &calls);
        connection.opened_.push_back(std::move(made));
        return connection.opened_.back()->handle;
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

}  // namespace gpupass::sim
