#pragma once

#include "model/loader.hpp"
#include "model/plan.hpp"
#include "model/result.hpp"

#include <string>

namespace gpupass::linux_host {

/// What makes a word part of the kernel's command line at every boot from the next one, or takes it away: the files to change and
/// the commands behind that. Refused: a boot loader we do not know, a configuration we do not understand.
Result<ChangeFiles> change_kernel_word(const KernelLine& line, const std::string& word, bool wanted);

}  // namespace gpupass::linux_host
