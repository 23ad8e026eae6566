#include "hosts/esxi/two_wires.hpp"

#include <set>
#include <utility>

namespace gpupass::esxi {

namespace {

/// The two wires know a host by different numbers; its devices, and its VMs with their numbers and names, are the same.
bool is_same_host(const HostFacts& a, const HostFacts& b)
{
    std::set<std::string> of_a, of_b;
    for (const auto& [facts, words] : {std::pair{&a, &of_a}, std::pair{&b, &of_b}}) {
        for (const PciDevice& device : facts->pci)
            words->insert(to_string(device.address) + " " + to_string(device.id));
        for (const Vm& vm : facts->vms)
            words->insert("VM " + vm.id + " " + vm.name);
    }
    return of_a == of_b;
}

class TwoWires : public Host {
public:
    TwoWires(std::unique_ptr<Host> api, std::unique_ptr<Host> ssh, std::string ssh_name)
        : api_{std::move(api)}, ssh_{std::move(ssh)}, ssh_name_{std::move(ssh_name)}
    {
    }

    std::string name() const override { return api_->name(); }

    Result<HostFacts> probe(Deadline deadline) override
    {
        if (by_ssh_)
            return ssh_->probe(deadline);
        auto facts = api_->probe(deadline);
        if (!facts || facts->licence != "free")
            return facts;
        auto more = ssh_->probe(deadline);
        if (!more) {
            facts->unknown.push_back("by SSH (" + ssh_name_ + "), which changes need: " + more.error().what);
            return facts;
        }
        if (!is_same_host(*facts, *more))
            return at({.kind = ErrorKind::usage, .what = "the API and SSH lead to two different hosts", .where = {}, .next = "correct `ssh:` of this host in hosts.yaml"},
                      name() + " and " + ssh_name_);
        by_ssh_ = true;
        return more;
    }

    Result<Goal> attach_goal(const HostFacts& facts, const AttachRequest& request) const override { return now().attach_goal(facts, request); }
    Result<Goal> detach_goal(const HostFacts& facts, const DetachRequest& request) const override { return now().detach_goal(facts, request); }

    Plan plan(const HostFacts& facts, const Goal& goal) const override
    {
        Plan plan = now().plan(facts, goal);
        if (by_ssh_ && !plan.steps.empty())
            plan.warnings.push_back({"changes-go-by-ssh", "the licence of this host forbids changes through its API: every step goes by SSH, " + ssh_name_, ""});
        return plan;
    }

    std::string rescue_sheet(const HostFacts& facts, const Plan& plan) const override { return now().rescue_sheet(facts, plan); }

    Result<void> apply(const Step& step, const HostFacts& facts, RunContext& context) override { return now().apply(step, facts, context); }
    std::vector<Finding> explain_failure(const Step& step, const HostFacts& facts, const Error& error) override { return now().explain_failure(step, facts, error); }
    HostLogs logs(const HostFacts& facts) override { return now().logs(facts); }
    Finding explain_no_effect(const Step& step, const HostFacts& facts) const override { return now().explain_no_effect(step, facts); }

    Result<void> claim(const HostFacts& facts, const Holder& holder) override { return now().claim(facts, holder); }
    Result<void> release(const HostFacts& facts) override { return now().release(facts); }
    Result<void> leave_rescue_sheet(const HostFacts& facts, long run, std::string_view text) override { return now().leave_rescue_sheet(facts, run, text); }
    Result<void> clean_up(const HostFacts& facts, long run, const std::vector<BeforeImage>& images) override { return now().clean_up(facts, run, images); }

private:
    Host& now() const { return by_ssh_ ? *ssh_ : *api_; }

    std::unique_ptr<Host> api_;
    std::unique_ptr<Host> ssh_;
    std::string ssh_name_;
    bool by_ssh_{};
};

}  // namespace

std::unique_ptr<Host> make_two_wires(std::unique_ptr<Host> api, std::unique_ptr<Host> ssh, std::string ssh_name)
{
    return std::make_unique<TwoWires>(std::move(api), std::move(ssh), std::move(ssh_name));
}

}  // namespace gpupass::esxi
