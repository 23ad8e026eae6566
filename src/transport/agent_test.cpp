#include "transport/agent.hpp"

#include "transport/encoding.hpp"
#include "transport/local.hpp"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

namespace gpupass {
namespace {

const Query nothing = Run{{"true"}};
const std::vector<Query> three{Run{{"echo", "it's $HOME"}}, ReadFile{"/does/not/exist"}, Run{{"cat"}, "text\n"}};

using nlohmann::json;
using testing::HasSubstr;

constexpr const char* uuid = "6695eb01-f6a4-8304-79aa-97f2502e193f";

/// libvirt and an agent: what is to be run is run by this system's shell.
class HostWithAgent : public Machine {
public:
    std::string refusal;  // not empty: what libvirt says instead
    std::string answer;   // not empty: what the agent says to everything
    int looks_before_end{1};

    Result<std::vector<Answer>> ask(std::span<const Query> queries, Deadline deadline) override
    {
        const auto& query = std::get<Libvirt>(queries.front());
        EXPECT_EQ(query.call, Libvirt::Call::agent);
        EXPECT_EQ(query.domain, uuid);
        if (!refusal.empty())
            return std::vector{Answer{.exit_code = 1, .out = "", .err = refusal}};
        return std::vector{Answer{.out = answer.empty() ? said(json::parse(query.xml), deadline).dump() : answer, .err = ""}};
    }
    std::string name() const override { return "host"; }

private:
    json said(const json& command, Deadline deadline)
    {
        if (command["execute"] == "guest-exec") {
            const Run run{{command["arguments"]["path"], command["arguments"]["arg"][0]}, from_base64(command["arguments"]["input-data"].get<std::string>()).value()};
            ended_ = ask_one(*local_, run, deadline).value();
            return {{"return", {{"pid", 7}}}};
        }
        EXPECT_EQ(command["arguments"]["pid"], 7);
        if (looks_before_end-- > 0)
            return {{"return", {{"exited", false}}}};
        return {{"return", {{"exited", true}, {"exitcode", ended_.exit_code}, {"out-data", to_base64(ended_.out)}, {"err-data", to_base64(ended_.err)}}}};
    }

    std::unique_ptr<Machine> local_ = make_local_machine();
    Answer ended_;
};

Result<std::vector<Answer>> ask(HostWithAgent& host, const std::vector<Query>& queries, std::chrono::milliseconds time = std::chrono::seconds{20})
{
    return make_agent_machine(host, uuid, "VM debian")->ask(queries, Deadline::in(time));
}

TEST(AgentMachine, AsksABatchByOneScript)
{
    HostWithAgent host;
    const auto answers = ask(host, three);
    ASSERT_TRUE(answers) << answers.error();
    ASSERT_EQ(answers->size(), 3u);
    EXPECT_EQ(answers->at(0).out, "it's $HOME\n");
    EXPECT_NE(answers->at(1).exit_code, 0);
    EXPECT_EQ(answers->at(2).out, "text\n");
}

TEST(AgentMachine, CanBeWaitedForWhileTheGuestBoots)
{
    HostWithAgent host;
    host.refusal = "error: Guest agent is not responding: QEMU guest agent is not connected\n";
    EXPECT_EQ(ask(host, {nothing}).error().kind, ErrorKind::timeout);
    host.refusal = "error: argument unsupported: QEMU guest agent is not configured\n";
    const auto never = ask(host, {nothing});
    EXPECT_EQ(never.error().kind, ErrorKind::unsupported);
    EXPECT_THAT(never.error().what, HasSubstr("not configured"));
    EXPECT_THAT(never.error().next, HasSubstr("qemu-guest-agent"));
}

TEST(AgentMachine, BelievesNoAnswerOfAnotherForm)
{
    HostWithAgent host;
    for (const char* answer : {"", "nonsense", "[]", R"({"error":{}})", R"({"return":{}})", R"({"return":{"pid":"x"}})", R"({"return":{"pid":7,"exited":true,"out-data":3}})",
                               R"({"return":{"pid":7,"exited":true,"out-data":"%%%"}})", R"({"return":{"pid":7,"exited":true}})"}) {
        host.answer = *answer ? answer : " ";
        EXPECT_FALSE(ask(host, {nothing}).has_value()) << answer;
    }
}

TEST(AgentMachine, GivesUpAtTheDeadline)
{
    HostWithAgent host;
    host.looks_before_end = 1'000'000;
    EXPECT_EQ(ask(host, {nothing}, std::chrono::milliseconds{300}).error().kind, ErrorKind::timeout);
}

}  // namespace
}  // namespace gpupass
