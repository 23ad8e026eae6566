#include "transport/ssh_fixture.hpp"

#include <gmock/gmock.h>

#include <sys/socket.h>
#include <sys/un.h>

#include <cstring>

namespace gpupass {
namespace {

using namespace std::chrono_literals;
using test::Sshd;
using testing::HasSubstr;
using testing::Not;

class SshLogin : public Ssh {};

TEST_F(SshLogin, RefusesAnUnknownHostKeyAndShowsIt)
{
    test::write_text(options_.known_hosts, "");
    const auto answer = ask_one(*machine(), Cmd{{"true"}}, Deadline::in(10s));
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().kind, ErrorKind::unauthorised);
    EXPECT_THAT(answer.error().what, HasSubstr("ssh-ed25519 SHA256:"));
    EXPECT_THAT(answer.error().next, HasSubstr(sshd_->known_line().substr(0, 60)));
    EXPECT_EQ(test::read_text(options_.known_hosts), "");
}

TEST_F(SshLogin, AsksForAnUnknownHostKeyAndRemembersIt)
{
    test::write_text(options_.known_hosts, "# no newline at the end");
    std::string shown;
    options_.prompts.trust_new_host = [&](std::string_view, std::string_view, std::string_view fingerprint) {
        shown = fingerprint;
        return true;
    };
    EXPECT_EQ(out_of(*machine(), {"echo", "in"}), "in\n");
    EXPECT_THAT(shown, HasSubstr("SHA256:"));
    EXPECT_THAT(test::read_text(options_.known_hosts), HasSubstr("end\n[127.0.0.1]:"));
    options_.prompts = {};
    EXPECT_EQ(out_of(*machine(), {"echo", "in"}), "in\n");
}

TEST_F(SshLogin, RefusesAChangedHostKeyWithoutAsking)
{
    test::make_key(home_.file("other"));
    const std::string port = "[127.0.0.1]:" + std::to_string(sshd_->port());
    test::write_text(options_.known_hosts, "# comment\n" + port + " " + test::read_text(home_.file("other.pub")));
    bool asked = false;
    options_.prompts.trust_new_host = [&](auto...) { return asked = true; };
    const auto answer = ask_one(*machine(), Cmd{{"true"}}, Deadline::in(10s));
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().kind, ErrorKind::unauthorised);
    EXPECT_THAT(answer.error().what, HasSubstr("changed"));
    EXPECT_THAT(answer.error().where.front(), HasSubstr("known_hosts line 2"));
    EXPECT_FALSE(asked);
}

TEST_F(SshLogin, RefusesARevokedHostKey)
{
    trust("@revoked " + sshd_->known_line());
    const auto answer = ask_one(*machine(), Cmd{{"true"}}, Deadline::in(10s));
    ASSERT_FALSE(answer);
    EXPECT_THAT(answer.error().what, HasSubstr("revoked"));
}

TEST_F(SshLogin, NegotiatesTheTypeOfTheKeyThatIsKnown)
{
    for (const char* type : {"rsa", "ecdsa"}) {
        test::TempFolder folder;
        test::make_key(folder.file("second_key"), type);
        test::write_text(folder.file("authorized_keys"), test::read_text(folder_->file("client_key.pub")));
        const Sshd two_keys{folder.path(), "HostKey " + folder.file("second_key") + "\n"};
        trust("[127.0.0.1]:" + std::to_string(two_keys.port()) + " " + test::read_text(folder.file("second_key.pub")));
        const auto host = make_ssh_machine(uri(two_keys.port()), options_);
        EXPECT_EQ(out_of(*host, {"echo", type}), std::string{type} + "\n");
    }
}

TEST_F(SshLogin, SaysWhichKeysWereTried)
{
    test::make_key(home_.file("stranger"));
    options_.identity = home_.file("stranger");
    const auto answer = ask_one(*machine(), Cmd{{"true"}}, Deadline::in(10s));
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().kind, ErrorKind::unauthorised);
    EXPECT_THAT(answer.error().what, HasSubstr("key " + home_.file("stranger")));
}

TEST_F(SshLogin, AsksForThePassphraseOfAKey)
{
    test::TempFolder folder;
    test::make_key(folder.file("locked"), "ed25519", "open sesame");
    test::write_text(folder.file("authorized_keys"), test::read_text(folder.file("locked.pub")));
    const Sshd sshd{folder.path()};
    trust(sshd.known_line());
    options_.identity = folder.file("locked");
    int asked = 0;
    options_.prompts.secret = [&](std::string_view) { return std::optional<std::string>{++asked == 1 ? "wrong" : "open sesame"}; };
    EXPECT_EQ(out_of(*make_ssh_machine(uri(sshd.port()), options_), {"echo", "in"}), "in\n");
    EXPECT_EQ(asked, 2);
}

TEST_F(SshLogin, UsesTheAgent)
{
    const std::string socket = home_.file("agent");
    const test::Child agent{{"/usr/bin/ssh-agent", "-D", "-a", socket}, home_.file("agent.log")};
    for (int i = 0; i < 200 && !std::filesystem::exists(socket); ++i)
        std::this_thread::sleep_for(10ms);
    ASSERT_EQ(std::system(("SSH_AUTH_SOCK=" + socket + " ssh-add -q " + options_.identity).c_str()), 0);
    setenv("SSH_AUTH_SOCK", socket.c_str(), 1);
    options_.identity = "";
    EXPECT_EQ(out_of(*machine(), {"echo", "in"}), "in\n");
}

TEST_F(SshLogin, IsNotHeldByAnAgentThatHangs)
{
    sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
    std::strncpy(address.sun_path, home_.file("agent").c_str(), sizeof address.sun_path - 1);
    const Fd silent{socket(AF_UNIX, SOCK_STREAM, 0)};
    ASSERT_EQ(bind(silent.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    ASSERT_EQ(listen(silent.get(), 5), 0);
    setenv("SSH_AUTH_SOCK", address.sun_path, 1);
    std::filesystem::create_directory(home_.file(".ssh"));
    std::filesystem::copy_file(options_.identity, home_.file(".ssh/id_ed25519"));
    options_.identity = "";
    options_.connect_time = 2s;
    EXPECT_EQ(out_of(*machine(), {"echo", "in"}), "in\n");
}

TEST_F(SshLogin, TakesHostPortUserKeyAndKnownHostsFromTheConfig)
{
    std::filesystem::create_directory(home_.file(".ssh"));
    test::write_text(home_.file(".ssh/config"), "Host nuc\n  HostName 127.0.0.1\n  Port " + std::to_string(sshd_->port()) + "\n  User " +
                                                    (getuid() == 0 ? "root" : getenv("USER")) + "\n  IdentityFile " + folder_->file("client_key") +
                                                    "\n  UserKnownHostsFile " + options_.known_hosts + "\n");
    options_.identity = options_.known_hosts = "";
    const auto host = make_ssh_machine({.scheme = "linux+ssh", .user = {}, .host = "nuc"}, options_);
    EXPECT_EQ(out_of(*host, {"echo", "in"}), "in\n");
}

class Password : public Ssh {
protected:
    void serve(bool by_password, bool by_questions)
    {
        const auto key = folder_->file("host_key");
        server_ = std::make_unique<test::TcpServer>(test::password_server({key, "tiger", by_password, by_questions}));
    }
    Result<Answer> log_in() { return ask_one(*machine_at(server_->port()), Cmd{{"echo", "in"}}, Deadline::in(10s)); }

    std::unique_ptr<test::TcpServer> server_;
};

TEST_F(Password, IsTakenFromTheOptions)
{
    options_.password = "tiger";
    for (const bool by_questions : {false, true}) {
        serve(!by_questions, by_questions);
        const auto answer = log_in();
        ASSERT_TRUE(answer) << answer.error();
        EXPECT_EQ(answer->out, "in\n");
    }
}

TEST_F(Password, IsAskedForAtMostThreeTimes)
{
    serve(true, true);
    int asked = 0;
    options_.prompts.secret = [&](std::string_view prompt) {
        EXPECT_THAT(std::string{prompt}, HasSubstr("password"));
        return std::optional<std::string>{++asked == 3 ? "tiger" : "lion"};
    };
    EXPECT_TRUE(log_in());
    EXPECT_EQ(asked, 3);
    asked = 10;
    EXPECT_FALSE(log_in());
    EXPECT_EQ(asked, 13);
}

TEST_F(Password, IsNotInTheErrorWhenItIsWrong)
{
    serve(true, true);
    options_.password = "lion";
    const auto answer = log_in();
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().kind, ErrorKind::unauthorised);
    testing::Message shown;
    shown << answer.error();
    EXPECT_THAT(shown.GetString(), Not(HasSubstr("lion")));
    EXPECT_THAT(shown.GetString(), HasSubstr("password"));
}

TEST_F(Password, DoesNotCountTheTimeThatAPersonTakes)
{
    serve(true, false);
    options_.connect_time = 400ms;
    options_.prompts.secret = [&](std::string_view) {
        std::this_thread::sleep_for(600ms);
        return std::optional<std::string>{"tiger"};
    };
    EXPECT_TRUE(log_in());
}

TEST_F(Password, WorksThroughTheFailingOfKeys)
{
    serve(false, true);
    options_.password = "tiger";
    options_.identity = "";
    EXPECT_TRUE(log_in());
}

}  // namespace
}  // namespace gpupass
