#pragma once

namespace gpupass::guest {

/// Removes the file of this program, and its folder when it is named gpupass-...: brought into a guest for one run, it leaves
/// nothing there, even when nobody is there any more at its end. It can still be started again by /proc/self/exe.
void remove_itself();

}  // namespace gpupass::guest
