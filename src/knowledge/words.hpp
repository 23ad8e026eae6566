#pragma once

#include "model/text.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gpupass {

/// Names and values that fill the {places} of a text.
using Fields = std::vector<std::pair<std::string, std::string>>;

/// Replaces {name} by its value; a name without a value becomes "(unknown)". Braces around anything but a name stay.
std::string fill(std::string_view text, const Fields& fields);

}  // namespace gpupass
