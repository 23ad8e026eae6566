#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include <sys/wait.h>
#include <unistd.h>

// The story by hand: gpupass-sim as a process of its own, and the real ssh.

namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

std::string read_file(const fs::path& path)
{
    std::ifstream in{path};
    std::stringstream text;
    text << in.rdbuf();
    return text.str();
}

struct Ran {
    int status;
    std::string out;
    std::string err;
};

class Story : public testing::Test {
protected:
    void SetUp() override
    {
        if (!fs::exists("/usr/bin/ssh"))
            GTEST_SKIP() << "the ssh client is not installed";
        fs::remove_all(dir);
        fs::create_directories(dir);
    }
    ~Story() override
    {
        stop();
        fs::remove_all(dir);
    }

    void start(const std::vector<std::string>& more = {})
    {
        pid = ::fork();
        if (pid == 0) {
            std::vector<std::string> words{GPUPASS_SIM, "--state", state(), "--reboot-time", "0.3", "--idle", "60"};
            words.insert(words.end(), more.begin(), more.end());
            std::vector<char*> argv;
            for (auto& word : words)
                argv.push_back(word.data());
            argv.push_back(nullptr);
            ::execv(argv[0], argv.data());
            ::_exit(127);
        }
        ASSERT_TRUE(becomes([this] {
            access = nlohmann::json::parse(read_file(state() / "access.json"), nullptr, false);
            return access.is_object() && access["pid"] == pid;
        }));
    }
    void stop()
    {
        if (pid > 0) {
            ::kill(pid, SIGTERM);
            ::waitpid(pid, nullptr, 0);
        }
        pid = 0;
    }

    template <class Is>
    static bool becomes(Is&& is)
    {
        for (int i = 0; i < 400; ++i) {
            if (is())
                return true;
            std::this_thread::sleep_for(std::chrono::milliseconds{25});
        }
        return false;
    }

    std::string client(const std::string& port, const std::string& user, const std::string& options) const
    {
        return "/usr/bin/ssh -F none -T -o ConnectTimeout=5 -o StrictHostKeyChecking=yes -o UserKnownHostsFile=" +
            access["known_hosts"].get<std::string>() + " -p " + std::to_string(access[port].get<int>()) + " " +
            options + " " + user + "@127.0.0.1 ";
    }
    Ran run(const std::string& line)
    {
        const auto number = std::to_string(++runs);
        const auto out = dir / ("out" + number);
        const auto err = dir / ("err" + number);
        const int status = std::system((line + " >" + out.string() + " 2>" + err.string()).c_str());
        return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, read_file(out), read_file(err)};
    }
    std::string with_key() const
    {
        return "-o BatchMode=yes -o IdentitiesOnly=yes -i " + access["identity"].get<std::string>();
    }
    /// A script for `sh -s`, as a client sends its batches.
    Ran host(const std::string& script)
    {
        std::ofstream{dir / "script"} << script << "\n";
        return run(client("host_port", "root", with_key()) + "sh -s <" + (dir / "script").string());
    }
    Ran guest(const std::string& script)
    {
        std::ofstream{dir / "script"} << script << "\n";
        return run(client("guest_port", "user", with_key()) + "sh -s <" + (dir / "script").string());
    }
    void reboot_host()
    {
        const auto before = host("esxcli system stats uptime get").out;
        ASSERT_FALSE(before.empty());
        host("reboot");
        ASSERT_TRUE(becomes([&] {
            const auto now = host("esxcli system stats uptime get");
            return now.status == 0 && !now.out.empty() && std::stoll(now.out) < std::stoll(before);
        }));
    }
    std::string owner() { return host("esxcli hardware pci list | grep -A 10 '^0000:00:02.0' | grep Current").out; }
    std::string state_of(const std::string& id) { return host("vim-cmd vmsvc/power.getstate " + id).out; }
    fs::path state() const { return dir / "state"; }

    fs::path dir{fs::temp_directory_path() / ("gpupass-story-" + std::to_string(::getpid()))};
    nlohmann::json access;
    pid_t pid{};
    int runs{};
};

TEST_F(Story, FromPendingToActiveAndBack)
{
    start();
    const auto vmx = "/vmfs/volumes/datastore1/debian/debian.vmx";
    const auto original = host(std::string{"cat "} + vmx).out;

    EXPECT_EQ(host("esxcli hardware pci pcipassthru set -d 0000:00:02.0 -e true -a").status, 0);
    const auto again = host("esxcli hardware pci pcipassthru set -d 0000:00:02.0 -e true -a");
    EXPECT_EQ(again.status, 1);
    EXPECT_EQ(again.out, "Unable to configure the PCI device: Device owner is already configured to passthru.\n");
    reboot_host();
    EXPECT_THAT(owner(), HasSubstr("Current Owner: VMkernel"));
    host("esxcli system settings kernel set -s vga -v FALSE");
    reboot_host();
    EXPECT_THAT(owner(), HasSubstr("Current Owner: VM Passthru"));

    const std::string attach = "V=/vmfs/volumes/datastore1/debian/debian.vmx; U=$(esxcli system uuid get)\n"
                               "for l in 'present = \"TRUE\"' 'id = \"00000:000:02.0\"' 'vendorId = \"0x8086\"' "
                               "'deviceId = \"0x9a49\"' \"systemId = \\\"$U\\\"\"\n"
                               "do printf 'pciPassthru0.%s\\n' \"$l\" >>$V; done\n";
    host("cp -p " + std::string{vmx} + " /vmfs/volumes/datastore1/debian/before\n" + attach + "vim-cmd vmsvc/reload 2");
    const auto failed = host("vim-cmd vmsvc/power.on 2");
    EXPECT_NE(failed.status, 0);
    EXPECT_EQ(failed.out, "Powering on VM:\nPower on failed\n");
    EXPECT_THAT(host("tail -n 4 /vmfs/volumes/datastore1/debian/vmware.log").out,
                HasSubstr("memory reservation (sched.mem.min) should be equal to memsize(8192)."));

    host("cd /vmfs/volumes/datastore1/debian; grep -v '^sched.mem.min' debian.vmx >n; echo 'sched.mem.min = \"8192\"' "
         ">>n;"
         "mv n debian.vmx; vim-cmd vmsvc/reload 2");
    EXPECT_NE(host("vim-cmd vmsvc/power.on 2").status, 0);
    EXPECT_THAT(host("tail -n 4 /vmfs/volumes/datastore1/debian/vmware.log").out,
                HasSubstr("Failed to register the device pciPassthru0"));

    host("cd /vmfs/volumes/datastore1/debian; grep -v vvtd debian.vmx >n; mv n debian.vmx; vim-cmd vmsvc/reload 2");
    EXPECT_EQ(host("vim-cmd vmsvc/power.on 2").status, 0);
    ASSERT_TRUE(becomes([this] { return guest("true").status == 0; }));
    EXPECT_THAT(guest("gpupass-guest --json").out, HasSubstr("\"verdict\":\"working\""));
    EXPECT_THAT(guest("dmesg").out, HasSubstr("Finished loading DMC firmware i915/tgl_dmc_ver2_08.bin (v2.8)"));
    EXPECT_EQ(
        guest("cat /sys/bus/pci/devices/0000:13:00.0/vendor; readlink /sys/bus/pci/devices/0000:13:00.0/driver").out,
        "0x8086\n../../../../bus/pci/drivers/i915\n");

    host("vim-cmd vmsvc/power.shutdown 2");
    ASSERT_TRUE(becomes([this] { return state_of("2").find("Powered off") != std::string::npos; }));
    EXPECT_NE(guest("true").status, 0);
    host("cd /vmfs/volumes/datastore1/debian; mv before debian.vmx; vim-cmd vmsvc/reload 2;"
         "esxcli hardware pci pcipassthru set -d 0000:00:02.0 -e false; esxcli system settings kernel set -s vga -v "
         "TRUE");
    reboot_host();
    EXPECT_THAT(owner(), HasSubstr("Current Owner: VMkernel"));
    EXPECT_EQ(host(std::string{"cat "} + vmx).out, original);
    ASSERT_TRUE(becomes([this] { return state_of("3").find("Powered on") != std::string::npos; }));
}

TEST_F(Story, StreamsAndStatusComeSeparately)
{
    start();
    const auto ran = host("echo out; echo err >&2\ncat <<X");
    EXPECT_EQ(ran.status, 2);
    EXPECT_EQ(ran.out, "out\n");
    EXPECT_THAT(ran.err, HasSubstr("err\n"));
    EXPECT_EQ(run(client("host_port", "root", with_key()) + "'exit 7'").status, 7);
    const auto shell = run("printf 'echo by hand\\nexit 5\\n' | " + client("host_port", "root", with_key()));
    EXPECT_THAT(shell.out, HasSubstr("by hand\n"));
    EXPECT_EQ(shell.status, 5);
    EXPECT_EQ(host("i=0; while [ $i -lt 3000 ]; do echo 0123456789012345678901234567890123456789; i=$((i+1)); done")
                  .out.size(),
              3000u * 41);
}

TEST_F(Story, PasswordsAreCheckedInBothWays)
{
    start();
    std::ofstream{dir / "good"} << "#!/bin/sh\necho simulated\n";
    std::ofstream{dir / "bad"} << "#!/bin/sh\necho wrong\n";
    for (const auto* name : {"good", "bad"})
        fs::permissions(dir / name, fs::perms::owner_all);
    const auto log_in = [&](const std::string& method, const std::string& program, const std::string& user) {
        return run(
            "SSH_ASKPASS_REQUIRE=force DISPLAY=x SSH_ASKPASS=" + (dir / program).string() + " " +
            client("host_port", user,
                   "-o NumberOfPasswordPrompts=1 -o PubkeyAuthentication=no -o PreferredAuthentications=" + method) +
            "'echo in'");
    };
    EXPECT_EQ(log_in("keyboard-interactive", "good", "root").out, "in\n");
    EXPECT_EQ(log_in("password", "good", "root").out, "in\n");
    EXPECT_EQ(log_in("keyboard-interactive", "bad", "root").status, 255);
    EXPECT_EQ(log_in("password", "bad", "root").status, 255);
    EXPECT_EQ(log_in("password", "good", "nobody").status, 255);
}

TEST_F(Story, FaultsOnTheWireHitTheNextConnectionOnly)
{
    start();
    const auto order = [&](const std::string& fault) { std::ofstream{state() / "faults"} << fault << "\n"; };
    order("cut:3000");
    EXPECT_EQ(host("esxcli hardware pci list").status, 255);
    EXPECT_EQ(read_file(state() / "faults"), "");
    EXPECT_EQ(host("esxcli hardware pci list").status, 0);
    order("garbage:20");
    const auto garbage = host("esxcli hardware pci list").out;
    EXPECT_EQ(garbage.substr(0, 13), "0000:00:00.0\n");
    EXPECT_THAT(garbage, Not(HasSubstr("Passthru Capable")));
    order("stall:3000");
    EXPECT_EQ(run("timeout 1 " + client("host_port", "root", with_key()) + "'esxcli hardware pci list'").status, 124);
    EXPECT_EQ(host("true").status, 0);
}

TEST_F(Story, ARebootDropsConnectionsAndRefusesNewOnes)
{
    start({"--fault", "never-returns"});
    std::thread waiting{[this] { run(client("host_port", "root", with_key()) + "'sleep 30; echo late'"); }};
    std::this_thread::sleep_for(std::chrono::milliseconds{500});
    const auto begin = std::chrono::steady_clock::now();
    runs += 10;
    host("reboot");
    waiting.join();
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds{10});
    const auto refused = host("true");
    EXPECT_EQ(refused.status, 255);
    EXPECT_THAT(refused.err, HasSubstr("Connection refused"));
}

TEST_F(Story, ManyConnectionsAtOnce)
{
    start();
    const auto line = "for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30; do " +
        client("host_port", "root", with_key()) + "'vim-cmd vmsvc/getallvms' & done; wait";
    const auto out = run("( " + line + " )").out;
    std::size_t count = 0;
    for (auto at = out.find("debian.vmx"); at != out.npos; at = out.find("debian.vmx", at + 1))
        ++count;
    EXPECT_EQ(count, 30u);
    EXPECT_EQ(nlohmann::json::parse(read_file(state() / "calls.json"))["vim_cmd"], 30);
}

TEST_F(Story, TheHostKeyAndTheWorldSurviveARestart)
{
    start();
    host("esxcli system settings kernel set -s vga -v FALSE");
    const auto known = read_file(state() / "known_hosts");
    EXPECT_EQ(
        WEXITSTATUS(std::system((std::string{GPUPASS_SIM} + " --state " + state().string() + " 2>/dev/null").c_str())),
        5);
    stop();
    start();
    EXPECT_EQ(read_file(state() / "known_hosts"), known);
    EXPECT_THAT(host("esxcli system settings kernel list -o vga").out, HasSubstr("FALSE       TRUE     TRUE"));
    EXPECT_EQ(WEXITSTATUS(std::system((std::string{GPUPASS_SIM} + " --reset --state " + state().string()).c_str())), 0);
    EXPECT_FALSE(fs::exists(state() / "world.json"));
}

}  // namespace
