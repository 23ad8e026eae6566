#pragma once

#include "guest/platform.hpp"

#include <string>

namespace gpupass::guest {

/// The document that `gpupass-guest --json` prints, with a newline; gpupass reads it (guest/remote/report.hpp).
std::string report_json(const Verdict& verdict, const PlatformReport& report);
/// For people who run the program by hand.
std::string report_text(const Verdict& verdict, const PlatformReport& report);

}  // namespace gpupass::guest
