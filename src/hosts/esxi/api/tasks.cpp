#include "hosts/esxi/api/tasks.hpp"

namespace gpupass::esxi {

Result<void> wait_for_tasks(Session& session, const std::vector<Ref>& tasks, const std::function<Result<void>()>& pulse, Deadline deadline)
{
    std::optional<Error> failure;
    const auto look = [&](const Properties& seen) -> Result<bool> {
        std::size_t ended = 0;
        failure.reset();
        for (const Ref& task : tasks) {
            const auto object = seen.find(task);
            if (object == seen.end())
                continue;
            const auto text = [&](const char* path) -> std::string_view {
                const auto found = object->second.find(path);
                return found == object->second.end() ? "" : found->second.child("val").child_value();
            };
            const std::string_view state = text("info.state");
            ended += state == "success" || state == "error";
            if (state != "error" || failure)
                continue;
            const auto error = object->second.find("info.error");
            failure = error == object->second.end() ? Error{.kind = ErrorKind::failed, .what = "the task failed and does not say why", .where = {}, .next = {}}
                                                    : error_of(fault_of(error->second.child("val")));
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

}  // namespace gpupass::esxi
