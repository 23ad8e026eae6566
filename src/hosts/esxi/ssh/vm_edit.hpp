#pragma once

#include "hosts/esxi/ssh/vmx.hpp"
#include "hosts/host.hpp"
#include "model/setting.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace gpupass::esxi {

/// Carries out edits. A wanted-absent `pciPassthru0.*` takes all keys of that group that no other edit names.
Result<void> apply_edits(VmxDocument& document, const std::vector<Want>& edits);

/// Does the document have what the edits want?
bool agrees(const VmxDocument& document, const std::vector<Want>& edits);

/// What the file shall be after an edit: the bytes before a run of ours, when this is the way back (we wrote the file
/// last, the copy is untouched and the edits lead to it), else the file of now with the edits.
Result<std::string> content_after(std::string_view now, const std::vector<Want>& edits, const BeforeImage* image, std::string_view copy);

/// PATH.gpupass-RUN
std::string image_path_of(const std::string& path, long run);

}  // namespace gpupass::esxi
