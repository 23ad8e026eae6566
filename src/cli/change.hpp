#pragma once

#include "apply/run.hpp"
#include "cli/surroundings.hpp"

#include <functional>
#include <memory>
#include <string>

// What attach, detach, resume and undo share: open the host and the journal, run, prove, report.

namespace gpupass::cli {

/// A host that answered, and what it said.
struct Probed {
    OpenedHost host;
    HostFacts facts;
};
Result<Probed> probe_host(Context& context);
/// The same for a host that was opened already.
Result<Probed> probe_opened(OpenedHost opened, const std::string& label);

RunOptions run_options(const Context& context, const std::string& uri, std::string command);

/// Shows the plan (--plan), or why it cannot be, or applies it.
Result<int> change(Context& context, Probed probed, const Goal& goal, const std::string& command);

/// Runs with the person's ears and eyes, then asks the guest and reports. `run` starts, resumes or undoes.
using RunIt = std::function<Result<RunOutcome>(Journal& journal, RunTalk& talk)>;
Result<int> run_and_report(Context& context, OpenedHost& host, const std::string& host_name, const RunIt& run);

/// The journal when there is one; null when nothing was ever done here. Creates nothing.
Result<std::unique_ptr<Journal>> existing_journal(const Surroundings& around);

/// Why nothing was changed: the person said no, or there was nobody to say yes.
Error not_agreed(const Surroundings& around);

/// A capture is read-only: says so before anything is tried.
Result<void> check_changeable(const OpenedHost& host);

}  // namespace gpupass::cli
