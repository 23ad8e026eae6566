#pragma once

#include "transport/machine.hpp"

#include <deque>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

// A batch as one script for `sh -s`, and the way back: two byte streams with a marker after each query. Pure. The
// script needs no more than a POSIX shell with printf, cat, tail, ls, readlink, cp, mv, rm and chmod.

namespace gpupass {

/// One word for a POSIX shell: unchanged when harmless, else in single quotes.
std::string quote_word(std::string_view word);

/// Where WriteFile puts the new content before it renames it: beside `path`, always the same name, so that a later
/// write (or a person) removes what a broken one left.
std::string new_name(std::string_view path);

/// Refuses what no shell line can hold (NUL bytes, an empty argv, a path that is empty or begins with a dash).
Result<void> check_query(const Query& query);

/// The script: one marker pair before the first query (what a login shell prints comes before it and is dropped),
/// then each query and its marker pair. `mark` is 32 hexadecimal digits that no output is likely to hold. `after`: the entry
/// behind which the first query, a ReadEach, goes on.
std::string render_script(std::span<const Query> queries, std::string_view mark, std::string_view after = {});

/// Such a mark, at random.
std::string new_mark();

/// Makes of what the script printed what the query's contract says (Poke counts, ReadEach has no lines of progress).
void settle(const Query& query, Answer& answer);

/// Takes one of the two streams apart as it comes. Keeps the beginning of each section, up to `limit` bytes.
class SectionParser {
public:
    struct Section {
        std::string text;
        int exit_code{};
        bool truncated{};
    };

    /// `has_code`: the marker lines carry an exit code (standard output).
    SectionParser(std::string_view mark, bool has_code, std::size_t limit);

    /// False when a marker line is not what the script prints; the stream is then of no further use.
    bool feed(std::string_view data);
    /// Sections that are complete, without the one before the first marker.
    const std::deque<Section>& complete() const { return complete_; }
    std::deque<Section>& complete() { return complete_; }
    /// True when the marker before the first query was seen.
    bool started() const { return started_; }
    /// What came of the section that is not complete.
    Section rest() const;
    /// The beginning of what came before the first marker: a login shell's own words.
    const std::string& preamble() const { return preamble_; }

private:
    void keep(std::string_view text);
    /// Nothing: more bytes are needed; false: not a marker line.
    std::optional<bool> take_marker_line();
    void finish(int exit_code);

    std::string marker_;  // newline and mark
    bool has_code_;
    std::size_t limit_;
    bool started_{};
    std::string buffer_;  // not yet looked through, or the beginning of a marker
    Section current_;
    std::string preamble_;
    std::deque<Section> complete_;
};

/// A batch by whoever can run a script to its end in one go: it is checked, rendered, run, and its streams are taken apart. `limit`:
/// bytes kept of each answer. An error when a stream is cut short, or is not what such a script prints.
struct ScriptOutputs {
    std::string out;
    std::string err;
};
using RunScript = std::function<Result<ScriptOutputs>(const std::string& script)>;
Result<std::vector<Answer>> ask_by_script(std::span<const Query> queries, std::size_t limit, const RunScript& run);

}  // namespace gpupass
