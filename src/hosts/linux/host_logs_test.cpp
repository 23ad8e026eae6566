#include "hosts/linux/host_logs.hpp"

#include <gmock/gmock.h>
#include <map>

namespace gpupass::linux_host {
namespace {

using testing::ElementsAre;
using testing::Field;
using testing::IsEmpty;

TEST(KernelLines, BeginWhereTheFactsWereRead)
{
    const std::string ring = "[    1.000000] old\n[  100.250000] old too\n[  101.000000] vfio: new\ncontinued\n";

    EXPECT_EQ(kernel_lines_since(ring, 101), "[  101.000000] vfio: new\ncontinued\n");
    EXPECT_EQ(kernel_lines_since(ring, 0), ring);
    EXPECT_EQ(kernel_lines_since(ring, 5000), "");
    EXPECT_EQ(kernel_lines_since("no times\n[x] at all\n[", 0), "");
}

TEST(QemuLog, IsReadFromItsLastStart)
{
    EXPECT_EQ(last_start("2024-01-01: starting up libvirt version: 9\nold\n2024-01-02: starting up libvirt version: 9\nnew\n"),
              "2024-01-02: starting up libvirt version: 9\nnew\n");
    EXPECT_EQ(last_start("only this\n"), "only this\n");
}

const std::string ring_query = describe(Query{Run{{"dmesg"}}});

/// Answers from a map of texts, by what is asked.
class TextMachine : public Machine {
public:
    Result<std::vector<Answer>> ask(std::span<const Query> queries, Deadline) override
    {
        std::vector<Answer> answers;
        for (const Query& query : queries) {
            const auto found = texts.find(describe(query));
            Answer answer;
            answer.state = Answer::State::done;
            answer.exit_code = found == texts.end() ? 1 : 0;
            answer.out = found == texts.end() ? "" : found->second;
            answers.push_back(answer);
        }
        return answers;
    }
    std::string name() const override { return "texts"; }
    std::map<std::string, std::string> texts;
};

class ExplainTest : public testing::Test {
protected:
    std::vector<Finding> explained(const std::string& error)
    {
        const Step step{.id = "start-vm", .change = StartVms{{"guest"}}};
        HostFacts facts;
        facts.kind = "linux";
        facts.boot = Boot{.uptime_s = 100, .started_at = 0};
        return explain(machine_, step, facts, {.what = error}, Deadline::in(std::chrono::seconds{5}));
    }

    TextMachine machine_;
    const std::string old_ = "[   50.000000] vfio-pci 0000:01:00.0: BAR 1: can't reserve [mem 0xe0000000-0xefffffff 64bit pref]\n";
};

TEST_F(ExplainTest, FindsTheCauseInTheErrorItself)
{
    EXPECT_THAT(explained("internal error: qemu unexpectedly closed the monitor: vfio 0000:01:00.0: group 1 is not viable"),
                ElementsAre(Field(&Finding::id, "iommu-group-not-viable")));
}

TEST_F(ExplainTest, FindsTheCauseInTheKernelsNewLinesOnly)
{
    machine_.texts[ring_query] = old_;
    EXPECT_THAT(explained("it did not start"), IsEmpty());
    machine_.texts[ring_query] = old_ + "[  101.000000] vfio-pci 0000:01:00.0: BAR 1: can't reserve [mem 0xe0000000-0xefffffff 64bit pref]\n";
    EXPECT_THAT(explained("it did not start"), ElementsAre(Field(&Finding::id, "boot-framebuffer-holds-bar")));
}

TEST_F(ExplainTest, NeverGivesABannerAsTheCause)
{
    EXPECT_THAT(explained("internal error: qemu unexpectedly closed the monitor"), IsEmpty());
}

}  // namespace
}  // namespace gpupass::linux_host
