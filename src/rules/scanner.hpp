#pragma once

#include "model/finding.hpp"
#include "model/log_text.hpp"
#include "rules/rule_set.hpp"

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

// Reads a log of any size, once, in bounded memory, and keeps the lines that mean something to a rule.

namespace gpupass {

/// A line that a pattern matched.
struct Sighting {
    Evidence evidence;
    Fields fields;
    std::string_view device() const;  // of the field of that name; "" without one
};

/// What one log said. Of each pattern: its first lines, the first line of each further device, and its last line.
struct Sightings {
    std::string source;
    std::map<std::size_t, std::vector<Sighting>> of;  // by index of the pattern; in the order of the lines
    long lines{};
    long long bytes{};
};

class Scanner {
public:
    /// `rules` outlive the scanner.
    explicit Scanner(const RuleSet& rules);

    /// A new log begins. Always the first call.
    void start(std::string source);
    /// The next bytes of the log, cut anywhere.
    void feed(std::string_view bytes);
    /// The log ends here.
    Sightings finish();

private:
    void read_lines();
    void search(std::string_view block);
    void look_at(std::size_t pattern, std::size_t end);
    void keep(std::size_t pattern, std::string_view line, std::size_t hit);
    void keep(std::size_t pattern, Sighting sighting);
    long line_number(const char* place);

    const RuleSet& rules_;
    Sightings seen_;
    std::vector<LineFinder::Space> spaces_;
    MatchSpace space_;
    LineFinder::Found found_;
    std::vector<char> buffer_;
    std::size_t size_{};        // of what waits in the buffer
    bool skipping_{};           // within a line that is longer than the buffer
    std::string_view block_;    // being searched
    std::size_t first_pattern_{};
    const char* counted_to_{};  // lines of the block are counted up to here
    long line_{1};              // number of the line there
    std::vector<std::string_view> last_line_;  // by pattern: the line it was looked for last in this block
};

Sightings scan(const RuleSet& rules, const LogText& log);

}  // namespace gpupass
