#include "integration/world.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <fstream>

// VM names and paths are data: nothing in them runs, and the right VM is edited.

namespace gpupass::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

struct Named {
    std::string name;    // as a person sees it
    std::string folder;  // on the datastore
};

const std::vector<Named> odd_ones{
    {"a b", "a b"},
    {"it's", "it's"},
    {"$(touch x)", "$(touch x)"},
    {"\";reboot;\"", "\";reboot;\""},
    {"`touch y`", "`touch y`"},
    {"𝄞", "𝄞"},
    {"l1\nl2", "newline in the name"},
    {"[brackets] x.vmx", "[brackets]"},
    {"-rf", "-rf"},
    {"a.b%2E", "a.b%2E"},
};

/// As VMware writes a value: quotes, bars and control bytes as |XX.
std::string vmx_value(const std::string& text)
{
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '|' || byte < 0x20) {
            char hex[4];
            std::snprintf(hex, sizeof hex, "|%02X", byte);
            out += hex;
        } else {
            out += c;
        }
    }
    return out;
}

std::string replaced(std::string text, const std::string& key, const std::string& value)
{
    const auto begin = text.find("\n" + key);
    EXPECT_NE(begin, std::string::npos) << key;
    const auto end = text.find('\n', begin + 1);
    return text.replace(begin, end - begin, "\n" + key + " = \"" + value + "\"");
}

class Names : public testing::Test {
protected:
    /// Typed on the host by its owner, with the ordinary ssh client.
    Finished on_host(const std::string& command)
    {
        const json& access = world.access();
        return run({.argv = {"/usr/bin/ssh", "-F", "none", "-i", access.at("identity"), "-o", "UserKnownHostsFile=" + access.at("known_hosts").get<std::string>(),
                             "-o", "BatchMode=yes", "-p", std::to_string(access.at("host_port").get<int>()), "root@127.0.0.1", command},
                    .environment = {{"HOME", world.folder}}});
    }

    void add_vm(const Named& vm)
    {
        const std::string text = world.files().at("debian/debian.vmx");
        fs::create_directories(world.datastore() / vm.folder);
        std::ofstream{world.datastore() / vm.folder / "vm.vmx", std::ios::binary} << replaced(text, "displayName", vmx_value(vm.name));
        std::string quoted;
        for (const char c : vm.folder)
            quoted += c == '\'' ? std::string{"'\\''"} : std::string{c};
        const Finished added = on_host("vim-cmd solo/registervm '/vmfs/volumes/datastore1/" + quoted + "/vm.vmx'");
        ASSERT_EQ(added.exit_code, 0) << vm.name << added.out << added.err;
    }

    bool has_gpu(const Named& vm)
    {
        return world.files().at(vm.folder + "/vm.vmx").find("pciPassthru0.present = \"TRUE\"") != std::string::npos;
    }

    World world;
};

TEST_F(Names, NothingRunsAndTheRightVmIsEdited)
{
    for (const Named& vm : odd_ones)
        add_vm(vm);
    const auto before = world.files();
    const int reboots = world.calls().at("reboots").get<int>();
    for (const Named& vm : odd_ones) {
        SCOPED_TRACE(vm.name);
        const json attached = world.gpupass_json({"attach", "auto", "--vm", vm.name, "--move", "--yes"});
        ASSERT_EQ(attached.at("exit"), 0) << attached;
        for (const Named& other : odd_ones)
            EXPECT_EQ(has_gpu(other), other.name == vm.name) << other.name;
    }
    EXPECT_EQ(world.calls().at("reboots").get<int>(), reboots + 1) << "one for the console, none by a name";
    for (const auto& entry : fs::recursive_directory_iterator{world.folder / "sim" / "disk"}) {
        EXPECT_NE(entry.path().filename(), "x");
        EXPECT_NE(entry.path().filename(), "y");
    }
    for (std::size_t i = 0; i < odd_ones.size(); ++i)
        ASSERT_EQ(world.gpupass({"undo", "--yes"}).exit_code, 0) << i;
    EXPECT_EQ(difference(before, world.files()), "");
}

TEST_F(Names, ControlCharactersOfAHostDoNotReachTheTerminal)
{
    add_vm({"esc\x1b[2Jend", "esc"});
    const Finished seen = world.gpupass({"inspect"});
    EXPECT_EQ(seen.out.find('\x1b'), std::string::npos);
    EXPECT_NE(seen.out.find("end"), std::string::npos);
}

}  // namespace
}  // namespace gpupass::test
