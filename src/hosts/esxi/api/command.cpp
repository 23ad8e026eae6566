#include "hosts/esxi/api/command.hpp"

#include "hosts/esxi/api/config_spec.hpp"
#include "hosts/esxi/text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace gpupass::esxi {

namespace {

std::vector<std::string> each(const std::string& call, const std::vector<std::string>& vms, const std::vector<std::string>& then = {})
{
    std::vector<std::string> out;
    for (const std::string& vm : vms)
        out.push_back(call + vm);
    out.insert(out.end(), then.begin(), then.end());
    return out;
}

std::string words_of(const StopVms& change) { return fmt::format("{}", fmt::join(each("ShutdownGuest ", change.ask, each("PowerOffVM_Task ", change.cut)), "; ")); }
std::string words_of(const StartVms& change) { return fmt::format("{}", fmt::join(each("PowerOnVM_Task ", change.vms), "; ")); }
std::string words_of(const SetKernelOption& change) { return "UpdateOptions VMkernel.Boot." + change.name + " = " + lower(change.value); }
std::string words_of(const SetOwner& change)
{
    return "UpdatePassthruConfig " + to_string(change.device) + " passthruEnabled = " + word(change.passthrough) + (change.apply_now ? ", applyNow = true" : "");
}
std::string words_of(const RebootHost&) { return "RebootHost_Task"; }
std::string words_of(const SetMaintenance& change) { return change.enter ? "EnterMaintenanceMode_Task" : "ExitMaintenanceMode_Task"; }
std::string words_of(const EditVm& change) { return "ReconfigVM_Task " + change.vm + ": " + spec_words(change); }
template <class Other>
std::string words_of(const Other&)
{
    return "";
}

}  // namespace

std::string render_calls(const Change& change, bool by_maintenance)
{
    if (by_maintenance && std::holds_alternative<RebootHost>(change))
        return "EnterMaintenanceMode_Task; RebootHost_Task; ExitMaintenanceMode_Task";
    return std::visit([](const auto& kind) { return words_of(kind); }, change);
}

}  // namespace gpupass::esxi
