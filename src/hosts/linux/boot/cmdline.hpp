#pragma once

#include "model/result.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

// The words of a kernel command line, cut as the kernel does it (lib/cmdline.c): blanks end a word except between double
// quotes, and what follows a lone `--` is for init.

namespace gpupass::linux_host::boot {

struct Word {
    std::string text;  // as written
    std::string name;  // before the first '='
    std::optional<std::string> value;  // without the quotes around it; nullopt: there is no '='
    std::size_t begin{};  // where it stands
    bool is_for_init{};  // `--` and what follows it
};

/// Refused: more than 16 KiB; quotes that are never closed.
Result<std::vector<Word>> parse_cmdline(std::string_view text);

/// The values of a kernel parameter in order, "" for one without '='. '-' and '_' are the same in names, as for the kernel.
std::vector<std::string> values_of(std::span<const Word> words, std::string_view name);
/// Whether the kernel gets exactly this word.
bool has_word(std::span<const Word> words, std::string_view word);

/// Adds the words that are not there, behind the last one that is for the kernel; all other bytes stay. Refused: what
/// parse_cmdline() refuses; words with blanks, quotes or characters that a shell acts on.
Result<std::string> add_words(std::string_view line, std::span<const std::string> words);
/// Takes exactly these words out, each with one blank. What add_words() added comes away without a trace.
Result<std::string> remove_words(std::string_view line, std::span<const std::string> words);

/// A word that means the same to the kernel, in quotes of a shell and in a configuration file.
Result<void> check_word(std::string_view word);

/// `on` and `off` as last said.
enum class Switch { absent, on, off };

/// What a command line says about the IOMMU. It says what was asked for, not what there is.
struct IommuWords {
    Switch intel{Switch::absent};  // intel_iommu=on: needed where the kernel was not built to turn it on by itself
    bool igfx_off{};  // intel_iommu=igfx_off: the graphics unit is left out, its GPU cannot be passed
    Switch amd{Switch::absent};  // amd_iommu=off; `on` is no word of the kernel: AMD's is on by default
    bool all_off{};  // iommu=off
    bool pt{};  // iommu=pt, iommu.passthrough=1: drivers of the host keep plain addresses
    bool intremap_off{};  // intremap=off, nointremap: no interrupt remapping
    bool operator==(const IommuWords&) const = default;
};
IommuWords read_iommu_words(std::span<const Word> words);

}  // namespace gpupass::linux_host::boot
