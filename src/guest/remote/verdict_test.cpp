#include "guest/remote/verdict.hpp"

#include "guest/remote/report.hpp"

#include <gmock/gmock.h>

#include <map>

namespace gpupass {
namespace {

using testing::HasSubstr;

constexpr PciId iris_xe{0x8086, 0x9a49};
const Query version_query = Run{{"gpupass-guest", "--version"}};
const Query report_query = Run{{"gpupass-guest", "--json", "--device", "0000:03:00.0"}};
const Query log_query = Run{{"dmesg"}};

/// A guest as a map from what is asked to what it says. Unknown files are missing, unknown programs not installed.
class FakeGuest : public Machine {
public:
    std::map<Query, std::string> says;
    bool away{};

    Result<std::vector<Answer>> ask(std::span<const Query> queries, Deadline) override
    {
        if (away)
            return fail(ErrorKind::unreachable, "no route");
        std::vector<Answer> answers;
        for (const Query& query : queries)
            answers.push_back(answer(query));
        return answers;
    }
    std::string name() const override { return "linux+ssh://guest"; }

private:
    Answer answer(const Query& query) const
    {
        const auto found = says.find(query);
        if (found != says.end())
            return {.out = found->second, .err = ""};
        return {.exit_code = std::holds_alternative<Run>(query) ? 127 : 1, .out = "", .err = ""};
    }
};

void put_device(FakeGuest& guest, const std::string& address, const char* vendor, const char* device, const char* cls)
{
    guest.says[ListDir{"/sys/bus/pci/devices"}] += address + "\n";
    guest.says[ReadFile{"/sys/bus/pci/devices/" + address + "/vendor"}] = vendor;
    guest.says[ReadFile{"/sys/bus/pci/devices/" + address + "/device"}] = device;
    guest.says[ReadFile{"/sys/bus/pci/devices/" + address + "/class"}] = cls;
}

/// A guest where i915 drives the GPU, without a report.
FakeGuest good_guest()
{
    FakeGuest guest;
    put_device(guest, "0000:00:0f.0", "0x15ad\n", "0x0405\n", "0x030000\n");
    put_device(guest, "0000:03:00.0", "0x8086\n", "0x9a49\n", "0x030000\n");
    guest.says[ReadLink{"/sys/bus/pci/devices/0000:03:00.0/driver"}] = "../../../../bus/pci/drivers/i915\n";
    guest.says[ListDir{"/dev/dri"}] = "by-path\ncard0\ncard1\nrenderD128\n";
    guest.says[version_query] = "gpupass-guest 0.1.0\n";
    guest.says[log_query] = "[    2.1] i915 0000:03:00.0: [drm] Finished loading DMC firmware\n";
    return guest;
}

constexpr const char* good_report = R"({"schema":"gpupass/1","simulated":true,"verdict":"working","why":"it computes",
 "checks":[{"id":"opencl-compute","result":"pass","detail":"sum is right","value":1.5,"unit":"TFLOPS","expected":1.6}]})";

Verdict verify(FakeGuest& guest)
{
    const auto verdict = verify_linux_guest(guest, {.gpu = iris_xe}, Deadline::in(std::chrono::seconds{1}));
    EXPECT_TRUE(verdict.has_value());
    return verdict.value_or(Verdict{.word = "error", .why = "", .checks = {}});
}

TEST(VerifyLinuxGuest, IsWorkingOnlyWithAReportOfAComputation)
{
    FakeGuest guest = good_guest();
    EXPECT_EQ(verify(guest).word, "unproven");

    guest.says[report_query] = good_report;
    const Verdict verdict = verify(guest);
    EXPECT_EQ(verdict.word, "working");
    EXPECT_TRUE(verdict.simulated);
    ASSERT_EQ(verdict.checks.size(), 4u);
    EXPECT_EQ(verdict.checks.front().id, "pci-present");
    EXPECT_EQ(verdict.checks.back().value, 1.5);
}

TEST(VerifyLinuxGuest, DoesNotTakeTheVirtualAdapterForTheGpu)
{
    FakeGuest guest;
    put_device(guest, "0000:00:0f.0", "0x15ad\n", "0x0405\n", "0x030000\n");
    guest.says[report_query] = good_report;
    const Verdict verdict = verify(guest);
    EXPECT_EQ(verdict.word, "not-working");
    EXPECT_THAT(verdict.why, HasSubstr("not in the guest"));
}

TEST(VerifyLinuxGuest, BelievesItsEyesMoreThanAReport)
{
    FakeGuest guest = good_guest();
    guest.says[report_query] = good_report;
    guest.says[log_query] = "[   12.0] i915 0000:03:00.0: [drm] *ERROR* Failed to initialize GPU, declaring it wedged!\n";
    EXPECT_EQ(verify(guest).word, "not-working");

    guest = good_guest();
    guest.says.erase(ReadLink{"/sys/bus/pci/devices/0000:03:00.0/driver"});
    EXPECT_THAT(verify(guest).why, HasSubstr("no driver"));

    guest = good_guest();
    guest.says[ListDir{"/dev/dri"}] = "card0\n";
    EXPECT_THAT(verify(guest).why, HasSubstr("render node"));
}

TEST(VerifyLinuxGuest, DoesNotTakeTheVirtualAdaptersRenderNode)
{
    FakeGuest guest = good_guest();
    guest.says[ListDir{"/dev/dri/by-path"}] = "pci-0000:00:0f.0-card\npci-0000:00:0f.0-render\n";
    EXPECT_EQ(verify(guest).word, "not-working");
    guest.says[ListDir{"/dev/dri/by-path"}] += "pci-0000:03:00.0-render\n";
    EXPECT_EQ(verify(guest).word, "unproven");
}

TEST(VerifyLinuxGuest, PassesOnThatTheGuestIsAway)
{
    FakeGuest guest;
    guest.away = true;
    const auto verdict = verify_linux_guest(guest, {.gpu = iris_xe}, Deadline::in(std::chrono::seconds{1}));
    ASSERT_FALSE(verdict);
    EXPECT_EQ(verdict.error().kind, ErrorKind::unreachable);
}

TEST(VerifyLinuxGuest, IgnoresNamesThatAreNoAddresses)
{
    FakeGuest guest = good_guest();
    guest.says[ListDir{"/sys/bus/pci/devices"}] += "../../../etc\n$(reboot)\n\n";
    EXPECT_EQ(verify(guest).word, "unproven");
}

TEST(VerifyLinuxGuest, CallsADamagedReportDamagedAndStaysUnproven)
{
    FakeGuest guest = good_guest();
    guest.says[report_query] = R"({"schema":"gpupass/1","verdict":"great","checks":[]})";
    const Verdict verdict = verify(guest);
    EXPECT_EQ(verdict.word, "unproven");
    EXPECT_THAT(verdict.why, HasSubstr("verdict of the guest's report"));
}

std::string report_with(const std::string& verdict, const std::string& checks)
{
    return R"({"schema":"gpupass/1","verdict":")" + verdict + R"(","why":"","checks":[)" + checks + "]}";
}

TEST(ParseGuestReport, RefusesWhatIsNotInItsFormat)
{
    EXPECT_FALSE(parse_guest_report(""));
    EXPECT_FALSE(parse_guest_report("[]"));
    EXPECT_FALSE(parse_guest_report(R"({"schema":"gpupass/2","verdict":"working","checks":[]})"));
    EXPECT_FALSE(parse_guest_report(R"({"schema":"gpupass/1","verdict":"working"})"));
    EXPECT_FALSE(parse_guest_report(report_with("working", "1")));
    EXPECT_FALSE(parse_guest_report(report_with("working", R"({"id":"opencl-x","result":"PASS"})")));
    EXPECT_FALSE(parse_guest_report(report_with("working", R"({"id":"magic","result":"pass"})")));
    EXPECT_FALSE(parse_guest_report(report_with("working", R"({"id":"opencl-x\n","result":"pass"})")));
    EXPECT_FALSE(parse_guest_report(report_with("working", R"({"id":"speed","result":"pass","value":"1"})")));
    EXPECT_FALSE(parse_guest_report(report_with("working", R"({"id":"speed","result":"pass","value":1e999})")));
    const auto named = parse_guest_report(report_with("working", R"({"id":"speed","result":"pass"},{"id":"speed","result":2})"));
    ASSERT_FALSE(named);
    EXPECT_THAT(named.error().where.front(), HasSubstr("checks[1].result"));
}

TEST(ParseGuestReport, BoundsNestingNumbersAndSizes)
{
    EXPECT_FALSE(parse_guest_report(std::string(100'000, '[')));
    EXPECT_FALSE(parse_guest_report(R"({"schema":"gpupass/1","verdict":"working","checks":[],"x":)" + std::string(20, '[') + std::string(20, ']') + "}"));
    EXPECT_FALSE(parse_guest_report(std::string(2u << 20, ' ')));
    std::string many = R"({"id":"speed","result":"pass"})";
    for (int i = 0; i < 300; ++i)
        many += R"(,{"id":"speed","result":"pass"})";
    EXPECT_FALSE(parse_guest_report(report_with("working", many)));
    EXPECT_FALSE(parse_guest_report(report_with("working", R"({"id":"speed","result":"pass","detail":")" + std::string(5000, 'a') + "\"}")));
}

TEST(ParseGuestReport, TakesBackAClaimThatItsChecksDoNotCarry)
{
    EXPECT_EQ(parse_guest_report(report_with("working", ""))->word, "unproven");
    EXPECT_EQ(parse_guest_report(report_with("working", R"({"id":"opencl-device","result":"pass"})"))->word, "unproven");
    EXPECT_EQ(parse_guest_report(report_with("working", R"({"id":"opencl-compute","result":"skip"})"))->word, "unproven");
    EXPECT_EQ(parse_guest_report(report_with("working", R"({"id":"opencl-compute","result":"pass"},{"id":"node","result":"fail"})"))->word, "not-working");
    EXPECT_EQ(parse_guest_report(report_with("degraded", R"({"id":"opencl-compute","result":"pass"},{"id":"vaapi-encode","result":"fail"})"))->word, "degraded");
    EXPECT_FALSE(parse_guest_report(good_report)->checks.empty());
}

}  // namespace
}  // namespace gpupass
