#include "rules/line_finder.hpp"

#include <cstdlib>
#include <fmt/format.h>
#include <hs/hs.h>
#include <new>
#include <stdexcept>
#include <vector>

namespace gpupass {
namespace {

/// Lines may end with "\r\n", and PCRE2 never sees the '\r': the end of a line has to allow for it here.
std::string for_any_line_end(std::string_view pattern)
{
    std::string text;
    bool in_class = false;
    for (std::size_t i = 0; i < pattern.size(); ++i) {
        const char c = pattern[i];
        if (c == '\\' && i + 1 < pattern.size()) {
            text += pattern.substr(i++, 2);
            continue;
        }
        if (c == '[' && !in_class) {
            in_class = true;
            text += c;
            for (const char first : {'^', ']'})  // a bracket in the first place is an ordinary character
                if (i + 1 < pattern.size() && pattern[i + 1] == first)
                    text += pattern[++i];
            continue;
        }
        if (c == ']')
            in_class = false;
        text += c == '$' && !in_class ? "\\r?$" : std::string(1, c);
    }
    return text;
}

std::unexpected<Error> refused(const hs_compile_error_t& error, std::span<const LineFinder::Wanted> patterns)
{
    const std::string pattern = error.expression >= 0 ? patterns[static_cast<std::size_t>(error.expression)].pattern : "";
    return fail(ErrorKind::parse, fmt::format("{} cannot be searched for: {}", pattern, error.message));
}

int hand_over(unsigned id, unsigned long long, unsigned long long end, unsigned, void* found)
{
    (*static_cast<const LineFinder::Found*>(found))(id, static_cast<std::size_t>(end));
    return 0;
}

}  // namespace

void HsRelease::operator()(hs_database* database) const noexcept { hs_free_database(database); }
void HsRelease::operator()(hs_scratch* scratch) const noexcept { hs_free_scratch(scratch); }

LineFinder::Space::Space(const LineFinder& finder)
{
    hs_scratch_t* scratch = nullptr;
    if (hs_alloc_scratch(finder.database_.get(), &scratch) != HS_SUCCESS)
        throw std::bad_alloc{};
    scratch_.reset(scratch);
}

Result<LineFinder> LineFinder::compile(std::span<const Wanted> patterns)
{
    std::vector<std::string> texts;
    std::vector<const char*> pointers;
    std::vector<unsigned> flags;
    std::vector<unsigned> ids;
    for (const Wanted& wanted : patterns) {
        texts.push_back(for_any_line_end(wanted.pattern));
        flags.push_back(HS_FLAG_MULTILINE | (wanted.once ? HS_FLAG_SINGLEMATCH : 0U));
    }
    for (const std::string& text : texts) {
        ids.push_back(static_cast<unsigned>(ids.size()));
        pointers.push_back(text.c_str());
    }
    const hs_platform_info_t any_processor{};
    hs_database_t* database = nullptr;
    hs_compile_error_t* error = nullptr;
    const auto done = hs_compile_multi(pointers.data(), flags.data(), ids.data(), static_cast<unsigned>(ids.size()),
                                       HS_MODE_BLOCK, &any_processor, &database, &error);
    if (done == HS_SUCCESS)
        return LineFinder{database};
    const std::unique_ptr<hs_compile_error_t, decltype(&hs_free_compile_error)> owner{error, hs_free_compile_error};
    return refused(*error, patterns);
}

Result<LineFinder> LineFinder::load(std::string_view saved)
{
    hs_database_t* database = nullptr;
    if (hs_deserialize_database(saved.data(), saved.size(), &database) != HS_SUCCESS)
        return fail(ErrorKind::unsupported, "the search tables were made for another kind of processor",
                    "build gpupass on this machine: `./dev build`");
    return LineFinder{database};
}

std::string LineFinder::save() const
{
    char* bytes = nullptr;
    std::size_t size = 0;
    if (hs_serialize_database(database_.get(), &bytes, &size) != HS_SUCCESS)
        throw std::bad_alloc{};
    const std::unique_ptr<char, decltype(&std::free)> owner{bytes, std::free};
    return {bytes, size};
}

void LineFinder::find(std::string_view block, Space& space, const Found& found) const
{
    void* context = const_cast<Found*>(&found);  // vectorscan hands it back untouched
    const auto done = hs_scan(database_.get(), block.data(), static_cast<unsigned>(block.size()), 0,
                              space.scratch_.get(), hand_over, context);
    if (done != HS_SUCCESS)
        throw std::logic_error{fmt::format("vectorscan failed with {}", done)};
}

}  // namespace gpupass
