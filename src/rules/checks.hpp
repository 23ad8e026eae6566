#pragma once

#include "knowledge/words.hpp"
#include "model/facts.hpp"

#include <optional>
#include <string_view>

// What a rule suspects can often be looked up. A check answers from facts: true confirms the cause, false refutes it,
// nullopt: the facts do not say.

namespace gpupass {

using Check = std::optional<bool> (*)(const HostFacts& facts, const Fields& fields);

/// nullptr when no check has that name.
Check find_check(std::string_view name);

}  // namespace gpupass
