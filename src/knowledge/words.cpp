#include "knowledge/words.hpp"

#include <algorithm>

namespace gpupass {
namespace {

bool is_name(std::string_view text)
{
    const auto fits = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; };
    return !text.empty() && text.size() <= 32 && std::ranges::all_of(text, fits);
}

}  // namespace

std::string fill(std::string_view text, const Fields& fields)
{
    std::string filled;
    for (;;) {
        const std::size_t open = text.find('{');
        const std::size_t close = open == text.npos ? text.npos : text.find('}', open);
        if (close == text.npos)
            return filled.append(text);
        const std::string_view name = text.substr(open + 1, close - open - 1);
        filled += text.substr(0, open);
        if (is_name(name)) {
            const auto field = std::ranges::find(fields, name, &Fields::value_type::first);
            filled += field == fields.end() ? "(unknown)" : field->second;
            text.remove_prefix(close + 1);
        } else {
            filled += '{';
            text.remove_prefix(open + 1);
        }
    }
}

}  // namespace gpupass
