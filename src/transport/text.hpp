#pragma once

#include "model/text.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace gpupass {

/// Content of a regular file of at most `limit` bytes; nullopt when it is not there, is larger or cannot be read.
std::optional<std::string> read_small_file(const std::filesystem::path& file, std::size_t limit);

/// $HOME, else what the user database says.
std::filesystem::path home_folder();

/// The user that runs this program.
std::string local_user();

}  // namespace gpupass
