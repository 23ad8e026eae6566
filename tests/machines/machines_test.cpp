#include "machines/tree.hpp"

#include "cli/inspect_view.hpp"
#include "cli/report.hpp"
#include "hosts/linux/linux_host.hpp"
#include "model/text.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>

namespace gpupass {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t width = 110;

std::string read(const fs::path& file)
{
    std::ifstream in{file};
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

std::vector<fs::path> machine_files()
{
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator{MACHINES})
        if (entry.path().extension() == ".machine")
            files.push_back(entry.path());
    std::ranges::sort(files);
    return files;
}

/// A folder that is gone afterwards.
class Scratch {
public:
    Scratch()
    {
        std::string name = (fs::temp_directory_path() / "gpupass-machine-XXXXXX").string();
        if (!mkdtemp(name.data()))
            throw std::runtime_error("no temporary folder");
        path_ = name;
    }
    ~Scratch() { fs::remove_all(path_); }
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;
    const fs::path& path() const { return path_; }

private:
    fs::path path_;
};

std::string boot_text(const KernelLine& line)
{
    return "\n== how it boots\nkernel line now:        " + line.running + "\nat the next boot:       " + line.configured.value_or("(not understood)") +
           "\na word is added in:     " + (line.loader.file.empty() ? "(no file)" : line.loader.file) + "\nbecause:                " + line.loader.why + "\n";
}

AttachRequest request_of(const test::Wish& wish)
{
    AttachRequest request{.gpu = parse_pci_address(wish.words.at(1)).value(), .vm = wish.words.at(2)};
    for (const std::string& word : wish.words) {
        request.start |= word == "start";
        request.persist |= word == "persist";
        request.move |= word == "move";
        if (word.starts_with("accept="))
            request.consents.accept.push_back(word.substr(7));
    }
    return request;
}

/// All that gpupass says of the machine.
std::string told(const test::Tree& tree)
{
    const auto host = linux_host::make_linux_host(tree.machine());
    const HostFacts facts = host->probe(Deadline::in(std::chrono::seconds{60})).value();
    std::string text = tree.title() + "\n\n== inspect\n" + cli::inspect_text(cli::inspect_view(*host, facts, "local:"), cli::Paint{false}, width) +
                       boot_text(facts.kernel_line.value());
    for (const test::Wish& wish : tree.wishes()) {
        text += "\n== " + wish.line + "\n";
        const auto goal = host->attach_goal(facts, request_of(wish));
        text += goal ? cli::plan_text(host->plan(facts, *goal), cli::Paint{false}, width) : cli::error_text(goal.error(), cli::Paint{false}, width);
    }
    return text;
}

class Machines : public testing::TestWithParam<fs::path> {};

TEST_P(Machines, AreToldAsWritten)
{
    const Scratch scratch;
    const test::Tree tree{read(GetParam()), scratch.path()};
    ASSERT_FALSE(tree.wishes().empty());
    const std::string found = told(tree);
    const fs::path golden = fs::path{GetParam()}.replace_extension(".golden");
    if (std::getenv("GPUPASS_WRITE_GOLDEN"))
        std::ofstream{golden} << found;
    EXPECT_EQ(found, read(golden)) << golden;
}

INSTANTIATE_TEST_SUITE_P(Linux, Machines, testing::ValuesIn(machine_files()), [](const auto& param) {
    std::string name = param.param.stem().string();
    std::ranges::replace(name, '-', '_');
    return name;
});

}  // namespace
}  // namespace gpupass
