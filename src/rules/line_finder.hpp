#pragma once

#include "model/result.hpp"

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

// Finds the lines of a text that some of many patterns may match, all patterns in one pass (vectorscan). It says where
// a match ends and of which pattern; what exactly matched is PCRE2's matter (pattern.hpp), which also has the last word:
// a match that reaches over the end of a line is reported here and refused there.

struct hs_database;
struct hs_scratch;

namespace gpupass {

struct HsRelease {
    void operator()(hs_database* database) const noexcept;
    void operator()(hs_scratch* scratch) const noexcept;
};

class LineFinder {
public:
    struct Wanted {
        std::string pattern;
        bool once{};  // its first match in a block is enough
    };
    /// The work space of one thread.
    class Space {
    public:
        explicit Space(const LineFinder& finder);

    private:
        friend class LineFinder;
        std::unique_ptr<hs_scratch, HsRelease> scratch_;
    };
    /// Index of the pattern, and the place behind the last byte of a match.
    using Found = std::function<void(std::size_t pattern, std::size_t end)>;

    /// Takes half a second for some hundred patterns. A pattern that it cannot search for is an error which names it.
    static Result<LineFinder> compile(std::span<const Wanted> patterns);
    /// For what save() returned on a processor of the same kind; takes well under a millisecond.
    static Result<LineFinder> load(std::string_view saved);
    /// Made for any processor of the architecture.
    std::string save() const;

    /// Reports matches by their ends, line after line; within a line in any order.
    void find(std::string_view block, Space& space, const Found& found) const;

private:
    explicit LineFinder(hs_database* database) : database_{database} {}
    std::unique_ptr<hs_database, HsRelease> database_;
};

}  // namespace gpupass
