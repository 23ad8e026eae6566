#pragma once

#include "hosts/host.hpp"

#include <string>
#include <string_view>
#include <vector>

// Files of ours on the host: the marker that says who works on it, and the rescue sheet.

namespace gpupass::esxi {

/// See Host. `mine` becomes the text of our marker.
Result<void> claim_host(Machine& machine, const HostFacts& facts, const Holder& holder, std::string& mine, Deadline deadline);
Result<void> release_host(Machine& machine, const HostFacts& facts, std::string& mine, Deadline deadline);
Result<void> write_sheet(Machine& machine, const HostFacts& facts, long run, std::string_view text, Deadline deadline);
Result<void> remove_files(Machine& machine, const HostFacts& facts, long run, const std::vector<BeforeImage>& images, Deadline deadline);

}  // namespace gpupass::esxi
