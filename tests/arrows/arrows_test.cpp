#include "arrows.hpp"

#include <fstream>
#include <gmock/gmock.h>

namespace gpupass {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// A small house in a temporary folder, whose arrows are right.
class ArrowsTest : public testing::Test {
protected:
    ArrowsTest()
    {
        const auto* info = testing::UnitTest::GetInstance()->current_test_info();
        root_ = fs::path{testing::TempDir()} / (std::string{"arrows_"} + info->name());
        fs::remove_all(root_);
        folder("model", "");
        folder("transport", "model");
        folder("hosts", "model transport");
        folder("hosts/esxi", "hosts");
        folder("hosts/linux", "hosts");
        folder("cli", "hosts_esxi");
        file("hosts/esxi/plan.hpp", "#include \"hosts/host.hpp\"\n#include \"model/pci.hpp\"\n#include <vector>\n");
    }
    ~ArrowsTest() override { fs::remove_all(root_); }

    void file(const std::string& path, const std::string& text)
    {
        fs::create_directories((root_ / path).parent_path());
        std::ofstream{root_ / path} << text;
    }
    void folder(const std::string& path, const std::string& links)
    {
        file(path + "/CMakeLists.txt",
             "folder(" + path + "\n SOURCES a.cpp\n LINK " + links + " PRIVATE fmt::fmt\n TESTS a_test.cpp)\n");
    }

    fs::path root_;
};

TEST(Arrows, OfThisProgramPointDown) { EXPECT_THAT(arrow_complaints(SOURCE_ROOT), IsEmpty()); }

TEST_F(ArrowsTest, AreRightInTheSmallHouse) { EXPECT_THAT(arrow_complaints(root_), IsEmpty()); }

TEST_F(ArrowsTest, SeesAnUpwardInclude)
{
    file("model/pci.cpp", "#include \"hosts/host.hpp\"\n");
    EXPECT_THAT(arrow_complaints(root_), ElementsAre("model/pci.cpp includes hosts: arrows point down"));
}

TEST_F(ArrowsTest, SeesAnUpwardLink)
{
    folder("transport", "model hosts");
    EXPECT_THAT(arrow_complaints(root_), ElementsAre("transport links hosts: arrows point down"));
}

TEST_F(ArrowsTest, SeesAnIncludeThatIsNotLinked)
{
    folder("cli", "model");
    file("cli/main.cpp", "#  include \"hosts/host.hpp\"\n");
    EXPECT_THAT(arrow_complaints(root_), ElementsAre("cli/main.cpp includes hosts, which cli does not link"));
}

TEST_F(ArrowsTest, SeesAPlatformThatKnowsAnother)
{
    folder("hosts/linux", "hosts hosts_esxi");
    file("hosts/linux/probe.cpp", "#include \"hosts/esxi/plan.hpp\"\n");
    EXPECT_THAT(arrow_complaints(root_),
                ElementsAre("hosts/linux links hosts/esxi: arrows point down",
                            "hosts/linux/probe.cpp includes hosts/esxi: arrows point down"));
}

TEST_F(ArrowsTest, SeesSocketsAndProcessesOutsideOfTransport)
{
    file("transport/net.cpp", "#include <sys/socket.h>\n#include <fstream>\n");
    file("hosts/esxi/probe.cpp", "#include <sys/socket.h>\n");
    file("cli/main.cpp", "int main() { return system (\"ls\"); }  // popen(\n");
    EXPECT_THAT(arrow_complaints(root_),
                ElementsAre(HasSubstr("cli/main.cpp reaches"), HasSubstr("hosts/esxi/probe.cpp reaches")));
}

TEST_F(ArrowsTest, SeesFilesTouchedOutsideOfTransport)
{
    file("hosts/esxi/probe.cpp", "bool there() { return std::filesystem::exists(\"/etc\"); }\n");
    file("cli/table.cpp", "#include <fstream>\n");
    file("cli/a_test.cpp", "#include <fstream>\n");
    EXPECT_THAT(arrow_complaints(root_),
                ElementsAre(HasSubstr("cli/table.cpp touches"), HasSubstr("hosts/esxi/probe.cpp touches")));
}

TEST_F(ArrowsTest, SeesAFolderOutsideOfTheLayers)
{
    folder("attic", "model");
    EXPECT_THAT(arrow_complaints(root_), ElementsAre("attic is in no layer"));
}

}  // namespace
}  // namespace gpupass
