#pragma once

#include "cli/table.hpp"
#include "diagnose/diagnose.hpp"

#include <cstddef>
#include <string>

namespace gpupass::cli {

/// For people: findings, best first, with the part of each line that tells it marked, and the fixes to copy.
std::string diagnosis_text(const Diagnosis& diagnosis, const Paint& paint, std::size_t width);
/// `seconds`: how long it took.
std::string diagnosis_document(const Diagnosis& diagnosis, double seconds);

/// docs/failures.md: all rules as one page.
std::string rules_page(const std::vector<Rule>& rules);

}  // namespace gpupass::cli
