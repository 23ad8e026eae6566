#include "applets.hpp"
#include "shell.hpp"

#include <gtest/gtest.h>

#include <filesystem>

#include <unistd.h>

namespace gpupass::sim {
namespace {

struct Ran {
    int status;
    std::string out;
    std::string err;
};

class ShellTest : public testing::Test {
protected:
    ShellTest()
    {
        machine.programs["two"] = [](Process& process) {
            process.print("to out\n");
            return process.fail("to err", 3);
        };
        disk.make_folders("/d");
        (void)disk.write("/d/f", "one\ntwo\nthree\n");
    }
    ~ShellTest() override { std::filesystem::remove_all(folder); }

    Ran sh(const std::string& script)
    {
        auto out = std::make_shared<StringOutput>();
        auto err = std::make_shared<StringOutput>();
        Interrupt interrupt;
        const auto input = std::make_shared<StringInput>(script);
        Shell shell{machine, interrupt, {input, out, err}};
        const int status = shell.run_script(*input);
        return {status, out->text, err->text};
    }
    std::string out(const std::string& script) { return sh(script).out; }

    std::filesystem::path folder{std::filesystem::temp_directory_path() /
                                 ("gpupass-shell-" + std::to_string(::getpid()))};
    Disk disk{folder};
    ShellMachine machine{disk,
                         "nuc11",
                         "7.0.3",
                         "#1 SMP Release build-19193900",
                         "VMkernel",
                         "ESXi",
                         busybox_programs(),
                         [] { return 1650596655.771; },
                         {}};
};

TEST_F(ShellTest, QuotesKeepTextAsItIs)
{
    EXPECT_EQ(out(R"(printf '%s|' 'a  b' "c $x d" e\ f '$(x)' "\$y \q" '';)"), "a  b|c  d|e f|$(x)|$y \\q||");
    EXPECT_EQ(out("echo 'it'\\''s' \"it's\""), "it's it's\n");
    EXPECT_EQ(out("echo 'two\nlines'"), "two\nlines\n");
}

TEST_F(ShellTest, VariablesAreSplitOnlyUnquoted)
{
    EXPECT_EQ(out("x='a  b'; printf '<%s>' $x \"$x\" ${x}c"), "<a><b><a  b><a><bc>");
    EXPECT_EQ(out("x=5; echo \"${y:-none} ${#x}\"; echo ${x%5}."), "none 1\n.\n");
    EXPECT_EQ(out("false; echo $?; true; echo \"$?\""), "1\n0\n");
}

TEST_F(ShellTest, ArithmeticReadsHexadecimal)
{
    EXPECT_EQ(out("echo $((0x42)) $(( (1+2)*3 - 4 / 2 ))"), "66 7\n");
    EXPECT_EQ(sh("echo $((1 / 0))").status, 2);
    EXPECT_EQ(out("x=2; echo $((x * 3 + none))"), "6\n");
}

TEST_F(ShellTest, CommandSubstitutionDropsLastNewlinesOnly)
{
    EXPECT_EQ(out("x=\"$(cat /d/f && echo x)\"; printf '%s.' \"$x\""), "one\ntwo\nthree\nx.");
    EXPECT_EQ(out("printf '<%s>' \"$(printf 'a\\n\\n')\" `echo b`"), "<a><b>");
}

TEST_F(ShellTest, ListsAndConditions)
{
    EXPECT_EQ(out("true && echo a || echo b; false && echo c || echo d; ! true || echo e"), "a\nd\ne\n");
    EXPECT_EQ(out("if [ 1 -gt 2 ]; then echo no; elif [ -e /d/f ]; then echo yes; else echo no; fi"), "yes\n");
    EXPECT_EQ(out("for i in 1 2 3; do [ $i = 2 ] && continue; echo $i; done"), "1\n3\n");
    EXPECT_EQ(out("i=0; while [ $i -lt 3 ]; do i=$((i+1)); [ $i = 2 ] && break; done; echo $i"), "2\n");
    EXPECT_EQ(out("case a.vmx in *.txt) echo t;; *.vmx|x) echo v;; esac"), "v\n");
    EXPECT_EQ(out("f() { echo \"<$1>\"; return 4; }; f 'a b'; echo $?"), "<a b>\n4\n");
}

TEST_F(ShellTest, SubshellsKeepChangesToThemselves)
{
    EXPECT_EQ(out("x=1; (x=2; cd /d; exit 7); echo $? $x $(pwd); { x=3; }; echo $x"), "7 1 /\n3\n");
}

TEST_F(ShellTest, PipelinesPassTextOnAndAnswerForTheLast)
{
    EXPECT_EQ(out("cat /d/f | grep -v two | tail -n 1; two 2>/dev/null | true; echo $?"), "three\n0\n");
    EXPECT_EQ(out("printf 'x\\ny\\n' | while read line; do echo \"<$line>\"; done"), "<x>\n<y>\n");
}

TEST_F(ShellTest, RedirectsInTheirOrder)
{
    const auto both = sh("two >/d/o 2>&1; cat /d/o; two 2>&1 >/dev/null; two >&2");
    EXPECT_EQ(both.out, "to out\nto err\nto err\n");
    EXPECT_EQ(both.err, "to out\nto err\n");
    EXPECT_EQ(out("echo a >/d/n; echo b >>/d/n; cat </d/n"), "a\nb\n");
    EXPECT_EQ(sh("echo x >/no/where").err, "sh: can't create /no/where: nonexistent directory\n");
    EXPECT_EQ(sh("set -C; echo x >/d/f").status, 1);
}

TEST_F(ShellTest, UnknownCommandsFailAsInAsh)
{
    for (const std::string name : {"tr", "bash", "sha256sum", "command", "base64"}) {
        const auto ran = sh(name + " x");
        EXPECT_EQ(ran.err, "sh: " + name + ": not found\n");
        EXPECT_EQ(ran.status, 127);
    }
}

TEST_F(ShellTest, SyntaxErrorsEndTheScript)
{
    EXPECT_EQ(sh("echo a\nif true; done\necho b").status, 2);
    EXPECT_EQ(sh("echo 'open").status, 2);
    EXPECT_EQ(sh("echo )").status, 2);
    EXPECT_NE(sh("echo 'open").err.find("syntax error"), std::string::npos);
}

TEST_F(ShellTest, AScriptAndItsProgramsShareStandardInput)
{
    EXPECT_EQ(out("sh -s <<X\n"), "");  // no here-documents
    EXPECT_EQ(out("cat\nthis is data\necho not a command\n"), "this is data\necho not a command\n");
    EXPECT_EQ(out("cat </dev/null\necho a command\n"), "a command\n");
}

TEST_F(ShellTest, PatternsMatchFiles)
{
    (void)disk.write("/d/g h.vmx", "");
    EXPECT_EQ(out("printf '<%s>' /d/*.vmx /d/? '/d/*' /x/*"), "</d/g h.vmx></d/f></d/*></x/*>");
}

TEST_F(ShellTest, NoPathLeadsOutOfTheDisk)
{
    EXPECT_NE(sh("cat /../../../../../../etc/passwd").status, 0);
    (void)disk.link("../../../../../../..", "/d/up");
    EXPECT_EQ(out("ls -1A /d/up"), "d\n");
    (void)disk.link("/etc", "/d/etc");
    EXPECT_NE(sh("ls /d/etc/passwd").status, 0);
    EXPECT_EQ(sh("echo x > /d/up/../../y; cat /y").out, "x\n");
    EXPECT_TRUE(std::filesystem::exists(folder / "y"));
}

TEST_F(ShellTest, FileProgramsAnswerLikeBusybox)
{
    EXPECT_EQ(out("cp -p /d/f /d/g && mv /d/g /d/h && rm /d/f && ls -1A /d"), "h\n");
    EXPECT_EQ(sh("cat /d/none").err, "cat: can't open '/d/none': No such file or directory\n");
    EXPECT_EQ(sh("ls /d/none").err, "ls: /d/none: No such file or directory\n");
    EXPECT_EQ(out("umask 077; echo a > /d/s; stat -c %a /d/s; chmod 640 /d/s; stat -c '%a %s' /d/s"), "600\n640 2\n");
    EXPECT_EQ(out("ln -s h /d/l; readlink /d/l; readlink -f /d/l; readlink /d/h; echo $?"), "h\n/d/h\n1\n");
    EXPECT_EQ(out("head -n 1 /d/h; tail -n 1 /d/h; tail -c 4 /d/h; wc -l /d/h"), "one\nthree\nree\n3 /d/h\n");
}

TEST_F(ShellTest, AFullDatastoreTakesNoBytes)
{
    disk.make_folders("/vmfs/volumes/x");
    (void)disk.write("/vmfs/volumes/x/old", "old");
    disk.datastore_full = true;
    const auto ran =
        sh("printf a >/vmfs/volumes/x/new; echo $?; cp /d/f /vmfs/volumes/x/c; echo $?; cat /vmfs/volumes/x/old");
    EXPECT_EQ(ran.out, "1\n1\nold");
    EXPECT_NE(ran.err.find("No space left on device"), std::string::npos);
    EXPECT_EQ(sh("printf a >/d/new").status, 0);
}

TEST_F(ShellTest, SystemProgramsKnowTheHost)
{
    EXPECT_EQ(out("uname -a"), "VMkernel nuc11 7.0.3 #1 SMP Release build-19193900 x86_64 ESXi\n");
    EXPECT_EQ(out("date +%s; date +%Y-%m-%d"), "1650596655\n2022-04-22\n");
    EXPECT_EQ(out("sh -c 'echo $1 $0' x y; sh -c 'exit 4'; echo $?"), "y sh\n4\n");
}

TEST_F(ShellTest, PrintfRepeatsItsFormat)
{
    EXPECT_EQ(out(R"(printf '%s=%d\n' a 1 b 0x10; printf '\101\x42%%%5s|%-3s|%03d\n' x y 7)"),
              "a=1\nb=16\nAB%    x|y  |007\n");
    EXPECT_EQ(out(R"(echo 'a\nb'; echo -e 'a\nb'; echo -n c)"), "a\\nb\na\nb\nc");
}

TEST_F(ShellTest, EndlessNestingIsRefused)
{
    EXPECT_EQ(sh("f() { f; }; f").status, 2);
    EXPECT_EQ(sh(std::string(5000, '(')).status, 2);
}

}  // namespace
}  // namespace gpupass::sim
