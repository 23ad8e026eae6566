#pragma once

#include "apply/run.hpp"
#include "cli/surroundings.hpp"
#include "guest/remote/verdict.hpp"

#include <optional>
#include <string>

// What a person sees of errors, plans and ends of runs.

namespace gpupass::cli {

/// One paragraph: what, at, next.
std::string error_text(const Error& error, const Paint& paint, std::size_t width);

/// On standard error, or as a document on standard output. Returns the exit code.
int report_error(const Error& error, bool json, Surroundings& around);

/// Warnings, then blockers with their fixes or steps with what they do to the host.
std::string plan_text(const Plan& plan, const Paint& paint, std::size_t width);

/// Shows a plan that is not applied. Returns 0, or 3 when it is blocked.
int report_plan(const Plan& plan, bool json, Surroundings& around);

/// An attempt to apply a blocked plan.
int report_blocked(const Plan& plan, bool json, Surroundings& around);


/// How a run ended, what to do next, and the exit code.
int report_outcome(const RunOutcome& outcome, const std::optional<Verdict>& verdict, bool json, Surroundings& around);

}  // namespace gpupass::cli
