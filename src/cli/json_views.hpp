#pragma once

#include "apply/run.hpp"
#include "cli/inspect_view.hpp"
#include "guest/remote/verdict.hpp"
#include "rules/rules.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// One JSON document a command, schema "gpupass/1"; docs/json.md describes every key. Documents end with a newline.

namespace gpupass::cli {

std::string version_document(std::string_view version);
std::string error_document(const Error& error);

std::string inspect_document(const InspectView& view);
/// In place of inspect_document for a host that could not be read.
std::string inspect_error_document(const std::string& uri, const Error& error);
/// Documents of several hosts, as they are, in one.
std::string hosts_document(const std::vector<std::string>& documents);

/// `error`: why the plan is not applied, when that is so.
std::string plan_document(const Plan& plan, const Error* error = nullptr);
std::string run_document(const RunOutcome& outcome, const std::optional<Verdict>& verdict);

/// `subject`: what was verified, as keys and texts: "vm", "guest".
std::string verify_document(const Verdict& verdict, const std::vector<std::pair<std::string, std::string>>& subject);

/// Runs that are open, and whether another process works on one now.
struct OpenRun {
    RunRecord record;
    bool in_flight{};
};
std::string status_document(const std::vector<OpenRun>& runs);
std::string history_document(const std::vector<RunRecord>& runs);

std::string rule_document(const Rule& rule);
std::string rules_document(const std::vector<Rule>& rules);
/// `verdict` is null when it is "".
std::string demo_document(std::string_view story, const std::string& verdict, bool simulated, bool restored);
std::string rescue_document(long run, std::string_view sheet);

}  // namespace gpupass::cli
