#include "transport/fd.hpp"
#include "transport/libvirt.hpp"
#include "transport/local.hpp"
#include "transport/script.hpp"
#include "transport/script_parts.hpp"
#include "transport/test_server.hpp"

#include <gmock/gmock.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

// The scripts in real shells, their answers beside those of the local machine.

namespace gpupass {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;
using testing::HasSubstr;
using Cmd = Run;  // Run is a member of testing::Test

const std::string mark = "0123456789abcdef0123456789abcdef";

class Shells : public testing::TestWithParam<std::vector<std::string>> {
protected:
    void SetUp() override
    {
        if (in_shell("exit 0\n").exit_code != 0)
            GTEST_SKIP() << "no " << GetParam().front() << " here: its scripts are NOT tested";
    }

    Answer in_shell(const std::string& script)
    {
        std::vector<std::string> argv = GetParam();
        argv.push_back("-s");
        return ask_one(*local_, Cmd{std::move(argv), script}, Deadline::in(20s)).value_or(Answer{});
    }

    /// As it comes over SSH.
    Answer answer(const Query& query)
    {
        const Answer shell = in_shell(render_script({&query, 1}, mark));
        SectionParser out{mark, true, default_answer_limit}, err{mark, false, default_answer_limit};
        EXPECT_TRUE(out.feed(shell.out) && err.feed(shell.err));
        if (out.complete().size() != 1 || err.complete().size() != 1) {
            ADD_FAILURE() << shell.out << shell.err;
            return {};
        }
        Answer answer{
            .exit_code = out.complete()[0].exit_code, .out = out.complete()[0].text, .err = err.complete()[0].text};
        settle(query, answer);
        return answer;
    }

    Answer local_answer(const Query& query) { return ask_one(*local_, query, Deadline::in(20s)).value_or(Answer{}); }

    test::TempFolder folder_;
    std::unique_ptr<Machine> local_ = make_local_machine();
};

/// Targets of links down to their last component.
std::string with_short_links(std::string_view text)
{
    std::string out;
    while (!text.empty()) {
        const auto line = text.substr(0, text.find('\n') + 1);
        text.remove_prefix(line.size());
        const auto link = line.find("\t>"), slash = line.rfind('/');
        out += link == line.npos || slash == line.npos
            ? std::string{line}
            : std::string{line.substr(0, link + 2)} + std::string{line.substr(slash + 1)};
    }
    return out;
}

TEST_P(Shells, ReadEachEntryAsTheLocalMachineDoes)
{
    const auto entry = [&](const std::string& name) {
        fs::create_directories(folder_.path() / "devices" / name);
        fs::create_symlink("../devices/" + name, folder_.path() / "bus" / name);
        return folder_.path() / "devices" / name;
    };
    fs::create_directories(folder_.path() / "bus/plain");
    test::write_text(folder_.path() / "bus/file", "x");
    fs::create_symlink("nowhere", folder_.path() / "bus/dangling");
    const std::string hostile = "$(touch x) `touch x`;'\"*?[a]\\n -n %s \xff";
    for (const auto& name : {std::string{"0000:65:00.0"}, std::string{"-n"}, std::string{"Z"}, std::string{"new\nline"},
                             std::string{".hidden"}, hostile}) {
        const auto device = entry(name);
        test::write_text(device / "text", "0x10de\n");
        test::write_text(device / "bare", "no newline");
        test::write_text(device / "lines", "  a b \\ \n\n\tc\n\n");
        test::write_text(device / "empty", "");
        test::write_text(device / "newline", "\n");
        test::write_text(device / "long", std::string(3000, 'x') + "\n" + std::string(3000, 'y'));
        test::write_text(device / "hostile", hostile + "\n");
        fs::create_directories(device / "folder" / hostile);
        fs::create_directories(device / "folder/card1");
        fs::create_directories(device / "folder/card0");
        fs::create_directories(device / "folder/.hidden");
        fs::create_directories(device / "hollow");
        fs::create_symlink("../../bus/plain", device / "to_folder");
        fs::create_symlink("text", device / "to_file");
        fs::create_symlink("no/where", device / "to_nothing");
        fs::create_symlink("a\nb", device / "to_lines");
    }
    const ReadEach query{folder_.file("bus"),
                         {"text", "bare", "lines", "empty", "newline", "long", "hostile", "folder", "hollow",
                          "to_folder", "to_file", "to_nothing", "to_lines", "missing", "folder/card0", "it's"}};
    const Answer local = local_answer(query), shell = answer(query);
    EXPECT_THAT(local.out, HasSubstr("Z\tlines\t=  a b \\ ;;\tc;\n"));
    EXPECT_EQ(with_short_links(shell.out), with_short_links(local.out));
    EXPECT_EQ(shell.err, "");
    EXPECT_EQ(shell.exit_code, 0);
    EXPECT_FALSE(fs::exists("x"));
}

TEST_P(Shells, ReadEachEntryOfTheRealSystem)
{
    const ReadEach query{"/sys/bus/pci/devices",
                         {"vendor", "device", "class", "driver", "driver_override", "iommu_group", "reset_method",
                          "subsystem", "uevent", "drm", "net"}};
    EXPECT_EQ(with_short_links(answer(query).out), with_short_links(local_answer(query).out));
}

TEST_P(Shells, TellWhatIsThere)
{
    test::write_text(folder_.file("it's"), "");
    fs::create_directories(folder_.path() / "empty");
    fs::create_directories(folder_.path() / "full");
    test::write_text(folder_.file("full/.hidden"), "");
    const Present query{{folder_.file("none"), folder_.file("it's"), folder_.file("empty"), folder_.file("full"), "/proc/cmdline"}};
    EXPECT_EQ(answer(query).out, folder_.file("it's") + "\n" + folder_.file("full") + "\n/proc/cmdline\n");
    EXPECT_EQ(answer(query), local_answer(query));
    EXPECT_EQ(answer(Present{}), Answer{});
}

TEST_P(Shells, FindWhoHasAFileOpenAsTheLocalMachineDoes)
{
    test::write_text(folder_.file("card0"), "");
    const Fd held{open(folder_.file("card0").c_str(), O_RDONLY | O_CLOEXEC)};
    const FindOpen query{{"/dev/none/", folder_.path().string() + "/"}};
    const Answer here = local_answer(query);
    EXPECT_EQ(here.out.substr(0, here.out.find('\t')), std::to_string(getpid()));
    EXPECT_THAT(here.out, testing::EndsWith("/card0\n"));
    EXPECT_EQ(answer(query), here);
    EXPECT_EQ(answer(FindOpen{{"/dev/none/"}}), Answer{});
}

TEST_P(Shells, ReadEachTellsOfAFolderThatIsNotThere)
{
    const Answer shell = answer(ReadEach{folder_.file("it's"), {"x"}});
    EXPECT_EQ(shell.exit_code, 1);
    EXPECT_THAT(shell.err, HasSubstr("it's"));
    EXPECT_EQ(shell.out, "");
    EXPECT_EQ(answer(ReadEach{folder_.path(), {"x"}}), Answer{});
}

TEST_P(Shells, ReadEachGoesOnBehindAnEntry)
{
    for (const char* name : {"a", "b", "c's"}) {
        fs::create_directories(folder_.path() / name);
        test::write_text(folder_.path() / name / "x", name);
    }
    const ReadEach query{folder_.path(), {"x"}};
    EXPECT_EQ(in_shell(render_read_each(query)).out, "\ta\na\tx\t=a\n\tb\nb\tx\t=b\n\tc's\nc's\tx\t=c's\n");
    EXPECT_EQ(in_shell(render_read_each(query, "a")).out, "\tb\nb\tx\t=b\n\tc's\nc's\tx\t=c's\n");
    EXPECT_EQ(in_shell(render_read_each(query, "c's")).out, "");
}

TEST_P(Shells, PokeAsTheLocalMachineDoes)
{
    const std::string a = folder_.file("it's"), b = folder_.file("b");
    test::write_text(a, "longer\n");
    test::write_text(b, "longer\n");
    const std::string hostile = "$(touch x) %s \\n '\"-n\n";
    EXPECT_EQ(answer(Poke{{{a, "vfio-pci"}, {b, hostile}}}), (Answer{.out = "2"}));
    EXPECT_EQ(test::read_text(a), "vfio-pci");
    EXPECT_EQ(test::read_text(b), hostile);

    const Poke missing{{{a, "1"}, {folder_.file("missing"), "2"}, {b, "3"}}};
    EXPECT_EQ(answer(missing), local_answer(missing));
    EXPECT_EQ(test::read_text(b), hostile);

    const Answer full = answer(Poke{{{a, "1"}, {"/dev/full", "2"}, {b, "3"}}});
    EXPECT_EQ(full.out, "1");
    EXPECT_EQ(full.exit_code, 1);
    EXPECT_THAT(full.err, HasSubstr("/dev/full: not written\n"));
    EXPECT_EQ(test::read_text(b), hostile);

    const Answer folder = answer(Poke{{{folder_.path(), "1"}, {b, "3"}}});
    EXPECT_EQ(folder.out, "0");
    EXPECT_EQ(folder.exit_code, 1);
}

TEST_P(Shells, AskLibvirtAsTheLocalMachineDoes)
{
    constexpr auto uri = "test:///default";
    local_ = make_local_machine("/", uri);
    if (in_shell("virsh --version").exit_code != 0 || local_answer(Libvirt{Libvirt::Call::version}).exit_code == 127)
        GTEST_SKIP() << "virsh or libvirt is not here: calls of it are NOT tested";
    EXPECT_EQ(in_shell(render_libvirt({Libvirt::Call::version}, uri)).out,
              local_answer(Libvirt{Libvirt::Call::version}).out);
    const auto shell = parse_domains(in_shell(render_libvirt({Libvirt::Call::domains}, uri)).out);
    const auto local = parse_domains(local_answer(Libvirt{Libvirt::Call::domains}).out);
    ASSERT_TRUE(shell) << shell.error();
    ASSERT_TRUE(local) << local.error();
    EXPECT_EQ(*shell, *local);
    EXPECT_EQ(shell->size(), 1u);
}

/// A virsh that prints how it was called and what it was given.
TEST_P(Shells, GiveVirshItsWords)
{
    test::write_text(folder_.file("virsh"),
                     "#!/bin/sh\nfor w in \"$@\"; do printf '<%s>' \"$w\"; done\ncat\necho no >&2\nexit 7\n");
    fs::permissions(folder_.file("virsh"), fs::perms::owner_all);
    const std::string path = "PATH=" + quote_word(folder_.path().string()) + ":$PATH\n",
                      id = "6695eb01-f6a4-8304-79aa-97f2502e193f";
    const auto said = [&](const Libvirt& query) { return in_shell(path + render_libvirt(query) + "\n"); };
    const std::string head = "<-c><qemu:///system>";
    EXPECT_EQ(said({Libvirt::Call::attach_config, id, "<a b='$(x)'/>\n"}),
              (Answer{.exit_code = 7,
                      .out = head + "<attach-device><" + id + "></dev/stdin><--config><a b='$(x)'/>\n",
                      .err = "no\n"}));
    EXPECT_EQ(said({Libvirt::Call::detach_config, id, "x"}).out,
              head + "<detach-device><" + id + "></dev/stdin><--config>x");
    EXPECT_EQ(said({Libvirt::Call::start, id}).out, head + "<start><" + id + ">");
    EXPECT_EQ(said({Libvirt::Call::shutdown, id}).out, head + "<shutdown><" + id + ">");
    EXPECT_EQ(said({Libvirt::Call::destroy, id}).out, head + "<destroy><" + id + ">");
    EXPECT_EQ(said({Libvirt::Call::domains}), (Answer{.exit_code = 7, .err = "no\n"}));
    EXPECT_EQ(said({Libvirt::Call::version}).exit_code, 7);
    EXPECT_EQ(in_shell("PATH=/nonexistent\n" + render_libvirt({Libvirt::Call::domains}) + "\n").exit_code, 127);
}

/// A few hundred domains make more than one call of virsh, and no word that is too long for the kernel.
TEST_P(Shells, AskVirshForManyDomainsInParts)
{
    test::write_text(
        folder_.file("virsh"),
        "#!/bin/sh\ncase $3 in list) i=1000; while [ $i -lt 2000 ]; do echo 6695eb01-f6a4-8304-79aa-97f25020$i; "
        "i=$((i+1)); done; echo 'x;y';; *) printf '%s %s\\n' $# \"$4\";; esac\n");
    fs::permissions(folder_.file("virsh"), fs::perms::owner_all);
    const std::string out = in_shell("PATH=" + quote_word(folder_.path().string()) + ":$PATH\n" +
                                     render_libvirt({Libvirt::Call::domains}) + "\n")
                                .out;
    EXPECT_EQ(std::ranges::count(out, '\n'), 3);
    EXPECT_EQ(std::ranges::count(out, '\x1e'), 1000);
    EXPECT_THAT(out, testing::Not(HasSubstr("x;y")));
}

INSTANTIATE_TEST_SUITE_P(All, Shells,
                         testing::Values(std::vector<std::string>{"sh"}, std::vector<std::string>{"dash"},
                                         std::vector<std::string>{"busybox", "ash"}, std::vector<std::string>{"bash"}),
                         [](const auto& param) { return param.param.back(); });

TEST(Settle, MakesTheAnswerOfTheContract)
{
    const Poke poke{{{"/a", "1"}, {"/b", "2"}}};
    Answer answer{.out = "..", .err = {}};
    settle(poke, answer);
    EXPECT_EQ(answer, (Answer{.out = "2"}));
    answer = {.state = Answer::State::timed_out, .out = ".", .err = {}};
    settle(poke, answer);
    EXPECT_EQ(answer.out, "1");
    EXPECT_EQ(answer.err, "/b: the write does not come back\n");

    answer = {.out = "\ta\na\tx\t=1\n\tb\nb\tx\t=2\n", .err = {}};
    settle(ReadEach{"/", {"x"}}, answer);
    EXPECT_EQ(answer.out, "a\tx\t=1\nb\tx\t=2\n");
    answer = {.state = Answer::State::timed_out, .out = "\ta\na\tx\t=1\n\tb\nb\tx", .err = {}};
    settle(ReadEach{"/", {"x"}}, answer);
    EXPECT_EQ(answer.out, "a\tx\t=1\n");
}

TEST(StalledEntry, IsTheOneBegunLast)
{
    const auto taken = [](std::string text) {
        const auto entry = take_stalled_entry(text);
        return std::pair{entry.value_or("-"), text};
    };
    EXPECT_EQ(taken("\ta\n"), (std::pair<std::string, std::string>{"a", ""}));
    EXPECT_EQ(taken("\ta\na\tx\t=1\n\tb\n"), (std::pair<std::string, std::string>{"b", "\ta\na\tx\t=1\n"}));
    EXPECT_EQ(taken("\ta\na\tx\t=1\n"), (std::pair<std::string, std::string>{"a", ""})) << "not known to be complete";
    for (const char* text : {"", "\t", "\tb", "x", "a\tx\t=1\n"})
        EXPECT_EQ(taken(text), (std::pair<std::string, std::string>{"-", text}));
}

}  // namespace
}  // namespace gpupass
