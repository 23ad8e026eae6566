#pragma once

#include "guest/platform.hpp"

#include <span>

namespace gpupass::guest {

/// The whole verdict, from what the system shows and what the APIs answered. Pure: recorded guests are judged the same way.
Verdict judge(const PlatformReport& report, std::span<const ApiAnswer> answers, const Request& request);

/// The checks of one API's answer: its device, computations, engine time, figures, software renderers.
std::vector<Check> checks_of(const ApiAnswer& answer, const PlatformReport& report, const Request& request);

/// The word and the reason, from all checks.
void conclude(Verdict& verdict, const PlatformReport& report, const Request& request);

}  // namespace gpupass::guest
