#include "transport/ssh_fixture.hpp"

#include <gmock/gmock.h>

#include <sys/socket.h>

namespace gpupass {
namespace {

using namespace std::chrono_literals;
using test::Sshd;
using testing::HasSubstr;

class SshConnection : public Ssh {};

TEST_F(SshConnection, GoesOverJumpHosts)
{
    test::TempFolder one, two;
    for (const auto* folder : {&one, &two})
        test::write_text(folder->file("authorized_keys"), test::read_text(folder_->file("client_key.pub")));
    const Sshd first{one.path()}, second{two.path()};
    const std::string user = getuid() == 0 ? "root@" : "";
    const std::string jumps = user + "127.0.0.1:" + std::to_string(first.port()) + "," + user + "127.0.0.1:" + std::to_string(second.port());
    test::write_text(home_.file("config"), "Host 127.0.0.1\n  Port " + std::to_string(sshd_->port()) + "\nHost far\n  HostName 127.0.0.1\n  Port " +
                                               std::to_string(sshd_->port()) + "\n  ProxyJump " + jumps + "\n");
    options_.config = home_.file("config");
    trust(first.known_line());
    const auto blocked = ask_one(*make_ssh_machine(uri(0, "far"), options_), Cmd{{"true"}}, Deadline::in(10s));
    ASSERT_FALSE(blocked) << "the key of the second jump host is not known";
    EXPECT_EQ(blocked.error().kind, ErrorKind::unauthorised);
    EXPECT_THAT(blocked.error().where.front(), HasSubstr(std::to_string(second.port())));
    trust(second.known_line());
    const auto host = make_ssh_machine(uri(0, "far"), options_);
    const std::string text(2'000'000, 'x');
    const auto answer = ask_one(*host, Cmd{{"cat"}, text}, Deadline::in(30s));
    ASSERT_TRUE(answer) << answer.error();
    EXPECT_TRUE(answer->out == text);
    host->disconnect();
    EXPECT_EQ(out_of(*host, {"echo", "again"}), "again\n");
}

TEST_F(SshConnection, SaysThatAJumpHostCannotReachTheHost)
{
    const std::string user = getuid() == 0 ? "root@" : "";
    test::write_text(home_.file("config"), "Host far\n  HostName 127.0.0.1\n  Port 1\n  ProxyJump " + user + "127.0.0.1:" + std::to_string(sshd_->port()) + "\n");
    options_.config = home_.file("config");
    const auto answer = ask_one(*make_ssh_machine(uri(0, "far"), options_), Cmd{{"true"}}, Deadline::in(10s));
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().kind, ErrorKind::unreachable);
    EXPECT_THAT(answer.error().what, HasSubstr("jump host"));
}

TEST_F(SshConnection, SaysWhatWasBeingDoneWhenTheConnectionIsCut)
{
    // Greeting, key exchange, and every message of the login: a cut there is no refusal.
    for (const std::size_t after : {10u, 500u, 1500u, 1700u, 1760u, 1780u, 1800u, 1820u, 1840u, 1860u, 1900u, 2000u, 2500u, 3200u, 4000u, 5000u}) {
        const test::TcpServer proxy{test::cutter(sshd_->port(), after)};
        const auto host = machine_at(proxy.port());
        const Query query = Cmd{{"sh", "-c", "while sleep 0.01; do echo 0123456789; done"}};
        const auto answers = host->ask({&query, 1}, Deadline::in(60s));
        ASSERT_FALSE(answers) << after;
        EXPECT_EQ(answers.error().kind, ErrorKind::unreachable) << after << answers.error();
        if (after >= 5000) {
            EXPECT_THAT(answers.error().where.front(), HasSubstr("run sh -c"));
        }
    }
}

TEST_F(SshConnection, EndsWithinItsTimeWhereverTheHostStalls)
{
    for (const std::size_t after : {0u, 10u, 500u, 1500u, 2500u, 3200u, 3500u}) {
        const test::TcpServer proxy{test::cutter(sshd_->port(), after, true)};
        options_.connect_time = 300ms;
        const auto host = machine_at(proxy.port());
        host->query_time = 300ms;
        const auto begin = Clock::now();
        const auto answer = ask_one(*host, Cmd{{"sleep", "20"}}, Deadline::in(2s));
        EXPECT_LT(Clock::now() - begin, 4s) << after;
        EXPECT_TRUE(answer ? answer->state == Answer::State::timed_out : answer.error().kind == ErrorKind::timeout) << after;
    }
}

TEST_F(SshConnection, EndsWithinItsTimeOnGarbage)
{
    const auto serve = [](std::string begin, std::string again) {
        return [=](const Fd& fd) {
            send(fd.get(), begin.data(), begin.size(), MSG_NOSIGNAL);
            while (!again.empty() && send(fd.get(), again.data(), again.size(), MSG_NOSIGNAL) > 0) {}
            char byte{};
            while (recv(fd.get(), &byte, 1, 0) > 0) {}
        };
    };
    const std::vector<std::function<void(Fd)>> servers{serve("", std::string(100, 'A') + "\r\n"), serve("", std::string(1000, '\xff')),
                                                       serve("HTTP/1.1 400 Bad Request\r\n\r\n", ""), serve("SSH-1.5-old\r\n", ""),
                                                       serve("SSH-2.0-x\r\n", std::string(4000, '\x41')),
                                                       serve("SSH-2.0-x\r\n", std::string("\0\0\0\x0c\x0a\x14", 6) + std::string(10, '\0'))};
    options_.connect_time = 1s;
    for (const auto& each : servers) {
        const test::TcpServer server{each};
        const auto begin = Clock::now();
        const auto answer = ask_one(*machine_at(server.port()), Cmd{{"true"}}, Deadline::in(3s));
        EXPECT_LT(Clock::now() - begin, 3s);
        ASSERT_FALSE(answer);
        EXPECT_TRUE(answer.error().kind == ErrorKind::unreachable || answer.error().kind == ErrorKind::timeout) << answer.error();
    }
}

TEST_F(SshConnection, SaysThatNobodyListens)
{
    std::uint16_t port{};
    {
        const test::TcpServer gone{[](const Fd&) {}};
        port = gone.port();
    }
    const auto answer = ask_one(*make_ssh_machine(uri(port), options_), Cmd{{"true"}}, Deadline::in(5s));
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().kind, ErrorKind::unreachable);
    EXPECT_THAT(answer.error().what, HasSubstr("refused"));
    EXPECT_THAT(answer.error().where.back(), HasSubstr("linux+ssh://"));
}

TEST_F(SshConnection, UsesOneConnectionAndMakesANewOneAfterADisconnect)
{
    const test::TcpServer proxy{test::cutter(sshd_->port(), 1'000'000)};
    const auto host = machine_at(proxy.port());
    EXPECT_EQ(out_of(*host, {"echo", "1"}), "1\n");
    EXPECT_EQ(out_of(*host, {"echo", "2"}), "2\n");
    EXPECT_EQ(proxy.connections(), 1);
    host->disconnect();
    EXPECT_EQ(out_of(*host, {"echo", "3"}), "3\n");
    EXPECT_EQ(proxy.connections(), 2);
}

TEST_F(SshConnection, IsMadeAgainWhenTheHostClosedItMeanwhile)
{
    test::TcpServer proxy{test::cutter(sshd_->port(), 1'000'000)};
    const auto host = machine_at(proxy.port());
    EXPECT_EQ(out_of(*host, {"echo", "1"}), "1\n");
    proxy.drop_all();
    std::this_thread::sleep_for(50ms);
    EXPECT_EQ(out_of(*host, {"echo", "2"}), "2\n");
    EXPECT_EQ(proxy.connections(), 2);
}

TEST_F(SshConnection, LeavesNoFileDescriptorBehind)
{
    const auto count = [] { return std::distance(std::filesystem::directory_iterator{"/proc/self/fd"}, {}); };
    const auto host = machine();
    const auto before = count();
    for (int i = 0; i < 5; ++i) {
        EXPECT_EQ(out_of(*host, {"echo", "1"}), "1\n");
        host->disconnect();
    }
    EXPECT_EQ(count(), before);
}

TEST_F(SshConnection, ServesAWallOfHostsInParallel)
{
    constexpr int hosts = 100;
    std::atomic<int> fine{};
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < hosts; ++i)
            threads.emplace_back([&] {
                const auto host = make_ssh_machine(uri(sshd_->port()), [this] {
                    SshOptions own = options_;
                    own.connect_time = 120s;  // a small machine runs 100 sshds for this
                    return own;
                }());
                host->query_time = 120s;
                const auto answer = ask_one(*host, Cmd{{"echo", "1"}}, Deadline::in(120s));
                EXPECT_TRUE(answer) << answer.error();
                fine += answer && answer->out == "1\n";
            });
    }
    EXPECT_EQ(fine, hosts);
}

}  // namespace
}  // namespace gpupass
