#pragma once

#include "hosts/linux/boot/lines.hpp"

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

// /etc/default/grub and its drop-ins: what they say together, and what we would write there.

namespace gpupass::linux_host::boot {

inline constexpr const char* grub_cmdline = "GRUB_CMDLINE_LINUX";                  // of every entry, recovery too
inline constexpr const char* grub_cmdline_default =
    "GRUB_CMDLINE_LINUX_DEFAULT";  // of the normal entries, behind the other

struct GrubValue {
    std::optional<std::string> text;  // nullopt: it is made in a way that we do not understand
    std::vector<Place> places;        // the assignments, in order
    bool operator==(const GrubValue&) const = default;
};

struct GrubUnclear {
    Place place;
    std::string why;
    bool operator==(const GrubUnclear&) const = default;
};

struct GrubDefaults {
    std::map<std::string, GrubValue, std::less<>> values;  // by variable
    std::vector<GrubUnclear>
        unclear;  // what was not understood; a statement that is no assignment makes every value unknown
    /// "" for a variable that is never set, as for the shell.
    std::optional<std::string> value(std::string_view variable) const;
    /// All words that the normal entries get: GRUB_CMDLINE_LINUX, then GRUB_CMDLINE_LINUX_DEFAULT.
    std::optional<std::string> cmdline() const;
    bool is_understood{true};
};

/// Reads /etc/default/grub and then the drop-ins, in the order in which they are given (that of their names). Refused:
/// a file of more than `largest_file` bytes.
Result<GrubDefaults> read_grub_defaults(std::span<const File> files);

/// Last in the order of names, so that no drop-in of somebody else replaces what ours adds to.
inline constexpr const char* grub_drop_in_path = "/etc/default/grub.d/zz-gpupass.cfg";
/// The text of that file: the words behind those of the files before it. Refused: words that check_word() refuses.
Result<std::string> grub_drop_in(std::span<const std::string> words);

/// For a GRUB that reads no drop-ins: the text of /etc/default/grub with the words added at the end of the variable's last
/// assignment (a line of its own where there is none). All else stays byte for byte, except that a bare value gets quotes.
/// Refused: a file we do not understand, a value that is put together or spans lines.
Result<std::string> add_grub_words(std::string_view text, std::string_view variable,
                                   std::span<const std::string> words);
/// Takes exactly these words out of every assignment of the variable. Refused likewise, and when one would stay.
Result<std::string> remove_grub_words(std::string_view text, std::string_view variable,
                                      std::span<const std::string> words);

}  // namespace gpupass::linux_host::boot
