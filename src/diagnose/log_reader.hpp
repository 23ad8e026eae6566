#pragma once

#include "transport/byte_source.hpp"
#include "rules/scanner.hpp"

#include <string>
#include <vector>

// One input, be it a log, a compressed log, or an archive of logs (with archives in it, once): what its lines said.

namespace gpupass {

struct ReadLogs {
    std::vector<Sightings> logs;     // only those that said something; in their order
    long lines{};
    long long bytes{};               // of text
    std::vector<std::string> notes;  // what was left out, and why
};

/// Reads all of it in bounded memory. Refused: an archive with names that lead outside of it, one that unpacks to
/// much more than logs do, damaged ones, archives in archives in archives.
Result<ReadLogs> read_logs(const RuleSet& rules, ByteSource& from, const std::string& name);

/// Opens and reads a file ("-" is standard input).
Result<ReadLogs> read_log_file(const RuleSet& rules, const std::string& path);

}  // namespace gpupass
