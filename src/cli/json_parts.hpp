#pragma once

#include "apply/journal.hpp"
#include "model/finding.hpp"
#include "model/plan.hpp"
#include "model/result.hpp"

#include <nlohmann/json.hpp>

#include <optional>
#include <string>
#include <vector>

// Pieces that several documents share. Included by json_*.cpp only: nlohmann compiles slowly.

namespace gpupass::cli {

using Json = nlohmann::ordered_json;

/// A document with its schema first.
Json new_document();
/// Bytes that are not UTF-8 become replacement characters.
std::string text_of(const Json& document);

template <class T>
Json or_null(const std::optional<T>& value)
{
    return value ? Json(*value) : Json(nullptr);
}
Json or_null(const std::string& value);  // "" is null

Json error_json(const Error& error);
Json finding_json(const Finding& finding);
Json findings_json(const std::vector<Finding>& findings);
Json wants_json(const std::vector<Want>& wants);

}  // namespace gpupass::cli
