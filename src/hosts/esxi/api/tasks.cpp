#include "hosts/esxi/api/tasks.hpp"

namespace gpupass::esxi {

Result<void> wait_for_tasks(Session& session, const std::vector<Ref>& tasks, const std::function<Result<void>()>& pulse, Deadline deadline)
{
    std::optional<Error> failure;
    const auto look = [&](const Properties& seen) -> Result<bool> {
        std::size_t ended = 0;
        failure.reset();
        for (const Ref& task : tasks) {
            const std::string_view state = value_at(seen, task, "info.state").child_value();
            ended += state == "success" || state == "error";
            if (state != "error" || failure)
                continue;
            const pugi::xml_node error = value_at(seen, task, "info.error");
            failure = error ? error_of(fault_of(error)) : Error{.kind = ErrorKind::failed, .what = "the task failed and does not say why", .where = {}, .next = {}};
        }
        return ended == tasks.size();
    };
    auto waited = wait_for(session, {"Task", {"info.state", "info.error"}}, tasks, look, pulse, deadline);
    if (!waited)
        return waited.error().kind == ErrorKind::timeout
            ? fail(ErrorKind::timeout, "the host's task did not end in time", "look at the host's recent tasks, then `gpupass resume`")
            : waited;
    return failure ? Result<void>{std::unexpected(*failure)} : Result<void>{};
}

Result<void> run_task(Session& session, Call call, const std::function<Result<void>()>& pulse, Deadline deadline)
{
    call.changes = true;
    const auto started = session.ask(call, deadline);
    if (!started)
        return std::unexpected(started.error());
    auto done = wait_for_tasks(session, {ref_of(started->value())}, pulse, deadline);
    return done ? done : at(std::move(done.error()), call.method);
}

Result<std::vector<HostTask>> recent_tasks(Session& session, const Ref& host, Deadline deadline)
{
    std::vector<HostTask> tasks;
    const auto take = [&](const std::vector<ObjectContent>& page) {
        for (const ObjectContent& object : page)
            tasks.push_back({object.object, std::string{object.text("info.descriptionId")}, std::string{object.text("info.state")}, time_of(object.text("info.queueTime"))});
    };
    auto read = retrieve(session, {{"Task", {"info.descriptionId", "info.queueTime", "info.state"}}},
                         {{.object = host, .itself = false, .follow_type = "HostSystem", .follow_path = "recentTask"}}, "tasks", take, deadline);
    return read ? Result<std::vector<HostTask>>{std::move(tasks)} : std::unexpected(std::move(read.error()));
}

bool is_entering(const HostTask& task)
{
    return task.what.ends_with(".enterMaintenanceMode") && (task.state == "queued" || task.state == "running");
}

bool is_reboot(const HostTask& task, std::int64_t booted)
{
    constexpr std::int64_t clocks_differ_by = 60;
    return task.what.ends_with(".reboot") && task.state != "error" && task.queued.value_or(booted) + clocks_differ_by > booted;
}

Result<void> stop_entering(Session& session, const Ref& host, Deadline deadline)
{
    const auto tasks = recent_tasks(session, host, deadline);
    if (!tasks)
        return std::unexpected(tasks.error());
    std::vector<Ref> entering;
    for (const HostTask& task : *tasks)
        if (is_entering(task))
            entering.push_back(task.task);
    if (entering.empty())
        return {};
    for (const Ref& task : entering)
        (void)session.ask({.method = "CancelTask", .object = task, .arguments = {}, .name = {}, .changes = true}, deadline);
    auto ended = wait_for_tasks(session, entering, [] { return Result<void>{}; }, deadline);
    // A task that was cancelled ended with an error. Only one that did not end is ours.
    return !ended && (ended.error().kind == ErrorKind::timeout || ended.error().kind == ErrorKind::unreachable) ? ended : Result<void>{};
}

}  // namespace gpupass::esxi
