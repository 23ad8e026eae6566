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

void cancel(Session& session, const Ref& task, Deadline deadline)
{
    (void)session.ask({.method = "CancelTask", .object = task, .arguments = {}, .name = {}, .changes = true}, deadline);
}

Result<std::vector<Ref>> entering_tasks(Session& session, const Ref& host, Deadline deadline)
{
    std::vector<Ref> tasks;
    const auto take = [&](const std::vector<ObjectContent>& page) {
        for (const ObjectContent& object : page)
            if (const auto state = object.text("info.state"); object.text("info.descriptionId").ends_with(".enterMaintenanceMode") && (state == "queued" || state == "running"))
                tasks.push_back(object.object);
    };
    auto read = retrieve(session, {{"Task", {"info.descriptionId", "info.state"}}}, {{.object = host, .itself = false, .follow_type = "HostSystem", .follow_path = "recentTask"}}, "tasks", take, deadline);
    return read ? Result<std::vector<Ref>>{std::move(tasks)} : std::unexpected(std::move(read.error()));
}

}  // namespace gpupass::esxi
