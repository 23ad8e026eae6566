#pragma once

#include "model/facts.hpp"
#include "model/plan.hpp"
#include "model/result.hpp"
#include "model/log_text.hpp"
#include "transport/machine.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// The second seam: what every platform can be asked. A platform folder implements it; apply/ and cli/ know only this.

namespace gpupass {

struct AttachRequest {
    PciAddress gpu;
    std::string vm;  // name or id
    bool start{};
    bool move{};     // take it from the VM that has it
    bool persist{};  // at every boot of the host (always so on ESXi)
    Consents consents;
};

struct DetachRequest {
    PciAddress gpu;
    Consents consents;
};

/// Eyes and ears of the person while a step is applied. Implementations are cheap: they are called in wait loops.
class Watch {
public:
    virtual ~Watch() = default;
    /// The person asked twice to stop: leave at once, the step stays in doubt.
    virtual bool must_leave() const = 0;
    /// What is being waited for, in words: "router: shutting down". Shown, not stored.
    virtual void note(std::string_view text) = 0;
};

/// A copy of a file as it was before we changed it. It lies beside the original; the journal keeps the hashes.
struct BeforeImage {
    std::string path;         // of the original
    std::string image_path;   // of the copy, on the host
    std::string before_hash;  // SHA-256, hexadecimal, of the copy's content
    std::string after_hash;   // of what we wrote last; "" before that
    bool operator==(const BeforeImage&) const = default;
};

/// What a step needs to know of the run it belongs to.
struct RunContext {
    long run{};                        // number of the run in the journal
    Watch* watch{};                    // never null
    std::vector<BeforeImage>* images{};  // images of this run; for an undo, of the run undone. Never null
    /// Called before the host is touched for an image that is new or has a new after_hash: makes it durable.
    std::function<Result<void>()> save_images;
};

/// Who holds a host. Stands in the marker on the host's datastore.
struct Holder {
    std::string machine;  // identity of the computer gpupass runs on
    std::string state;    // identity of the state folder there
    std::string who;      // "anna@laptop, attach 0000:00:02.0": for messages
    long run{};
};

class Host {
public:
    virtual ~Host() = default;
    virtual std::string name() const = 0;

    /// All facts, in a bounded number of round trips.
    virtual Result<HostFacts> probe(Deadline deadline) = 0;

    // Pure: no I/O, no clock.
    virtual Result<Goal> attach_goal(const HostFacts& facts, const AttachRequest& request) const = 0;
    virtual Result<Goal> detach_goal(const HostFacts& facts, const DetachRequest& request) const = 0;
    virtual Plan plan(const HostFacts& facts, const Goal& goal) const = 0;
    /// Every step back by hand, as plain text a person can follow without gpupass.
    virtual std::string rescue_sheet(const HostFacts& facts, const Plan& plan) const = 0;

    /// Does one step and waits for its effect, as far as the step itself can see it. Idempotent.
    virtual Result<void> apply(const Step& step, const HostFacts& facts, RunContext& context) = 0;

    /// After a step failed with `error`: what that and the host's logs say of the cause, best first. Empty when nothing was
    /// found. `facts` are those from before the step.
    virtual std::vector<Finding> explain_failure(const Step& step, const HostFacts& facts, const Error& error) = 0;

    /// The end of the host's own logs that concern GPUs and the VMs which have one.
    virtual HostLogs logs(const HostFacts& facts);

    /// A step was applied, and a fresh probe does not show its effect: why, as far as the facts tell.
    virtual Finding explain_no_effect(const Step& step, const HostFacts& facts) const;

    /// Puts our marker on the host, or refreshes it. `busy` when another computer's fresh marker is there.
    virtual Result<void> claim(const HostFacts& facts, const Holder& holder) = 0;
    /// Takes our marker away.
    virtual Result<void> release(const HostFacts& facts) = 0;
    /// Writes the rescue sheet to the host.
    virtual Result<void> leave_rescue_sheet(const HostFacts& facts, long run, std::string_view text) = 0;
    /// Removes rescue sheets and before-images of a run.
    virtual Result<void> clean_up(const HostFacts& facts, long run, const std::vector<BeforeImage>& images) = 0;
};

}  // namespace gpupass
