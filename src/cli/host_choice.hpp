#pragma once

#include "cli/surroundings.hpp"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace gpupass::cli {

/// Reads hosts.yaml: `hosts: {NAME: {uri: ..., identity: ..., known_hosts: ..., password_file: ..., thumbprint: ...,
/// ca: ..., ssh: ...}}`.
Result<std::vector<HostChoice>> parse_hosts_file(std::string_view yaml, const std::string& file_name);

/// The hosts a command shall work on, at least one: --host (URIs, or names of hosts.yaml), --all, or without both the
/// only entry of hosts.yaml. Options of the command line win over those of the file.
Result<std::vector<HostChoice>> choose_hosts(const Options& options, const std::filesystem::path& config_folder);

/// For commands that work on one host.
Result<HostChoice> choose_host(const Options& options, const std::filesystem::path& config_folder);

}  // namespace gpupass::cli
