#include "rules/pattern.hpp"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <array>
#include <fmt/format.h>
#include <new>

namespace gpupass {
namespace {

// Ordinary rules need a few hundred steps for a line; a pathological pattern is stopped well before a second.
constexpr std::uint32_t match_limit = 200'000;
constexpr std::uint32_t heap_limit_kib = 4'096;
constexpr std::uint32_t depth_limit = 2'000;
constexpr std::uint32_t max_groups = 16;
constexpr std::size_t max_pattern = 1'024;
constexpr std::size_t max_field = 200;

const unsigned char* bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

std::string message_of(int code)
{
    std::array<unsigned char, 128> text{};
    pcre2_get_error_message(code, text.data(), text.size());
    return reinterpret_cast<const char*>(text.data());
}

/// The table PCRE2 keeps: entries of equal size, two bytes of group number and the name.
Fields named_groups(const pcre2_code* code, std::string_view line, const std::size_t* offsets)
{
    std::uint32_t count = 0;
    std::uint32_t entry_size = 0;
    PCRE2_SPTR table = nullptr;
    pcre2_pattern_info(code, PCRE2_INFO_NAMECOUNT, &count);
    pcre2_pattern_info(code, PCRE2_INFO_NAMEENTRYSIZE, &entry_size);
    pcre2_pattern_info(code, PCRE2_INFO_NAMETABLE, &table);
    Fields fields;
    for (std::uint32_t i = 0; i < count; ++i, table += entry_size) {
        const std::size_t group = static_cast<std::size_t>(table[0]) * 256 + table[1];
        const std::size_t begin = offsets[2 * group];
        if (begin == PCRE2_UNSET)
            continue;
        const std::string_view value = line.substr(begin, offsets[2 * group + 1] - begin);
        fields.emplace_back(reinterpret_cast<const char*>(table + 2), printable(value, max_field));
    }
    return fields;
}

}  // namespace

void PcreRelease::operator()(pcre2_code* code) const noexcept { pcre2_code_free(code); }
void PcreRelease::operator()(pcre2_match_data* data) const noexcept { pcre2_match_data_free(data); }
void PcreRelease::operator()(pcre2_match_context* context) const noexcept { pcre2_match_context_free(context); }

MatchSpace::MatchSpace()
    : data_{pcre2_match_data_create(max_groups + 1, nullptr)}, context_{pcre2_match_context_create(nullptr)}
{
    if (!data_ || !context_)
        throw std::bad_alloc{};
    pcre2_set_match_limit(context_.get(), match_limit);
    pcre2_set_heap_limit(context_.get(), heap_limit_kib);
    pcre2_set_depth_limit(context_.get(), depth_limit);
}

Result<Pattern> Pattern::compile(std::string_view pattern)
{
    if (pattern.empty() || pattern.size() > max_pattern)
        return fail(ErrorKind::parse, fmt::format("a pattern has 1 to {} bytes", max_pattern));
    int code = 0;
    std::size_t offset = 0;
    Pattern compiled{pcre2_compile(bytes(pattern), pattern.size(), PCRE2_NEVER_UTF | PCRE2_NEVER_BACKSLASH_C, &code,
                                   &offset, nullptr)};
    if (!compiled.code_)
        return fail(ErrorKind::parse, fmt::format("{} at character {} of {:?}", message_of(code), offset, pattern));
    std::uint32_t groups = 0;
    pcre2_pattern_info(compiled.code_.get(), PCRE2_INFO_CAPTURECOUNT, &groups);
    if (groups > max_groups)
        return fail(ErrorKind::parse, fmt::format("more than {} groups in {:?}", max_groups, pattern));
    return compiled;
}

std::optional<Match> Pattern::match(std::string_view line, MatchSpace& space) const
{
    const int found = pcre2_match(code_.get(), bytes(line), line.size(), 0, 0, space.data_.get(), space.context_.get());
    if (found <= 0)
        return std::nullopt;
    const std::size_t* offsets = pcre2_get_ovector_pointer(space.data_.get());
    return Match{offsets[0], offsets[1], named_groups(code_.get(), line, offsets)};
}

}  // namespace gpupass
