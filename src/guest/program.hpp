#pragma once

#include "guest/platform.hpp"

#include <iosfwd>
#include <span>
#include <string>

namespace gpupass::guest {

/// The wish that the words of a part say: --address A, --figures, --allow-software.
Wish read_wish(std::span<const std::string> words);

/// gpupass-guest without its platform: options, the parts, the verdict, what is printed.
///   gpupass-guest [--json] [--device ADDRESS|ID] [--fast] [--allow-software] [--version]
///   gpupass-guest part API [WORD]...      (itself, for one API)
/// Returns the exit status: 0 working (or, where software was allowed, computed right), 1 otherwise, 2 usage.
int run_program(std::span<const std::string> words, Platform& platform, std::ostream& out, std::ostream& err);

}  // namespace gpupass::guest
