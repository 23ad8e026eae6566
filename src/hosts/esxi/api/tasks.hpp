#pragma once

#include "hosts/esxi/api/properties.hpp"

#include <functional>

namespace gpupass::esxi {

/// Calls a method that returns a Task and waits for its end. What the task says went wrong is the error. `pulse`: see wait_for().
Result<void> run_task(Session& session, Call call, const std::function<Result<void>()>& pulse, Deadline deadline);
/// The same for several that were started already; the first failure is the error, once all have ended.
Result<void> wait_for_tasks(Session& session, const std::vector<Ref>& tasks, const std::function<Result<void>()>& pulse, Deadline deadline);

/// Asks the task to stop; one that ended, or cannot, is left as it is.
void cancel(Session& session, const Ref& task, Deadline deadline);

/// Tasks that are at work on the host's entering maintenance mode: of a run that was cut, or of somebody else.
Result<std::vector<Ref>> entering_tasks(Session& session, const Ref& host, Deadline deadline);

}  // namespace gpupass::esxi
