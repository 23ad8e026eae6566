#include "guest/linux/linux_platform.hpp"
#include "guest/linux/nodes.hpp"
#include "guest/program.hpp"
#include "machines/tree.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>

namespace gpupass {
namespace {

namespace fs = std::filesystem;

std::string read(const fs::path& file)
{
    std::ifstream in{file};
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

std::vector<fs::path> guest_files()
{
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator{GUESTS})
        if (entry.path().extension() == ".guest")
            files.push_back(entry.path());
    std::ranges::sort(files);
    return files;
}

/// The user who runs the tests is another one everywhere.
std::string without_name(std::string text)
{
    const std::string name = guest::own_name() + " may";
    for (auto at = text.find(name); at != std::string::npos; at = text.find(name))
        text.replace(at, name.size(), "the user may");
    return text;
}

class Guests : public testing::TestWithParam<fs::path> {};

TEST_P(Guests, AreJudgedAsWritten)
{
    const fs::path root = fs::path{testing::TempDir()} / ("gpupass-" + GetParam().stem().string() + std::to_string(getpid()));
    const test::Tree tree{read(GetParam()), root};
    guest::LinuxPlatform platform{root, root / "answers"};
    std::ostringstream out;
    std::ostringstream err;
    const int status = guest::run_program({}, platform, out, err);
    const std::string found = without_name(tree.title() + "\n\n" + out.str() + "exit status " + std::to_string(status) + "\n" + err.str());
    fs::remove_all(root);
    const fs::path golden = fs::path{GetParam()}.replace_extension(".golden");
    if (std::getenv("GPUPASS_WRITE_GOLDEN"))
        std::ofstream{golden} << found;
    EXPECT_EQ(found, read(golden)) << golden;
}

INSTANTIATE_TEST_SUITE_P(Linux, Guests, testing::ValuesIn(guest_files()), [](const auto& param) {
    std::string name = param.param.stem().string();
    std::ranges::replace(name, '-', '_');
    return name;
});

}  // namespace
}  // namespace gpupass
