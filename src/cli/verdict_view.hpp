#pragma once

#include "cli/table.hpp"
#include "model/verdict.hpp"

#include <string>

namespace gpupass::cli {

/// For a terminal: the verdict, its checks, the figures with bars, what to do.
std::string verdict_text(const Verdict& verdict, const Paint& paint, std::size_t width);

/// The same as one page that needs nothing else; `subject` says what was verified, and where. All foreign text is escaped.
std::string verdict_page(const Verdict& verdict, const std::string& subject);

/// A figure's share of what is expected, in percent; nullopt where nothing is expected.
std::optional<double> share_of(const Check& check);

}  // namespace gpupass::cli
