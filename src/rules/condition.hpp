#pragma once

#include "model/result.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

// What a rule asks of facts: "gpu.sriov = no", "side = guest-linux|guest-windows", "kernel < 6.10".

namespace gpupass {

struct Condition {
    enum class Operator { equal, differs, less, at_most, greater, at_least };
    std::string fact;
    Operator op{};
    std::vector<std::string> values;  // several only for equal (any of them) and differs (none of them)
};

Result<Condition> parse_condition(std::string_view text);

/// It asks for more or less, not for a word.
bool is_order(const Condition& condition);

/// Does one value of the fact meet it? Words are compared without regard to case, and orders as versions: number by
/// number ("6.10" is more than "6.9"), what follows them is left aside.
bool holds(const Condition& condition, std::string_view value);

}  // namespace gpupass
