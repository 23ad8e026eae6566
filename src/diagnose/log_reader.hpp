#pragma once

#include "diagnose/log_search.hpp"
#include "transport/byte_source.hpp"

#include <string>

// One input, be it a log, a compressed log, or an archive of logs (with archives in it, once): what its lines said.

namespace gpupass {

/// Reads all of it in bounded memory. Refused: an archive with names that lead outside of it, and one that unpacks to much
/// more than logs do. A part that is damaged, or is no text, is named in the notes; an input of which nothing can be read
/// is an error.
Result<ReadLogs> read_logs(const RuleSet& rules, ByteSource& from, const std::string& name);

/// Opens and reads a file ("-" is standard input).
Result<ReadLogs> read_log_file(const RuleSet& rules, const std::string& path);

}  // namespace gpupass
