#pragma once

#include "hosts/esxi/api/properties.hpp"

#include <functional>

namespace gpupass::esxi {

/// Calls a method that returns a Task and waits for its end. What the task says went wrong is the error. `pulse`: see wait_for().
Result<void> run_task(Session& session, Call call, const std::function<Result<void>()>& pulse, Deadline deadline);
/// The same for several that were started already; the first failure is the error, once all have ended.
Result<void> wait_for_tasks(Session& session, const std::vector<Ref>& tasks, const std::function<Result<void>()>& pulse, Deadline deadline);

/// What a host has been doing lately.
struct HostTask {
    Ref task;
    std::string what;                    // "HostSystem.enterMaintenanceMode"
    std::string state;                   // queued, running, success, error
    std::optional<std::int64_t> queued;  // Unix time by the service's clock
};
Result<std::vector<HostTask>> recent_tasks(Session& session, const Ref& host, Deadline deadline);
bool is_entering(const HostTask& task);
/// Asked for in the boot that began at `booted`; true as long as it did not fail, since it ends before the host goes down.
bool is_reboot(const HostTask& task, std::int64_t booted);

/// Stops whatever makes the host enter maintenance mode, and waits until it has stopped: of a run that was cut, or of somebody else.
Result<void> stop_entering(Session& session, const Ref& host, Deadline deadline);

}  // namespace gpupass::esxi
