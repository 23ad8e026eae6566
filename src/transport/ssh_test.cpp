#include "transport/ssh.hpp"

#include "transport/test_server.hpp"

#include <gmock/gmock.h>
#include <sys/socket.h>

#include <cstdlib>
#include <fstream>

namespace gpupass {
namespace {

using namespace std::chrono_literals;
using test::Sshd;
using testing::HasSubstr;
using testing::Not;
using Cmd = Run;  // Run is a member of testing::Test

/// One sshd for all tests of the file; a fresh home folder for each.
class Ssh : public testing::Test {
protected:
    static void SetUpTestSuite()
    {
        if (!test::sshd_is_installed())
            return;
        folder_ = std::make_unique<test::TempFolder>();
        test::make_key(folder_->file("client_key"));
        test::write_text(folder_->file("authorized_keys"), test::read_text(folder_->file("client_key.pub")));
        sshd_ = std::make_unique<Sshd>(folder_->path());
    }
    static void TearDownTestSuite()
    {
        sshd_.reset();
        folder_.reset();
    }

    void SetUp() override
    {
        if (!sshd_)
            GTEST_SKIP() << "/usr/sbin/sshd is not installed: the SSH client is NOT tested";
        setenv("HOME", home_.path().c_str(), 1);
        unsetenv("SSH_AUTH_SOCK");
        options_.identity = folder_->file("client_key");
        options_.known_hosts = home_.file("known_hosts");
        options_.connect_time = 10s;
        trust(sshd_->known_line());
    }

    void trust(const std::string& line) const { std::ofstream{options_.known_hosts, std::ios::app} << line; }

    static HostUri uri(std::uint16_t port, const std::string& host = "127.0.0.1")
    {
        return {.scheme = "linux+ssh", .user = getuid() == 0 ? "root" : "", .host = host, .port = port};
    }
    std::unique_ptr<Machine> machine() { return make_ssh_machine(uri(sshd_->port()), options_); }
    std::unique_ptr<Machine> machine_at(std::uint16_t port)
    {
        std::string line = sshd_->known_line();
        line.replace(0, line.find(' '), "[127.0.0.1]:" + std::to_string(port));
        trust(line);
        return make_ssh_machine(uri(port), options_);
    }

    static std::unique_ptr<test::TempFolder> folder_;
    static std::unique_ptr<Sshd> sshd_;
    test::TempFolder home_;
    SshOptions options_;
};
std::unique_ptr<test::TempFolder> Ssh::folder_;
std::unique_ptr<Sshd> Ssh::sshd_;

std::string out_of(Machine& machine, std::vector<std::string> argv)
{
    const auto answer = ask_one(machine, Cmd{std::move(argv)}, Deadline::in(10s));
    EXPECT_TRUE(answer) << answer.error();
    return answer ? answer->out : "";
}

TEST_F(Ssh, AnswersABatchInItsOrder)
{
    test::write_text(home_.file("a b"), "text\n");
    std::filesystem::create_symlink("target", home_.file("link"));
    const std::vector<Query> queries{ReadFile{home_.file("a b")}, ReadLink{home_.file("link")}, ListDir{home_.path()},
                                     Cmd{{"sh", "-c", "echo out; echo err >&2; exit 7"}}, Cmd{{"no-such-program"}}, Cmd{{"cat"}, "in\n"},
                                     ReadFile{home_.file("missing")}, ReadFile{home_.file("a b"), 3}};
    const auto answers = machine()->ask(queries, Deadline::in(10s));
    ASSERT_TRUE(answers) << answers.error();
    ASSERT_EQ(answers->size(), queries.size());
    EXPECT_EQ((*answers)[0].out, "text\n");
    EXPECT_EQ((*answers)[1].out, "target\n");
    EXPECT_EQ((*answers)[2].out, "a b\nknown_hosts\nlink\n");
    EXPECT_EQ((*answers)[3], (Answer{.exit_code = 7, .out = "out\n", .err = "err\n"}));
    EXPECT_EQ((*answers)[4].exit_code, 127);
    EXPECT_EQ((*answers)[5].out, "in\n");
    EXPECT_EQ((*answers)[6].exit_code, 1);
    EXPECT_EQ((*answers)[7].out, "xt\n");
}

TEST_F(Ssh, GoesOnAfterAQueryThatHangs)
{
    const auto host = machine();
    host->query_time = 300ms;
    const std::vector<Query> queries{Cmd{{"echo", "1"}}, Cmd{{"sh", "-c", "echo begun; sleep 20"}}, Cmd{{"echo", "3"}}};
    const auto begin = Clock::now();
    const auto answers = host->ask(queries, Deadline::in(10s));
    ASSERT_TRUE(answers) << answers.error();
    EXPECT_LT(Clock::now() - begin, 5s);
    EXPECT_EQ((*answers)[0].out, "1\n");
    EXPECT_EQ((*answers)[1].state, Answer::State::timed_out);
    EXPECT_EQ((*answers)[1].out, "begun\n");
    EXPECT_EQ((*answers)[2], (Answer{.out = "3\n"}));
}

TEST_F(Ssh, EndsAtTheDeadlineOfTheBatch)
{
    const auto host = machine();
    const Query query = Cmd{{"sleep", "20"}};
    const auto begin = Clock::now();
    const auto answers = host->ask({&query, 1}, Deadline::in(500ms));
    ASSERT_FALSE(answers);
    EXPECT_EQ(answers.error().kind, ErrorKind::timeout);
    EXPECT_EQ(answers.error().where.front(), "run sleep 20");
    EXPECT_LT(Clock::now() - begin, 3s);
    EXPECT_EQ(out_of(*host, {"echo", "again"}), "again\n");
}

TEST_F(Ssh, KeepsTheBeginningOfLongOutput)
{
    const auto host = machine();
    host->answer_limit = 1000;
    const std::vector<Query> queries{Cmd{{"sh", "-c", "yes | head -c 9000000; yes e | head -c 2000 >&2"}}, Cmd{{"echo", "next"}}};
    const auto answers = host->ask(queries, Deadline::in(20s));
    ASSERT_TRUE(answers) << answers.error();
    EXPECT_TRUE((*answers)[0].truncated);
    EXPECT_EQ((*answers)[0].out.size(), 1000u);
    EXPECT_EQ((*answers)[0].err.size(), 1000u);
    EXPECT_EQ((*answers)[1], (Answer{.out = "next\n"}));
}

TEST_F(Ssh, CarriesLargeTextBothWays)
{
    const std::string text(3'000'000, 'x');
    const auto answer = ask_one(*machine(), Cmd{{"cat"}, text}, Deadline::in(30s));
    ASSERT_TRUE(answer) << answer.error();
    EXPECT_TRUE(answer->out == text);
}

TEST_F(Ssh, RunsNothingOfHostileWords)
{
    const auto host = machine();
    const std::string trap = home_.file("trap");
    const std::vector<std::string> words{"a b", "it's", "$(touch " + trap + ")", "`touch " + trap + "`", "\";touch " + trap + ";\"",
                                         "'; touch " + trap + "; '", "\n touch " + trap + "\n", "\xf0\x9d\x84\x9e", "*", "~", "\\", "-n", "", "#", "&", "$HOME",
                                         "\x80\xff", "!!", "{a,b}"};
    std::vector<Query> queries;
    for (const auto& word : words)
        queries.push_back(Cmd{{"printf", "%s", word}});
    const auto answers = host->ask(queries, Deadline::in(10s));
    ASSERT_TRUE(answers) << answers.error();
    for (std::size_t i = 0; i < words.size(); ++i)
        EXPECT_EQ((*answers)[i].out, words[i]);
    for (const auto& word : words) {
        const std::string name = word.contains('/') || word.empty() ? "x" + std::to_string(word.size()) + word.substr(0, 3) : word;
        ASSERT_EQ(ask_one(*host, WriteFile{home_.file(name), word}, Deadline::in(10s))->exit_code, 0) << name;
        EXPECT_EQ(test::read_text(home_.file(name)), word);
    }
    EXPECT_FALSE(std::filesystem::exists(trap));
}

TEST_F(Ssh, WritesAFileOnlyOverTheExpectedContent)
{
    const auto host = machine();
    std::string bytes;
    for (int i = 255; i > 0; --i)
        bytes += static_cast<char>(i);
    const std::string path = home_.file("it's a $(file)");
    const auto write = [&](const std::string& content, std::optional<std::string> expected) {
        const auto answer = ask_one(*host, WriteFile{path, content, std::move(expected), 0640}, Deadline::in(10s));
        EXPECT_TRUE(answer) << answer.error();
        return answer ? answer->exit_code : -1;
    };
    EXPECT_EQ(write(bytes + "\n\n", "something"), 3);
    EXPECT_FALSE(std::filesystem::exists(path));
    EXPECT_EQ(write(bytes + "\n\n", {}), 0);
    EXPECT_EQ(test::read_text(path), bytes + "\n\n");
    EXPECT_EQ(std::filesystem::status(path).permissions(), std::filesystem::perms{0640});
    EXPECT_EQ(write("other", {}), 3);
    EXPECT_EQ(write("other", bytes + "\n"), 3);
    EXPECT_EQ(write("other", bytes), 3);
    EXPECT_EQ(test::read_text(path), bytes + "\n\n");
    EXPECT_EQ(write("other", bytes + "\n\n"), 0);
    EXPECT_EQ(test::read_text(path), "other");
    EXPECT_EQ(std::filesystem::status(path).permissions(), std::filesystem::perms{0640});
    EXPECT_EQ(write("", "other"), 0);
    EXPECT_EQ(write("again", ""), 0);
    EXPECT_EQ(test::read_text(path), "again");
    EXPECT_FALSE(std::filesystem::exists(path + ".gpupass-new"));
}

TEST_F(Ssh, SaysWhenAFileCannotBeWritten)
{
    const auto answer = ask_one(*machine(), WriteFile{home_.file("no/folder"), "x"}, Deadline::in(10s));
    ASSERT_TRUE(answer) << answer.error();
    EXPECT_NE(answer->exit_code, 0);
    EXPECT_NE(answer->exit_code, 3);
    EXPECT_FALSE(answer->err.empty());
}

TEST_F(Ssh, RefusesAnUnknownHostKeyAndShowsIt)
{
    test::write_text(options_.known_hosts, "");
    const auto answer = ask_one(*machine(), Cmd{{"true"}}, Deadline::in(10s));
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().kind, ErrorKind::unauthorised);
    EXPECT_THAT(answer.error().what, HasSubstr("ssh-ed25519 SHA256:"));
    EXPECT_THAT(answer.error().next, HasSubstr(sshd_->known_line().substr(0, 60)));
    EXPECT_EQ(test::read_text(options_.known_hosts), "");
}

TEST_F(Ssh, AsksForAnUnknownHostKeyAndRemembersIt)
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

TEST_F(Ssh, RefusesAChangedHostKeyWithoutAsking)
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

TEST_F(Ssh, RefusesARevokedHostKey)
{
    trust("@revoked " + sshd_->known_line());
    const auto answer = ask_one(*machine(), Cmd{{"true"}}, Deadline::in(10s));
    ASSERT_FALSE(answer);
    EXPECT_THAT(answer.error().what, HasSubstr("revoked"));
}

TEST_F(Ssh, NegotiatesTheTypeOfTheKeyThatIsKnown)
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

TEST_F(Ssh, SaysWhichKeysWereTried)
{
    test::make_key(home_.file("stranger"));
    options_.identity = home_.file("stranger");
    const auto answer = ask_one(*machine(), Cmd{{"true"}}, Deadline::in(10s));
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().kind, ErrorKind::unauthorised);
    EXPECT_THAT(answer.error().what, HasSubstr("key " + home_.file("stranger")));
}

TEST_F(Ssh, AsksForThePassphraseOfAKey)
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

TEST_F(Ssh, UsesTheAgent)
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

TEST_F(Ssh, IsNotHeldByAnAgentThatHangs)
{
    const std::string socket = home_.file("agent");
    ASSERT_EQ(std::system(("python3 -c \"import socket; s=socket.socket(socket.AF_UNIX); s.bind('" + socket + "')\" 2>/dev/null").c_str()), 0)
        << "python3 makes the socket";
    options_.identity = "";
    setenv("SSH_AUTH_SOCK", socket.c_str(), 1);
    options_.connect_time = 1s;
    EXPECT_FALSE(ask_one(*machine(), Cmd{{"true"}}, Deadline::in(5s)));
}

TEST_F(Ssh, TakesHostPortUserKeyAndKnownHostsFromTheConfig)
{
    std::filesystem::create_directory(home_.file(".ssh"));
    test::write_text(home_.file(".ssh/config"), "Host nuc\n  HostName 127.0.0.1\n  Port " + std::to_string(sshd_->port()) + "\n  User " +
                                                    (getuid() == 0 ? "root" : getenv("USER")) + "\n  IdentityFile " + folder_->file("client_key") +
                                                    "\n  UserKnownHostsFile " + options_.known_hosts + "\n");
    options_.identity = options_.known_hosts = "";
    const auto host = make_ssh_machine({.scheme = "linux+ssh", .user = {}, .host = "nuc"}, options_);
    EXPECT_EQ(out_of(*host, {"echo", "in"}), "in\n");
}

TEST_F(Ssh, GoesOverJumpHosts)
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

TEST_F(Ssh, SaysThatAJumpHostCannotReachTheHost)
{
    const std::string user = getuid() == 0 ? "root@" : "";
    test::write_text(home_.file("config"), "Host far\n  HostName 127.0.0.1\n  Port 1\n  ProxyJump " + user + "127.0.0.1:" + std::to_string(sshd_->port()) + "\n");
    options_.config = home_.file("config");
    const auto answer = ask_one(*make_ssh_machine(uri(0, "far"), options_), Cmd{{"true"}}, Deadline::in(10s));
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().kind, ErrorKind::unreachable);
    EXPECT_THAT(answer.error().what, HasSubstr("jump host"));
}

TEST_F(Ssh, SaysWhatWasBeingDoneWhenTheConnectionIsCut)
{
    for (const std::size_t after : {10u, 500u, 1500u, 2500u, 3200u, 4000u, 5000u}) {
        const test::TcpServer proxy{test::cutter(sshd_->port(), after)};
        const auto host = machine_at(proxy.port());
        const Query query = Cmd{{"sh", "-c", "while sleep 0.01; do echo 0123456789; done"}};
        const auto answers = host->ask({&query, 1}, Deadline::in(10s));
        ASSERT_FALSE(answers) << after;
        EXPECT_EQ(answers.error().kind, ErrorKind::unreachable) << after << answers.error();
        if (after >= 5000) {
            EXPECT_THAT(answers.error().where.front(), HasSubstr("run sh -c"));
        }
    }
}

TEST_F(Ssh, EndsWithinItsTimeWhereverTheHostStalls)
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

TEST_F(Ssh, EndsWithinItsTimeOnGarbage)
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

TEST_F(Ssh, SaysThatNobodyListens)
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

TEST_F(Ssh, UsesOneConnectionAndMakesANewOneAfterADisconnect)
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

TEST_F(Ssh, LeavesNoFileDescriptorBehind)
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

TEST_F(Ssh, ServesAWallOfHostsInParallel)
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
