#pragma once

#include "cli/demo_stage.hpp"

#include "rules/rules.hpp"

#include <string>
#include <vector>

// What a person does by hand on an ESXi host, before the reader's eyes: commands, reboots, edits of a .vmx.

namespace gpupass::cli {

/// The demo did not come out as it must.
Error went_wrong(const std::string& what);

/// Runs a command and shows it with what it says.
Result<Answer> run_shown(DemoStage& stage, const std::vector<std::string>& argv);

/// Reboots the host as it stands and reads it again.
Result<HostFacts> reboot_by_hand(DemoStage& stage, const HostFacts& facts);

/// Edits the file under hostd's nose and has it read again, as the guides on the net say.
Result<void> edit_by_hand(DemoStage& stage, const Vm& vm, const std::vector<Want>& edits);

/// What the host tells of a failed power-on: the newest task's error (shown) and the VM's own log.
Result<std::vector<LogText>> failure_texts(DemoStage& stage, const Vm& vm);

Result<std::string> log_of(DemoStage& stage, const Vm& vm);

}  // namespace gpupass::cli
