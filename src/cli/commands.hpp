#pragma once

#include "cli/surroundings.hpp"

// The commands, one file each. Each returns the exit code; an Error is reported by run_command().

namespace gpupass::cli {

Result<int> inspect(Context& context);
Result<int> attach(Context& context);
Result<int> detach(Context& context);
Result<int> status(Context& context);
Result<int> resume(Context& context);
Result<int> undo(Context& context);
Result<int> history(Context& context);
Result<int> capture(Context& context);
Result<int> diagnose(Context& context);
Result<int> explain(Context& context);
Result<int> rules(Context& context);
Result<int> verify(Context& context);
Result<int> demo(Context& context);
Result<int> completion(Context& context);

}  // namespace gpupass::cli
