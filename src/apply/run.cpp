#include "apply/run.hpp"

#include "apply/doubt.hpp"
#include "apply/lock.hpp"
#include "apply/runner.hpp"

#include <fmt/format.h>

#include <pwd.h>
#include <sys/random.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <set>

namespace gpupass {

namespace {

namespace fs = std::filesystem;

std::string first_line(const fs::path& path)
{
    std::ifstream file{path};
    std::string line;
    std::getline(file, line);
    return line;
}

std::string host_name()
{
    char name[256]{};
    return gethostname(name, sizeof name - 1) == 0 ? name : "unknown";
}

std::string random_hex()
{
    unsigned char bytes[16];
    std::string hex;
    if (getrandom(bytes, sizeof bytes, 0) == static_cast<ssize_t>(sizeof bytes))
        for (const unsigned char byte : bytes)
            hex += fmt::format("{:02x}", byte);
    return hex;
}

/// A state folder copied to another computer would carry its name along; the machine id beside it tells them apart.
std::string state_identity(const fs::path& folder)
{
    const fs::path path = folder / "identity";
    if (!fs::exists(path))
        std::ofstream{path} << random_hex() << '\n';
    return first_line(path);
}

fs::path rescue_path(const RunOptions& options, long run)
{
    return options.state_folder / "rescue" / fmt::format("run-{}.txt", run);
}

Result<void> write_local_rescue(const RunOptions& options, long run, const std::string& text)
{
    const fs::path path = rescue_path(options, run);
    std::error_code error;
    fs::create_directories(path.parent_path(), error);
    std::ofstream file{path};
    file << text << std::flush;
    if (!file)
        return fail(ErrorKind::failed, "cannot write the rescue sheet " + path.string(), "check the disk and the rights of the state folder");
    return {};
}

/// With the values of now: what changes between here and a step (a reboot of the host's own stops VMs) is undone too.
std::vector<StepRecord> planned_steps(const Plan& plan, const HostFacts& facts)
{
    std::vector<StepRecord> steps;
    for (const Step& step : plan.steps)
        steps.push_back({.id = step.id, .title = step.title, .sets = step.sets, .before = values_before(facts.settings, step)});
    return steps;
}

Error open_run_error(const RunRecord& open)
{
    return {.kind = ErrorKind::busy,
            .what = fmt::format("run {} on this host is not finished: {} ({})", open.id, open.command, to_string(open.state)),
            .next = "go on with `gpupass resume`, or go back with `gpupass undo`"};
}

Error blocked(const Plan& plan)
{
    Error error{.kind = ErrorKind::blocked, .what = plan.blockers.front().why, .next = plan.blockers.front().fix};
    for (std::size_t i = 1; i < plan.blockers.size(); ++i)
        error.where.push_back("also: " + plan.blockers[i].why);
    return error;
}

/// Puts a new run into the journal, its rescue sheet on both sides, and the marker on the host.
Result<RunRecord> begin(Host& host, Journal& journal, const HostFacts& facts, const Plan& plan, RunRecord run, const RunOptions& options)
{
    if (auto claimed = host.claim(facts, make_holder(options, 0)); !claimed)
        return std::unexpected(claimed.error());
    run.host_uuid = facts.uuid;
    run.host_name = facts.name;
    run.uri = options.uri;
    run.command = options.command;
    run.state = RunState::running;
    run.steps = planned_steps(plan, facts);
    const auto id = journal.begin_run(run);
    if (!id)
        return std::unexpected(id.error());
    run.id = *id;
    if (const auto kept = journal.read_run(*id))
        run.started_at = kept->started_at;
    for (const StepRecord& step : run.steps)
        if (auto saved = journal.save_step(run.id, step); !saved)
            return std::unexpected(saved.error());
    const std::string sheet = host.rescue_sheet(facts, plan);
    auto written = write_local_rescue(options, run.id, sheet);
    if (written)
        written = host.leave_rescue_sheet(facts, run.id, sheet);
    if (!written) {
        (void)host.release(facts);
        (void)journal.end_run(run.id, RunState::stopped, written.error().what);
        return at(written.error(), "before the first step of run " + std::to_string(run.id));
    }
    return run;
}

/// After an undo nothing of ours remains on the host: neither of the run undone nor of the undo.
Result<void> finish_undo(Host& host, Journal& journal, const RunRecord& undo, const HostFacts& facts)
{
    const auto undone = journal.read_run(*undo.undoes);
    if (!undone)
        return std::unexpected(undone.error());
    if (auto clean = host.clean_up(facts, undone->id, undone->images); !clean)
        return clean;
    const auto current = journal.read_run(undo.id);
    if (!current)
        return std::unexpected(current.error());
    if (auto clean = host.clean_up(facts, undo.id, current->images); !clean)
        return clean;
    return journal.end_run(undone->id, RunState::undone, "undone by run " + std::to_string(undo.id));
}

RunOutcome run_to_end(Host& host, Journal& journal, Runner& runner, const RunRecord& run)
{
    if (run.undoes)
        runner.finish_stops(*run.undoes);
    RunOutcome outcome = runner.go([&](const HostFacts& facts) -> Result<void> {
        return run.undoes ? finish_undo(host, journal, run, facts) : Result<void>{};
    });
    if (const auto kept = journal.read_run(run.id))
        outcome.record.ended_at = kept->ended_at;
    // The marker goes when nobody works on the host any more; a host that does not answer keeps it until it is stale.
    if (!outcome.error || (outcome.error->kind != ErrorKind::unreachable && outcome.error->kind != ErrorKind::unauthorised))
        if (auto released = host.release(outcome.facts); !released && !outcome.error)
            outcome.error = at(released.error(), "taking our marker away; everything else is done").error();
    return outcome;
}

RunOutcome nothing_to_do(const HostFacts& facts, const Goal& goal)
{
    RunOutcome outcome{.facts = facts};
    outcome.record.goal = goal;
    outcome.record.host_uuid = facts.uuid;
    outcome.record.host_name = facts.name;
    outcome.record.state = RunState::done;
    return outcome;
}

}  // namespace

std::string who_runs(const RunOptions& options)
{
    const passwd* user = getpwuid(getuid());
    return fmt::format("{}@{}, {}", user ? user->pw_name : "user", host_name(), options.command);
}

Holder make_holder(const RunOptions& options, long run)
{
    const std::string id = first_line("/etc/machine-id");
    return {.machine = id.empty() ? host_name() : id, .state = state_identity(options.state_folder), .who = who_runs(options), .run = run};
}

Result<RunOutcome> start_run(Host& host, Journal& journal, const HostFacts& facts, const Goal& goal, const RunOptions& options, RunTalk& talk)
{
    const auto lock = HostLock::take(options.state_folder, facts.uuid, who_runs(options));
    if (!lock)
        return std::unexpected(lock.error());
    const auto open = journal.open_run(facts.uuid);
    if (!open)
        return std::unexpected(open.error());
    if (*open)
        return std::unexpected(open_run_error(**open));
    const Plan plan = host.plan(facts, goal);
    if (plan.steps.empty() && plan.blockers.empty())
        return nothing_to_do(facts, goal);
    if (!plan.blockers.empty())
        return std::unexpected(blocked(plan));
    if (!talk.agree(plan, false))
        return fail(ErrorKind::interrupted, "not agreed to; nothing was changed", "run it again and say yes, or give --yes");
    const auto run = begin(host, journal, facts, plan, {.goal = goal}, options);
    if (!run)
        return std::unexpected(run.error());
    Runner runner{host, journal, options, talk, *run};
    runner.agreed(plan);
    return run_to_end(host, journal, runner, *run);
}

namespace {

Result<void> check_host(const RunRecord& run, const HostFacts& facts)
{
    if (run.host_uuid == facts.uuid)
        return {};
    return fail(ErrorKind::usage, fmt::format("run {} belongs to the host {}", run.id, run.host_name), "name that host with --host");
}

bool share_a_key(const RunRecord& a, const RunRecord& b)
{
    const auto keys = [](const RunRecord& run) {
        std::set<std::string> all;
        for (const StepRecord& step : run.steps)
            for (const Want& want : step.sets)
                if (step.times > 0 && !want.key.ends_with(".power"))
                    all.insert(want.key);
        return all;
    };
    const auto of_b = keys(b);
    return std::ranges::any_of(keys(a), [&](const std::string& key) { return of_b.contains(key); });
}

void add_consents(Goal& goal, const Consents& more)
{
    const auto add = [](std::vector<std::string>& all, const std::vector<std::string>& some) {
        for (const std::string& word : some)
            if (std::ranges::find(all, word) == all.end())
                all.push_back(word);
    };
    add(goal.consents.accept, more.accept);
    add(goal.consents.power_off, more.power_off);
}

/// A run of the journal, the host it belongs to as it is now, and the lock on it.
struct Reopened {
    HostFacts facts;
    HostLock lock;
    RunRecord run;
};

Result<Reopened> reopen(Host& host, Journal& journal, long id, const RunOptions& options, RunTalk& talk)
{
    auto run = journal.read_run(id);
    if (!run)
        return std::unexpected(run.error());
    const auto open = journal.open_run(run->host_uuid);
    if (!open)
        return std::unexpected(open.error());
    auto facts = probe_when_back(host, *open ? reboot_in_doubt(**open) : nullptr, options, talk);
    if (!facts)
        return std::unexpected(facts.error());
    auto lock = HostLock::take(options.state_folder, facts->uuid, who_runs(options));
    if (!lock)
        return std::unexpected(lock.error());
    run = journal.read_run(id);  // another gpupass may have worked on it until the lock was free
    if (!run)
        return std::unexpected(run.error());
    if (auto ours = check_host(*run, *facts); !ours)
        return std::unexpected(ours.error());
    return Reopened{std::move(*facts), std::move(*lock), std::move(*run)};
}

/// Under the lock: shows what is left, asks, and goes on with a run that is in the journal.
Result<RunOutcome> continue_run(Host& host, Journal& journal, const RunRecord& run, const HostFacts& facts, const RunOptions& options, RunTalk& talk)
{
    const Plan plan = host.plan(facts, run.goal);
    if (!plan.steps.empty() && plan.blockers.empty() && !talk.agree(plan, false))
        return fail(ErrorKind::interrupted, "not agreed to; nothing was changed", "run it again and say yes, or give --yes");
    if (auto claimed = host.claim(facts, make_holder(options, run.id)); !claimed)
        return std::unexpected(claimed.error());
    if (auto open = journal.end_run(run.id, RunState::running, ""); !open)
        return std::unexpected(open.error());
    Runner runner{host, journal, options, talk, run};
    runner.agreed(plan);
    return run_to_end(host, journal, runner, run);
}

}  // namespace

Result<RunOutcome> resume_run(Host& host, Journal& journal, long id, const Consents& consents, const RunOptions& options, RunTalk& talk)
{
    auto opened = reopen(host, journal, id, options, talk);
    if (!opened)
        return std::unexpected(opened.error());
    RunRecord& run = opened->run;
    if (run.is_closed())
        return fail(ErrorKind::usage, fmt::format("run {} is {}: there is nothing to resume", id, to_string(run.state)));
    add_consents(run.goal, consents);
    return continue_run(host, journal, run, opened->facts, options, talk);
}

Result<void> check_undoable(Journal& journal, const RunRecord& run, const HostFacts& facts)
{
    if (auto ours = check_host(run, facts); !ours)
        return ours;
    if (run.state == RunState::undone)
        return fail(ErrorKind::usage, fmt::format("run {} is undone already", run.id), "`gpupass history` shows the runs");
    if (run.undoes)
        return fail(ErrorKind::usage, fmt::format("run {} is an undo itself", run.id), "do again what you want to have: attach or detach");
    const auto runs = journal.runs(facts.uuid);
    if (!runs)
        return std::unexpected(runs.error());
    for (const RunRecord& later : *runs)
        if (later.id > run.id && !later.undoes && later.state != RunState::undone && share_a_key(run, later))
            return fail(ErrorKind::usage, fmt::format("run {} ({}) came later and changed what run {} had changed", later.id, later.command, run.id),
                        fmt::format("undo that one first: gpupass undo {}", later.id));
    return {};
}

Result<RunOutcome> undo_run(Host& host, Journal& journal, long id, const Consents& consents, const RunOptions& options, RunTalk& talk)
{
    const auto opened = reopen(host, journal, id, options, talk);
    if (!opened)
        return std::unexpected(opened.error());
    const HostFacts* facts = &opened->facts;
    const RunRecord* run = &opened->run;
    auto open = journal.open_run(facts->uuid);
    if (!open)
        return std::unexpected(open.error());
    if (*open && (*open)->undoes && ((*open)->undoes == id || (*open)->id == id)) {  // an undo that was cut goes on
        add_consents((*open)->goal, consents);
        return continue_run(host, journal, **open, *facts, options, talk);
    }
    if (auto undoable = check_undoable(journal, *run, *facts); !undoable)
        return std::unexpected(undoable.error());
    if (*open && (*open)->id != id)
        return std::unexpected(open_run_error(**open));

    Goal goal = undo_goal(*run, consents);
    keep_running(goal, facts->settings);
    const Plan plan = host.plan(*facts, goal);
    if (!plan.blockers.empty())
        return std::unexpected(blocked(plan));
    if (!plan.steps.empty() && !talk.agree(plan, false))
        return fail(ErrorKind::interrupted, "not agreed to; nothing was changed", "run it again and say yes, or give --yes");
    const auto undo = begin(host, journal, *facts, plan, {.goal = goal, .undoes = id, .images = run->images}, options);
    if (!undo)
        return std::unexpected(undo.error());
    Runner runner{host, journal, options, talk, *undo};
    runner.agreed(plan);
    return run_to_end(host, journal, runner, *undo);
}

}  // namespace gpupass
