#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace gpupass {

/// What is wrong with the arrows of a source tree: each `folder(...)` of its CMakeLists against the layers, each
/// #include against the folder's LINK list, each system header against who may reach outside. Empty: all is well.
std::vector<std::string> arrow_complaints(const std::filesystem::path& source_root);

}  // namespace gpupass
