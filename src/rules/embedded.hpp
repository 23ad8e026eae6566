#pragma once

#include <string_view>

namespace gpupass {

/// pack() of data/rules/*.yaml and data/observations.yaml, made when the program was built (compile_rules.cpp).
std::string_view embedded_rules();
/// LineFinder::save() of their patterns.
std::string_view embedded_search_tables();

}  // namespace gpupass
