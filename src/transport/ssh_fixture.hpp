#pragma once

#include "transport/ssh.hpp"
#include "transport/test_server.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

namespace gpupass {

using Cmd = Run;  // Run is a member of testing::Test

/// One sshd for all tests of a suite; a fresh home folder for each.
class Ssh : public testing::Test {
protected:
    static void SetUpTestSuite()
    {
        if (!test::sshd_is_installed())
            return;
        folder_ = std::make_unique<test::TempFolder>();
        test::make_key(folder_->file("client_key"));
        test::write_text(folder_->file("authorized_keys"), test::read_text(folder_->file("client_key.pub")));
        sshd_ = std::make_unique<test::Sshd>(folder_->path());
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
        options_.connect_time = std::chrono::seconds{10};
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

    inline static std::unique_ptr<test::TempFolder> folder_;
    inline static std::unique_ptr<test::Sshd> sshd_;
    test::TempFolder home_;
    SshOptions options_;
};

inline std::string out_of(Machine& machine, std::vector<std::string> argv)
{
    const auto answer = ask_one(machine, Query{Run{std::move(argv)}}, Deadline::in(std::chrono::seconds{10}));
    EXPECT_TRUE(answer) << answer.error();
    return answer ? answer->out : "";
}

}  // namespace gpupass
