#pragma once

#include <iosfwd>
#include <span>
#include <string>

namespace gpupass::guest {

/// The shutdown guard: a service that disables the GPU before Windows shuts down, and enables it again when Windows has started.
///   guard install [--device ADDRESS|ID] | remove | status [--json] | run (by Windows)
/// A pattern that is known against blue screens at shutdown; nobody has proven it for Intel Xe. Returns the exit status.
int run_guard(std::span<const std::string> words, std::ostream& out, std::ostream& err);

/// The service's own life, called by `run`.
int serve_guard();

}  // namespace gpupass::guest
