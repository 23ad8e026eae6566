#include "hosts/esxi/ssh/ssh_host.hpp"

#include "hosts/esxi/plan.hpp"
#include "hosts/esxi/ssh/command.hpp"
#include "hosts/esxi/ssh/marker.hpp"
#include "hosts/esxi/ssh/steps.hpp"

namespace gpupass::esxi {

namespace {

class SshHost : public Host {
public:
    SshHost(std::unique_ptr<Machine> machine, std::string local_dmi, HostTimes times)
        : machine_(std::move(machine)), local_dmi_(std::move(local_dmi)), times_(times)
    {
    }

    std::string name() const override { return machine_->name(); }
    Result<HostFacts> probe(Deadline deadline) override { return probe_host(*machine_, local_dmi_, deadline); }

    Result<Goal> attach_goal(const HostFacts& facts, const AttachRequest& request) const override { return esxi::attach_goal(facts, request); }
    Result<Goal> detach_goal(const HostFacts& facts, const DetachRequest& request) const override { return esxi::detach_goal(facts, request); }
    std::string rescue_sheet(const HostFacts& facts, const Plan& plan) const override { return esxi::rescue_sheet(facts, plan); }
    Finding explain_no_effect(const Step& step, const HostFacts& facts) const override { return esxi::explain_no_effect(step, facts); }

    Plan plan(const HostFacts& facts, const Goal& goal) const override
    {
        Plan plan = esxi::plan(facts, goal);
        for (Step& step : plan.steps)
            step.command = render_command(step, facts);
        return plan;
    }

    Result<void> apply(const Step& step, const HostFacts& facts, RunContext& context) override
    {
        Hands hands{*machine_, facts, context, times_, began_};
        return std::visit([&](const auto& change) { return carry_out(hands, change); }, step.change);
    }

    HostLogs logs(const HostFacts& facts) override
    {
        return host_logs(*machine_, facts, Deadline::in(times_.batch));
    }

    std::vector<Finding> explain_failure(const Step& step, const HostFacts& facts, const Error&) override
    {
        const auto* start = std::get_if<StartVms>(&step.change);
        std::vector<const Vm*> vms;
        for (const std::string& name : start ? start->vms : std::vector<std::string>{})
            if (const Vm* vm = find_vm(facts, name); vm && !vm->id.empty())
                vms.push_back(vm);
        if (vms.empty())
            return {};
        return explain_start(*machine_, facts, vms, began_, Deadline::in(times_.batch));
    }

    Result<void> claim(const HostFacts& facts, const Holder& holder) override
    {
        return claim_host(*machine_, facts, holder, marker_, Deadline::in(times_.batch));
    }
    Result<void> release(const HostFacts& facts) override { return release_host(*machine_, facts, marker_, Deadline::in(times_.batch)); }
    Result<void> leave_rescue_sheet(const HostFacts& facts, long run, std::string_view text) override
    {
        return write_sheet(*machine_, facts, run, text, Deadline::in(times_.batch));
    }
    Result<void> clean_up(const HostFacts& facts, long run, const std::vector<BeforeImage>& images) override
    {
        return remove_files(*machine_, facts, run, images, Deadline::in(times_.batch));
    }

private:
    static Result<void> carry_out(Hands& hands, const ProveAccess&) { return prove_access(hands); }
    static Result<void> carry_out(Hands& hands, const StopVms& change) { return stop_vms(hands, change); }
    static Result<void> carry_out(Hands& hands, const StartVms& change) { return start_vms(hands, change); }
    static Result<void> carry_out(Hands& hands, const SetKernelOption& change) { return set_kernel_option(hands, change); }
    static Result<void> carry_out(Hands& hands, const SetOwner& change) { return set_owner(hands, change); }
    static Result<void> carry_out(Hands& hands, const RebootHost&) { return reboot_host(hands); }
    static Result<void> carry_out(Hands& hands, const EditVm& change) { return edit_vm(hands, change); }
    template <class Other>
    static Result<void> carry_out(Hands&, const Other&)
    {
        return fail(ErrorKind::unsupported, "ESXi has no such change");
    }

    std::unique_ptr<Machine> machine_;
    std::string local_dmi_;
    HostTimes times_;
    std::int64_t began_{};  // see Hands
    std::string marker_;    // text of the marker this process put on the host
};

}  // namespace

std::unique_ptr<Host> make_ssh_host(std::unique_ptr<Machine> machine, std::string local_dmi, HostTimes times)
{
    return std::make_unique<SshHost>(std::move(machine), std::move(local_dmi), times);
}

}  // namespace gpupass::esxi
