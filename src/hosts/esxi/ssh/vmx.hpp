#pragma once

#include "model/result.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gpupass::esxi {

/// A .vmx (or .vmsd) file, read and edited exactly: every byte that an edit does not concern stays, so that printing an
/// unedited document gives the file back, and taking away what was appended does too.
///
/// One `name = "value"` a line; values may be bare; `|XX` in a value is a byte; `#` begins a comment. Lines of no known
/// form are kept. Names are compared without regard to case, and keep the spelling they have.
class VmxDocument {
public:
    explicit VmxDocument(std::string_view text = {});

    std::string text() const;

    struct Entry {
        std::string name;   // as spelled
        std::string value;  // without quotes and escapes
        long line{};
    };
    std::vector<Entry> entries() const;
    /// The value of the first line with that name.
    std::optional<std::string> get(std::string_view name) const;

    /// The same name on two lines: ESXi cannot load such a VM.
    struct Duplicate {
        std::string name;
        long first{};
        long second{};
    };
    std::vector<Duplicate> duplicates() const;

    /// Replaces the value where the name is, else appends a line. Refused: a name that stands there twice, a name or a
    /// value the file cannot hold (in another encoding than UTF-8: all that is not ASCII).
    Result<void> set(std::string_view name, std::string_view value);
    /// Takes the line away; nothing to do when there is none. Refused: a name that stands there twice.
    Result<void> remove(std::string_view name);

    bool is_utf8_encoded() const;

private:
    struct Line {
        std::string raw;          // with its end
        std::string key;          // lower case; "" when it is no entry
        std::size_t name_begin{};
        std::size_t name_size{};
        std::size_t value_begin{};  // with its quotes
        std::size_t value_size{};
    };
    static Line parse_line(std::string_view raw);
    std::string value_of(const Line& line) const;
    Result<Line*> find_one(std::string_view name);
    void append(std::string_view name, std::string_view quoted);

    bool has_mark_{};  // the byte order mark before the first line, of which it is no part
    std::vector<Line> lines_;
};

/// What stands between the quotes.
std::string escape_vmx(std::string_view value);
std::string unescape_vmx(std::string_view text);

}  // namespace gpupass::esxi
