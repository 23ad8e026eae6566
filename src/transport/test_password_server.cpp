#include "transport/test_server.hpp"

#include <libssh/libssh.h>
#include <libssh/server.h>

#include <sys/wait.h>

#include <array>
#include <cstdlib>
#include <memory>

namespace gpupass::test {
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
