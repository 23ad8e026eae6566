#include "hosts/linux/linux_host.hpp"

#include "hosts/linux/host_logs.hpp"

#include "hosts/linux/mark.hpp"
#include "hosts/linux/plan.hpp"
#include "hosts/linux/probe.hpp"
#include "hosts/linux/steps.hpp"

namespace gpupass::linux_host {

namespace {

class LinuxHost : public Host {
public:
    LinuxHost(std::unique_ptr<Machine> machine, HostTimes times) : machine_(std::move(machine)), times_(times) {}

    std::string name() const override { return machine_->name(); }
    Result<HostFacts> probe(Deadline deadline) override { return probe_host(*machine_, deadline); }

    Result<Goal> attach_goal(const HostFacts& facts, const AttachRequest& request) const override { return linux_host::attach_goal(facts, request); }
    Result<Goal> detach_goal(const HostFacts& facts, const DetachRequest& request) const override { return linux_host::detach_goal(facts, request); }
    Plan plan(const HostFacts& facts, const Goal& goal) const override { return linux_host::plan(facts, goal); }
    std::string rescue_sheet(const HostFacts& facts, const Plan& plan) const override { return linux_host::rescue_sheet(facts, plan); }

    Result<void> apply(const Step& step, const HostFacts& facts, RunContext& context) override
    {
        Hands hands{*machine_, facts, context, times_};
        if (const auto* change = std::get_if<ChangeHostdevs>(&step.change))
            return change_hostdevs(hands, *change, step.sets);
        return std::visit([&](const auto& change) { return carry_out(hands, change); }, step.change);
    }

    HostLogs logs(const HostFacts& facts) override
    {
        return host_logs(*machine_, facts, Deadline::in(times_.batch));
    }
    std::vector<Finding> explain_failure(const Step& step, const HostFacts& facts, const Error& error) override
    {
        return explain(*machine_, step, facts, error, Deadline::in(times_.batch));
    }

    Result<void> claim(const HostFacts& facts, const Holder& holder) override { return claim_host(*machine_, facts, holder, Deadline::in(times_.batch)); }
    Result<void> release(const HostFacts&) override { return release_host(*machine_, Deadline::in(times_.batch)); }
    Result<void> leave_rescue_sheet(const HostFacts&, long run, std::string_view text) override
    {
        return write_sheet(*machine_, run, text, Deadline::in(times_.batch));
    }
    Result<void> clean_up(const HostFacts&, long run, const std::vector<BeforeImage>&) override
    {
        return remove_sheet(*machine_, run, Deadline::in(times_.batch));
    }

private:
    static Result<void> carry_out(Hands& hands, const BindDrivers& change) { return bind_drivers(hands, change); }
    static Result<void> carry_out(Hands& hands, const StopVms& change) { return stop_vms(hands, change); }
    static Result<void> carry_out(Hands& hands, const StartVms& change) { return start_vms(hands, change); }
    static Result<void> carry_out(Hands& hands, const SetService& change) { return set_service(hands, change); }
    static Result<void> carry_out(Hands& hands, const SetConsole& change) { return set_console(hands, change); }
    static Result<void> carry_out(Hands& hands, const ChangeFiles& change) { return change_files(hands, change); }
    static Result<void> carry_out(Hands& hands, const RebootHost& change) { return reboot_host(hands, change); }
    template <class Other>
    static Result<void> carry_out(Hands&, const Other&)
    {
        return fail(ErrorKind::unsupported, "a Linux host has no such change");
    }

    std::unique_ptr<Machine> machine_;
    HostTimes times_;
};

}  // namespace

std::unique_ptr<Host> make_linux_host(std::unique_ptr<Machine> machine, HostTimes times)
{
    return std::make_unique<LinuxHost>(std::move(machine), times);
}

}  // namespace gpupass::linux_host
