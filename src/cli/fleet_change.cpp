#include "cli/fleet_change.hpp"

#include "cli/change.hpp"
#include "cli/exit_code.hpp"
#include "cli/host_choice.hpp"
#include "cli/inspect_view.hpp"
#include "cli/json_views.hpp"
#include "cli/prompts.hpp"
#include "cli/report.hpp"
#include "cli/signals.hpp"
#include "cli/text.hpp"
#include "transport/uri.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <map>
#include <mutex>
#include <ostream>
#include <set>
#include <thread>

namespace gpupass::cli {

namespace {

constexpr std::chrono::minutes probe_time{10};

/// One host, and what became of it.
struct Member {
    FleetHost host;
    HostChoice choice;
    Goal goal;
    Plan plan;
    HostFacts facts;
    std::optional<Error> error;         // why it is not changed, or what stopped its run
    std::optional<RunOutcome> outcome;
    bool is_meant() const { return !error || error->kind != ErrorKind::not_found; }
    bool is_ready() const { return !error && plan.blockers.empty() && !plan.steps.empty(); }
};

/// Lines of many hosts on one standard error: each names its host.
class Lines {
public:
    explicit Lines(std::ostream& err) : err_{err} {}
    void say(const std::string& host, const std::string& text)
    {
        const std::scoped_lock lock{mutex_};
        err_ << printable(host) << ": " << printable(text) << "\n" << std::flush;
    }

private:
    std::mutex mutex_;
    std::ostream& err_;
};

/// The plan was agreed to before. What new facts add to it that would do harm is not.
class FleetTalk : public RunTalk {
public:
    FleetTalk(Lines& lines, std::string host) : lines_{lines}, host_{std::move(host)} {}
    bool agree(const Plan&, bool again) override
    {
        if (again)
            lines_.say(host_, "the host is not as it was when the plan was made: it is left alone");
        return !again;
    }
    void step_begins(const Step& step, int number, int total) override { lines_.say(host_, fmt::format("step {}/{}: {}", number, total, step.title)); }
    void step_waits(const Step&, std::string_view, std::chrono::milliseconds) override {}
    void step_ends(const Step& step, StepEnd end, std::chrono::milliseconds elapsed) override
    {
        if (end == StepEnd::failed)
            lines_.say(host_, fmt::format("FAILED {} ({})", step.title, duration_text(elapsed)));
    }
    int stop_wish() const override { return stop_wishes(); }

private:
    Lines& lines_;
    std::string host_;
};

bool is_wanted(const HostFacts& facts, const Options& options)
{
    return std::ranges::any_of(inspect_view(facts, "").gpus, [&](const GpuView& gpu) {
        return (options.only_gpu.empty() || to_string(gpu.device->id) == options.only_gpu) && (options.only_state.empty() || gpu.state == options.only_state);
    });
}

HostChoice choice_of(const HostChoice& fleet, const std::string& host)
{
    HostChoice choice = fleet;
    auto uri = parse_host_uri(fleet.uri);
    if (uri) {
        uri->inner = host;
        choice.uri = uri->text();
    }
    choice.label = choice.uri;
    return choice;
}

/// Which hosts there are that the filters choose. Bulk: what it reads is not enough for a plan.
Result<std::vector<Member>> members_of(const HostChoice& choice, OpenedHost& opened, const Options& options)
{
    std::vector<Member> members;
    const auto take = [&](const FleetHost& host, Result<HostFacts> facts) {
        if (facts && !is_wanted(*facts, options))
            return;
        members.push_back({.host = host, .choice = choice_of(choice, host.name), .error = facts ? std::nullopt : std::optional{facts.error()}});
    };
    auto read = opened.fleet->probe_all(options.cluster, take, Deadline::in(probe_time));
    return read ? Result<std::vector<Member>>{std::move(members)} : std::unexpected(std::move(read.error()));
}

/// Calls `work` for each member that `next` gives, in so many threads.
void in_threads(std::size_t threads, const std::function<Member*()>& next, const std::function<void(Member&)>& work)
{
    std::vector<std::jthread> workers;
    for (std::size_t i = 0; i < threads; ++i)
        workers.emplace_back([&] {
            for (Member* member = next(); member; member = next())
                work(*member);
        });
}

void plan_one(Member& member, Context& context, const GoalOf& goal_of)
{
    auto opened = context.around.open(member.choice, {.may_ask = false}, context.around);
    auto facts = opened ? opened->host->probe(Deadline::in(probe_time)) : Result<HostFacts>{std::unexpected(opened.error())};
    auto goal = facts ? goal_of(*opened->host, *facts) : Result<Goal>{std::unexpected(facts.error())};
    if (!goal) {
        member.error = std::move(goal.error());
        return;
    }
    member.goal = std::move(*goal);
    member.plan = opened->host->plan(*facts, member.goal);
    member.facts = std::move(*facts);
}

/// The journal and the locks know a host by its UUID.
void refuse_twins(std::vector<Member>& members)
{
    std::map<std::string, int> seen;
    for (const Member& member : members)
        ++seen[member.facts.uuid];
    for (Member& member : members)
        if (!member.error && !member.facts.uuid.empty() && seen[member.facts.uuid] > 1)
            member.error = Error{.kind = ErrorKind::blocked, .what = "another of these hosts has the same UUID, so their runs could not be told apart", .where = {},
                                 .next = "give the board a UUID of its own, or reach the host by SSH"};
}

void plan_all(std::vector<Member>& members, Context& context, const GoalOf& goal_of)
{
    constexpr std::size_t at_once = 8;
    std::atomic<std::size_t> place{0};
    const auto next = [&]() -> Member* {
        const std::size_t mine = place++;
        return mine < members.size() ? &members[mine] : nullptr;
    };
    in_threads(std::min(at_once, members.size()), next, [&](Member& member) {
        if (!member.error)
            plan_one(member, context, goal_of);
    });
    std::erase_if(members, [](const Member& member) { return !member.is_meant(); });
    refuse_twins(members);
}

std::string step_ids(const Plan& plan)
{
    std::vector<std::string> ids;
    for (const Step& step : plan.steps)
        ids.push_back(step.id);
    return fmt::format("{}", fmt::join(ids, " "));
}

/// What is the same for several hosts is told once.
void show_warnings(const std::vector<Member>& members, std::ostream& out)
{
    std::map<std::pair<std::string, std::string>, std::vector<std::string>> hosts;  // by id and text
    for (const Member& member : members)
        for (const Warning& warning : member.is_ready() ? member.plan.warnings : std::vector<Warning>{})
            hosts[{warning.id, warning.text}].push_back(printable(member.host.name));
    for (const auto& [warning, names] : hosts)
        out << fmt::format("warning for {}: {} [{}]\n", fmt::join(names, ", "), printable(warning.second), warning.first);
}

/// Hosts with the same steps are told once, those that are blocked one by one.
void show(const std::vector<Member>& members, std::ostream& out)
{
    std::map<std::string, std::vector<std::string>> by_steps;
    std::vector<std::string> done;
    for (const Member& member : members) {
        if (member.error)
            out << fmt::format("{}: {}\n", printable(member.host.name), printable(member.error->what));
        for (const Blocker& blocker : member.plan.blockers)
            out << fmt::format("{}: blocked: {} [{}]\n", printable(member.host.name), printable(blocker.why), blocker.id);
        if (member.is_ready())
            by_steps[step_ids(member.plan)].push_back(printable(member.host.name));
        else if (!member.error && member.plan.blockers.empty())
            done.push_back(printable(member.host.name));
    }
    if (!done.empty())
        out << fmt::format("nothing to do on {}: {}\n", done.size(), fmt::join(done, ", "));
    for (const auto& [steps, hosts] : by_steps)
        out << fmt::format("{} host{}: {}\n  {}\n", hosts.size(), hosts.size() == 1 ? "" : "s", fmt::join(hosts, ", "), steps);
    show_warnings(members, out);
}

/// Gives out ready members: never two of one cluster at a time, so that the others carry its guests, and none after too many failures.
class Dispatcher {
public:
    Dispatcher(std::vector<Member>& members, std::size_t most_failures) : members_{members}, most_failures_{most_failures}, given_(members.size()) {}

    Member* next()
    {
        std::unique_lock lock{mutex_};
        while (true) {
            bool waits = false;
            if (failures_ >= most_failures_ || stop_wishes() > 0)
                return nullptr;
            for (std::size_t i = 0; i < members_.size(); ++i) {
                if (given_[i] || !members_[i].is_ready())
                    continue;
                if (!members_[i].host.group.empty() && busy_.contains(members_[i].host.group)) {
                    waits = true;
                    continue;
                }
                given_[i] = true;
                busy_.insert(members_[i].host.group);
                return &members_[i];
            }
            if (!waits)
                return nullptr;
            changed_.wait(lock);
        }
    }

    void ended(const Member& member)
    {
        const std::scoped_lock lock{mutex_};
        busy_.erase(member.host.group);
        failures_ += member.error.has_value();
        changed_.notify_all();
    }

private:
    std::vector<Member>& members_;
    std::size_t most_failures_;
    std::vector<bool> given_;
    std::set<std::string> busy_;
    std::size_t failures_{};
    std::mutex mutex_;
    std::condition_variable changed_;
};

void change_one(Member& member, Context& context, const std::string& command, Lines& lines)
{
    auto opened = context.around.open(member.choice, {.may_ask = false}, context.around);
    auto journal = opened ? context.around.open_journal(context.around.state_folder) : Result<std::unique_ptr<Journal>>{std::unexpected(opened.error())};
    if (!journal) {
        member.error = std::move(journal.error());
        return;
    }
    FleetTalk talk{lines, member.host.name};
    auto outcome = start_run(*opened->host, **journal, member.facts, member.goal, run_options(context, opened->uri, command), talk);
    if (!outcome) {
        member.error = std::move(outcome.error());
        return;
    }
    member.error = outcome->error;
    if (!member.error && outcome->record.state != RunState::done)
        member.error = Error{.kind = ErrorKind::interrupted, .what = "the run is not done", .where = {}, .next = {}};
    member.outcome = std::move(*outcome);
}

/// `applied`: the hosts that were ready had their turn, or should have had it.
int code_of(const std::vector<Member>& members, bool applied)
{
    int worst = exit_done;
    for (const Member& member : members) {
        if (member.error)
            worst = std::max(worst, exit_code(member.error->kind));
        else if (!member.plan.blockers.empty())
            worst = std::max<int>(worst, exit_code(ErrorKind::blocked));
        else if (applied && member.is_ready() && !member.outcome)
            worst = std::max<int>(worst, exit_failed);  // its turn never came
    }
    return worst;
}

std::string document_of(const Member& member)
{
    if (member.outcome)
        return run_document(*member.outcome, std::nullopt);
    return plan_document(member.plan, member.error ? &*member.error : nullptr);
}

void report(const std::vector<Member>& members, Context& context)
{
    if (context.options.json) {
        std::vector<std::string> documents;
        for (const Member& member : members)
            documents.push_back(document_of(member));
        context.around.out << hosts_document(documents);
        return;
    }
    std::size_t done = 0, failed = 0, left = 0;
    for (const Member& member : members) {
        if (member.error && member.is_meant()) {
            ++failed;
            context.around.err << printable(member.host.name) << ": " << error_text(*member.error, context.around.paint_err(), context.around.terminal.width);
            if (member.outcome)
                context.around.err << fmt::format(" next: gpupass --host {} resume (or undo)\n", printable(member.choice.uri));
        } else if (member.outcome) {
            ++done;
        } else if (member.is_ready()) {
            ++left;
        }
    }
    context.around.out << fmt::format("{} done, {} failed, {} not begun, {} blocked or with nothing to do\n", done, failed, left, members.size() - done - failed - left);
}

}  // namespace

Result<Address> open_address(Context& context)
{
    auto choice = choose_host(context.options, context.around.config_folder);
    if (!choice)
        return std::unexpected(choice.error());
    auto opened = context.around.open(*choice, {}, context.around);
    if (!opened)
        return at(std::move(opened.error()), "host " + choice->label);
    const auto size = opened->fleet ? opened->fleet->size(Deadline::in(probe_time)) : Result<std::size_t>{1};
    if (!size)
        return at(size.error(), "host " + choice->label);
    return Address{.choice = std::move(*choice), .opened = std::move(*opened), .many = *size > 1};
}

Result<int> change_fleet(Context& context, Address& address, const std::string& command, const GoalOf& goal_of)
{
    auto members = members_of(address.choice, address.opened, context.options);
    if (!members)
        return std::unexpected(std::move(members.error()));
    plan_all(*members, context, goal_of);
    if (members->empty())
        return fail(ErrorKind::not_found, "none of the hosts has such a GPU or VM", "look at `gpupass inspect` with the same options");
    const auto ready = static_cast<std::size_t>(std::ranges::count_if(*members, &Member::is_ready));
    if (!context.options.json || !context.options.plan)
        show(*members, context.options.plan ? context.around.out : context.around.err);
    if (context.options.plan || ready == 0) {
        if (context.options.json)
            report(*members, context);
        return code_of(*members, false);
    }
    const std::string number = std::to_string(ready);
    if (!context.options.yes && !ask_typed(context.around, fmt::format("Guests are shut down and hosts reboot, {} at once. To go on, type the number of hosts ({}):", context.options.at_once, number), number))
        return std::unexpected(not_agreed(context.around));
    Lines lines{context.around.err};
    Dispatcher dispatcher{*members, context.options.stop_after};
    {
        const CountStopWishes counting;
        in_threads(std::min<std::size_t>(context.options.at_once, ready), [&] { return dispatcher.next(); }, [&](Member& member) {
            change_one(member, context, command, lines);
            lines.say(member.host.name, member.error ? "stopped: " + member.error->what : "done");
            dispatcher.ended(member);
        });
    }
    report(*members, context);
    return code_of(*members, true);
}

}  // namespace gpupass::cli
