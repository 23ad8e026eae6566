#pragma once

#include "cli/surroundings.hpp"

#include <optional>
#include <string>
#include <string_view>

// Questions to a person. Without a terminal, at the end of input, and when reading fails, the answer is no.

namespace gpupass::cli {

bool ask_yes_no(Surroundings& around, std::string_view question);

/// The person must write `expected` out.
bool ask_typed(Surroundings& around, std::string_view question, std::string_view expected);

/// Read from the terminal without an echo. Ctrl-C gives the echo back and ends the process.
std::optional<std::string> ask_secret(Surroundings& around, std::string_view prompt);

}  // namespace gpupass::cli
