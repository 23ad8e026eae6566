#pragma once

#include "model/result.hpp"

// What the program's exit status means. Scripts rely on it: docs/gpupass.1 has the same table.

namespace gpupass::cli {

inline constexpr int exit_done = 0;         // done, or already so
inline constexpr int exit_failed = 1;       // tried and failed, or a check found a problem
inline constexpr int exit_usage = 2;        // the words of the command are wrong
inline constexpr int exit_blocked = 3;      // blockers are listed
inline constexpr int exit_unreachable = 4;  // no way to the host, or it did not let us in
inline constexpr int exit_open = 5;         // a run is interrupted or waits, or another gpupass holds the host

int exit_code(ErrorKind kind);

}  // namespace gpupass::cli
