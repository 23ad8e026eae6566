#include "transport/agent.hpp"

#include "transport/encoding.hpp"
#include "transport/script.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <thread>

// Answers come from the guest: hostile. JSON is parsed without exceptions, every member is looked at before it is used, and
// libvirt bounds the size.

namespace gpupass {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

constexpr auto between_looks = 100ms;

std::string bytes_of(const json& object, const char* name)
{
    const auto found = object.find(name);
    if (found == object.end() || !found->is_string())
        return "";
    return from_base64(found->get_ref<const std::string&>()).value_or("");
}

/// A guest that boots has no agent yet; one without the agent's channel, or whose agent forbids to run programs, never will.
std::unexpected<Error> refusal(const Answer& answer)
{
    const std::string why = answer.err.substr(0, answer.err.find('\n'));
    const bool may_come = why.find("not connected") != std::string::npos || why.find("not responding") != std::string::npos;
    const bool late = answer.state == Answer::State::timed_out || (may_come && why.find("not configured") == std::string::npos);
    return fail(late ? ErrorKind::timeout : ErrorKind::unsupported, "the guest agent does not answer: " + why,
                "install and start qemu-guest-agent in the guest and give the VM its channel, or name a way in with --guest linux+ssh://USER@ADDRESS");
}

class AgentMachine final : public Machine {
public:
    AgentMachine(Machine& host, std::string domain, std::string label) : host_{host}, domain_{std::move(domain)}, label_{std::move(label)} {}

    std::string name() const override { return label_; }

    Result<std::vector<Answer>> ask(std::span<const Query> queries, Deadline deadline) override
    {
        return ask_by_script(queries, answer_limit, [&](const std::string& script) { return run(script, deadline); });
    }

private:
    /// One command of the agent: its "return".
    Result<json> call(const json& command, Deadline deadline)
    {
        host_.query_time = std::max(host_.query_time, query_time);  // a megabyte takes its time through a serial port
        const auto answer = ask_one(host_, Libvirt{Libvirt::Call::agent, domain_, command.dump()}, deadline);
        if (!answer)
            return std::unexpected(answer.error());
        if (!answer->ok())
            return refusal(*answer);
        const json document = json::parse(answer->out, nullptr, false);
        if (!document.is_object() || !document.contains("return"))
            return fail(ErrorKind::parse, "the guest agent answered in a form that is not its own");
        return document["return"];
    }

    Result<ScriptOutputs> run(const std::string& script, Deadline deadline)
    {
        const json begin{{"execute", "guest-exec"},
                         {"arguments", {{"path", "/bin/sh"}, {"arg", {"-s"}}, {"input-data", to_base64(script)}, {"capture-output", true}}}};
        const auto started = call(begin, deadline);
        if (!started)
            return std::unexpected(started.error());
        if (!started->is_object() || !started->contains("pid") || !(*started)["pid"].is_number_integer())
            return fail(ErrorKind::parse, "the guest agent tells no process");
        const json look{{"execute", "guest-exec-status"}, {"arguments", {{"pid", (*started)["pid"]}}}};
        return wait(look, deadline);
    }

    Result<ScriptOutputs> wait(const json& look, Deadline deadline)
    {
        while (!deadline.passed()) {
            const auto status = call(look, deadline);
            if (!status)
                return std::unexpected(status.error());
            if (status->is_object() && status->value("exited", json{}) == true)
                return ScriptOutputs{bytes_of(*status, "out-data"), bytes_of(*status, "err-data")};
            std::this_thread::sleep_for(between_looks);
        }
        return fail(ErrorKind::timeout, "the guest did not end in time what it was asked to run");
    }

    Machine& host_;
    std::string domain_;
    std::string label_;
};

}  // namespace

std::unique_ptr<Machine> make_agent_machine(Machine& host, std::string domain, std::string label)
{
    return std::make_unique<AgentMachine>(host, std::move(domain), std::move(label));
}

}  // namespace gpupass
