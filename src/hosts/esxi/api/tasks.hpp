#pragma once

#include "hosts/esxi/api/properties.hpp"

#include <functional>

namespace gpupass::esxi {

/// Calls a method that returns a Task and waits for its end. What the task says went wrong is the error. `pulse`: see wait_for().
Result<void> run_task(Session& session, Call call, const std::function<Result<void>()>& pulse, Deadline deadline);
/// The same for several that were started already; the first failure is the error, once all have ended.
Result<void> wait_for_tasks(Session& session, const std::vector<Ref>& tasks, const std::function<Result<void>()>& pulse, Deadline deadline);

}  // namespace gpupass::esxi
