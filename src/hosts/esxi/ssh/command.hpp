#pragma once

#include "model/facts.hpp"
#include "model/plan.hpp"

#include <string>
#include <string_view>

namespace gpupass::esxi {

/// The commands a step will run, as a person would type them: from the change alone (and Vmids from the facts).
std::string render_command(const Step& step, const HostFacts& facts);

/// One word for a POSIX shell: unchanged when harmless, else in single quotes.
std::string shell_word(std::string_view text);

}  // namespace gpupass::esxi
