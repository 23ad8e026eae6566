#include "transport/script.hpp"

#include <cstdint>
#include <cstdlib>

// The first byte says how the rest is cut into pieces. However that is, the sections are the same, and none is longer
// than the limit.

namespace {

using gpupass::SectionParser;

constexpr std::string_view mark = "0123456789abcdef0123456789abcdef";
constexpr std::size_t limit = 40;

bool feed_in_pieces(SectionParser& parser, std::string_view text, std::size_t piece)
{
    for (; !text.empty(); text.remove_prefix(std::min(piece, text.size())))
        if (!parser.feed(text.substr(0, piece)))
            return false;
    return true;
}

void check_same(const SectionParser& one, const SectionParser& other)
{
    if (one.complete().size() != other.complete().size() || one.preamble() != other.preamble())
        std::abort();
    for (std::size_t i = 0; i < one.complete().size(); ++i) {
        const auto &a = one.complete()[i], &b = other.complete()[i];
        if (a.text != b.text || a.exit_code != b.exit_code || a.truncated != b.truncated || a.text.size() > limit)
            std::abort();
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size == 0)
        return 0;
    const std::string_view text{reinterpret_cast<const char*>(data) + 1, size - 1};
    for (const bool has_code : {true, false}) {
        SectionParser whole{mark, has_code, limit}, pieces{mark, has_code, limit};
        const bool fine = feed_in_pieces(whole, text, size);
        if (fine != feed_in_pieces(pieces, text, data[0] % 50u + 1u))
            std::abort();
        if (fine && (whole.rest().text != pieces.rest().text || whole.rest().text.size() > limit))
            std::abort();
        if (fine)
            check_same(whole, pieces);
    }
    return 0;
}
