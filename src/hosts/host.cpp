#include "hosts/host.hpp"

namespace gpupass {

Finding Host::explain_no_effect(const Step& step, const HostFacts&) const
{
    return {.id = "no-effect",
            .title = "step " + step.id + " was applied, and the host does not show its effect",
            .certainty = Certainty::certain,
            .severity = Severity::error,
            .cause = "the platform accepted the change and did not carry it out, or something changed it back",
            .fix = {"look at `gpupass inspect`, change it by hand, then `gpupass resume`", "or go back with `gpupass undo`"}};
}

HostLogs Host::logs(const HostFacts&) { return {}; }

}  // namespace gpupass
