#pragma once

#include "transport/machine.hpp"

#include <string>
#include <string_view>

// The longer parts of a script: one command line for `sh` each (newlines in it or not), whose exit code is the query's.
// They need builtins of a POSIX shell alone: no process for each file.

namespace gpupass {

/// Begins behind the entry `after`; "": with the first. Before an entry is read its name is printed, behind a tab: who reads
/// nothing more knows which one does not answer. settle() removes these lines.
std::string render_read_each(const ReadEach& query, std::string_view after = {});

/// The entry that a ReadEach was at when it said no more; `printed` is cut behind the last entry that was complete. Nothing when
/// it had not begun.
std::optional<std::string> take_stalled_entry(std::string& printed);

/// What a ReadEach printed, as its contract wants it.
std::string without_progress(std::string_view printed);

/// One `ls` for all processes.
std::string render_find_open(const FindOpen& query);

/// Prints a dot for each value written.
std::string render_poke(const Poke& query);

/// Needs virsh.
std::string render_libvirt(const Libvirt& query, std::string_view uri = "qemu:///system");

}  // namespace gpupass
