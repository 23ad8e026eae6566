#pragma once

#include "guest/remote/verdict.hpp"

#include <string_view>

namespace gpupass {

/// Reads what `gpupass-guest --json` printed. Hostile input: size, nesting, number of checks and length of texts are
/// bounded, words must be of the vocabulary; errors name the field. `working` without a passed computation among
/// the checks, or with a failed check, becomes `unproven` or `not-working`: a claim is no proof.
Result<Verdict> parse_guest_report(std::string_view json);

}  // namespace gpupass
