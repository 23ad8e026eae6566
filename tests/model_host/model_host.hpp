#pragma once

#include "hosts/esxi/plan.hpp"
#include "hosts/host.hpp"

#include <functional>
#include <string>
#include <vector>

// An ESXi host as a value: facts that a step changes as the platform's rules say. No text, no network, no clock.
// It is the model against which plans are tried by the hundred.

namespace gpupass::test {

/// Rules of the platform, applied to facts.
void perform(HostFacts& facts, const Step& step);
/// What a boot does: configured becomes effective where the platform allows it, autostart VMs come up.
void boot(HostFacts& facts);

/// The NUC 11 of the story: Iris Xe held by the console, debian running, windows11 off, router on autostart.
HostFacts nuc11();

class ModelHost : public Host {
public:
    explicit ModelHost(HostFacts start) : facts(std::move(start)) {}

    std::string name() const override { return "model"; }
    Result<HostFacts> probe(Deadline) override;
    Result<Goal> attach_goal(const HostFacts& f, const AttachRequest& r) const override { return esxi::attach_goal(f, r); }
    Result<Goal> detach_goal(const HostFacts& f, const DetachRequest& r) const override { return esxi::detach_goal(f, r); }
    Plan plan(const HostFacts& f, const Goal& g) const override { return esxi::plan(f, g); }
    std::string rescue_sheet(const HostFacts& f, const Plan& p) const override { return esxi::rescue_sheet(f, p); }
    Result<void> apply(const Step& step, const HostFacts&, RunContext& context) override;
    std::vector<Finding> explain_failure(const Step&, const HostFacts&, const Error&) override { return {}; }
    Finding explain_no_effect(const Step& step, const HostFacts& f) const override { return esxi::explain_no_effect(step, f); }
    Result<void> claim(const HostFacts&, const Holder&) override { claimed = true; return {}; }
    Result<void> release(const HostFacts&) override { claimed = false; return {}; }
    Result<void> leave_rescue_sheet(const HostFacts&, long run, std::string_view) override;
    Result<void> clean_up(const HostFacts&, long run, const std::vector<BeforeImage>&) override;

    HostFacts facts;
    std::vector<std::string> applied;  // step ids
    int reboots{};
    bool claimed{};
    std::vector<long> sheets;          // rescue sheets that lie on the host
    /// Called before a step acts; an Error is what apply() returns then, with or without the step's effect.
    struct Fault { Error error; bool acts{}; };
    std::function<std::optional<Fault>(const Step&)> fault;
    int away{};                        // so many probes find nobody
    std::function<void(HostFacts&)> before_probe;
    std::function<void(HostFacts&)> after_boot;  // spoils what a boot brings about
};

}  // namespace gpupass::test
