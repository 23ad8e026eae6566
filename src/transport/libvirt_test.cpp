#include "transport/libvirt.hpp"

#include "transport/local.hpp"
#include "transport/test_server.hpp"

#include <gmock/gmock.h>

#include <dlfcn.h>

namespace gpupass {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using Call = Libvirt::Call;

const std::string test_domain = "6695eb01-f6a4-8304-79aa-97f2502e193f";  // of libvirt's test driver

LibvirtDomain sample(const std::string& state = "running")
{
    return {.uuid = test_domain,
            .name = "a b",
            .state = state,
            .persistent = true,
            .autostart = true,
            .config_xml = "<domain>\n  é\n</domain>",
            .live_xml = state == "running" ? "<domain id='1'/>" : ""};
}

TEST(LibvirtDomains, ReadBackAsTheSame)
{
    std::vector<LibvirtDomain> domains;
    for (const char* state : {"running", "shutoff", "shutdown", "nostate", "paused", "crashed"})
        domains.push_back(sample(state));
    domains[1].persistent = domains[2].autostart = false;
    domains[3].saved = true;
    const auto again = parse_domains(to_text(domains));
    ASSERT_TRUE(again) << again.error();
    EXPECT_EQ(*again, domains);
    EXPECT_TRUE(parse_domains(to_text({}))->empty());
}

TEST(LibvirtDomains, AreReadFromVirsh)
{
    const auto domains = parse_domains("Id:             -\nName:           win11\nUUID:           " + test_domain +
                                       "\nOS Type:        hvm\nState:          shut off\nCPU(s):         "
                                       "2\nPersistent:     yes\nAutostart:      disable\n\n"
                                       "\x1f<domain/>\n\n\x1f<domain/>\n\n\x1e\n\x1f\x1f\x1e\n");
    ASSERT_TRUE(domains) << domains.error();
    EXPECT_THAT(
        *domains,
        testing::ElementsAre(LibvirtDomain{
            .uuid = test_domain, .name = "win11", .state = "shutoff", .persistent = true, .config_xml = "<domain/>"}));
}

TEST(LibvirtDomains, NameWhatIsWrong)
{
    const auto error_of = [](std::string_view text) {
        const auto domains = parse_domains(text);
        testing::Message shown;
        domains ? shown << "nothing" : shown << domains.error();
        return shown.GetString();
    };
    const std::string head = "Name: a\nUUID: u\nState: running\n";
    EXPECT_THAT(error_of("x"), HasSubstr("in the middle"));
    EXPECT_THAT(error_of(to_text({sample()}) + head + "\x1f<dom"),
                testing::AllOf(HasSubstr("in the middle"), HasSubstr("domain 2")));
    EXPECT_THAT(error_of("x\x1e"), HasSubstr("three parts"));
    EXPECT_THAT(error_of(head + "\x1f\x1f\x1f\x1e"), HasSubstr("three parts"));
    EXPECT_THAT(error_of("Name: a\nState: running\n\x1fx\x1fx\x1e"), HasSubstr("'UUID'"));
    EXPECT_THAT(error_of("Name:\nUUID: u\nState: running\n\x1fx\x1fx\x1e"), HasSubstr("'Name'"));
    EXPECT_THAT(error_of(head + "\x1f \x1fx\x1e"), HasSubstr("without its definition"));
}

TEST(LibvirtQuery, IsRefusedWhenItIsIncomplete)
{
    const auto machine = make_local_machine("/", "test:///default");
    for (const Libvirt& call :
         {Libvirt{Call::start}, Libvirt{Call::start, "name"}, Libvirt{Call::start, test_domain + "0"},
          Libvirt{Call::start, test_domain, "<x/>"}, Libvirt{Call::detach_config, test_domain},
          Libvirt{Call::domains, test_domain}, Libvirt{Call::attach_config, test_domain, std::string(1, '\0')},
          Libvirt{Call::destroy, "6695eb01-f6a4-8304-79aa-97f2502e193;"}}) {
        const Query query = call;
        EXPECT_FALSE(machine->ask({&query, 1}, Deadline::in(5s))) << describe(query);
    }
}

class LocalLibvirt : public testing::Test {
protected:
    void SetUp() override
    {
        const Answer version = ask({Call::version});
        if (version.exit_code == 127)
            GTEST_SKIP() << "calls of libvirt are NOT tested: " << version.err;
    }

    Answer ask(Libvirt query)
    {
        auto answer = ask_one(*machine_, std::move(query), Deadline::in(20s));
        EXPECT_TRUE(answer) << answer.error();
        return answer.value_or(Answer{});
    }
    LibvirtDomain domain()
    {
        const auto domains = parse_domains(ask({Call::domains}).out);
        EXPECT_TRUE(domains && domains->size() == 1);
        return domains && domains->size() == 1 ? domains->front() : LibvirtDomain{};
    }

    std::unique_ptr<Machine> machine_ = make_local_machine("/", "test:///default");
};

TEST_F(LocalLibvirt, TellsVersions)
{
    EXPECT_THAT(ask({Call::version}).out,
                testing::MatchesRegex("library [0-9.]+\nhypervisor TEST [0-9.]+\ndaemon [0-9.]+\n"));
}

TEST_F(LocalLibvirt, ListsDomainsAndKeepsItsConnection)
{
    EXPECT_EQ(domain().uuid, test_domain);
    EXPECT_EQ(domain().name, "test");
    EXPECT_EQ(domain().state, "running");
    EXPECT_TRUE(domain().persistent);
    EXPECT_THAT(domain().config_xml, testing::StartsWith("<domain type='test'>"));
    EXPECT_THAT(domain().live_xml, testing::StartsWith("<domain type='test' id='1'>"));
    EXPECT_EQ(ask({Call::destroy, test_domain}), Answer{});
    EXPECT_EQ(domain().state, "shutoff");
    EXPECT_EQ(domain().live_xml, "");
    EXPECT_EQ(ask({Call::start, test_domain}), Answer{});
    EXPECT_EQ(domain().state, "running");
    EXPECT_EQ(ask({Call::shutdown, test_domain}), Answer{});
    EXPECT_EQ(domain().state, "shutoff");
}

TEST_F(LocalLibvirt, TellsWhatLibvirtSaysOfAFailure)
{
    testing::internal::CaptureStderr();
    Answer answer = ask({Call::start, "00000000-0000-0000-0000-000000000000"});
    EXPECT_EQ(answer.exit_code, 1);
    EXPECT_THAT(answer.err, HasSubstr("Domain not found"));
    answer = ask({Call::start, test_domain});
    EXPECT_EQ(answer.exit_code, 1);
    EXPECT_NE(answer.err, "");
    answer = ask({Call::attach_config, test_domain, "<hostdev"});
    EXPECT_EQ(answer.exit_code, 1);
    EXPECT_NE(answer.err, "");
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "") << "libvirt must not write to our standard error";
}

TEST_F(LocalLibvirt, TellsThatNothingAnswers)
{
    machine_ = make_local_machine("/", "qemu+unix:///system?socket=/nonexistent");
    EXPECT_EQ(ask({Call::domains}).exit_code, 1);
    EXPECT_THAT(ask({Call::domains}).err, HasSubstr("/nonexistent"));
}

/// A daemon that accepts and says nothing.
TEST_F(LocalLibvirt, GivesUpADaemonThatHangs)
{
    std::atomic<bool> over{};
    const test::TcpServer server{[&](Fd) {
        while (!over)
            std::this_thread::sleep_for(10ms);
    }};
    machine_ = make_local_machine("/", "qemu+tcp://127.0.0.1:" + std::to_string(server.port()) + "/system");
    machine_->query_time = 200ms;
    const auto begin = Clock::now();
    EXPECT_EQ(ask({Call::domains}).state, Answer::State::timed_out);
    EXPECT_EQ(ask({Call::version}).state, Answer::State::timed_out);
    EXPECT_LT(Clock::now() - begin, 5s);
    machine_.reset();
    over = true;
}

}  // namespace
}  // namespace gpupass
