#include "rules/condition.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <compare>
#include <fmt/format.h>
#include <optional>
#include <utility>

namespace gpupass {
namespace {

using Operator = Condition::Operator;

constexpr std::pair<std::string_view, Operator> operators[] = {
    {"<=", Operator::at_most}, {">=", Operator::at_least}, {"!=", Operator::differs},
    {"<", Operator::less},     {">", Operator::greater},   {"=", Operator::equal},
};

std::string_view trimmed(std::string_view text)
{
    while (!text.empty() && text.front() == ' ')
        text.remove_prefix(1);
    while (!text.empty() && text.back() == ' ')
        text.remove_suffix(1);
    return text;
}

bool same_word(std::string_view one, std::string_view other)
{
    const auto lower = [](char c) { return std::tolower(static_cast<unsigned char>(c)); };
    return std::ranges::equal(one, other, {}, lower, lower);
}

std::vector<std::string> split(std::string_view text)
{
    std::vector<std::string> parts;
    for (;;) {
        const std::size_t bar = text.find('|');
        parts.emplace_back(trimmed(text.substr(0, bar)));
        if (bar == text.npos)
            return parts;
        text.remove_prefix(bar + 1);
    }
}

/// "6.8.12-9-pve" is 6, 8, 12, 0; so is "v6.8.12". nullopt: it is no version.
std::optional<std::array<unsigned, 4>> version(std::string_view text)
{
    if (text.starts_with('v'))
        text.remove_prefix(1);
    if (text.empty() || text[0] < '0' || text[0] > '9')
        return std::nullopt;
    std::array<unsigned, 4> numbers{};
    for (unsigned& number : numbers) {
        const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), number);
        if (error != std::errc{} || rest == text.data() + text.size() || *rest != '.')
            break;
        text.remove_prefix(static_cast<std::size_t>(rest - text.data()) + 1);
    }
    return numbers;
}

bool in_order(Operator op, std::strong_ordering order)
{
    switch (op) {
    case Operator::less: return order < 0;
    case Operator::at_most: return order <= 0;
    case Operator::greater: return order > 0;
    case Operator::at_least: return order >= 0;
    default: return false;
    }
}

}  // namespace

Result<Condition> parse_condition(std::string_view text)
{
    const std::size_t sign = text.find_first_of("<>=!");
    for (const auto& [word, op] : operators) {
        if (sign == text.npos || !text.substr(sign).starts_with(word))
            continue;
        Condition condition{std::string{trimmed(text.substr(0, sign))}, op, split(text.substr(sign + word.size()))};
        const bool one = op != Operator::equal && op != Operator::differs;
        const bool twice = text.find_first_of("<>=!", sign + word.size()) != text.npos;
        if (twice || condition.fact.empty() || std::ranges::find(condition.values, "") != condition.values.end() || (one && condition.values.size() > 1))
            break;
        return condition;
    }
    return fail(ErrorKind::parse, fmt::format("{:?} is no condition such as \"gpu.sriov = no\" or \"kernel < 6.10\"", text));
}

bool is_order(const Condition& condition)
{
    return condition.op != Operator::equal && condition.op != Operator::differs;
}

bool holds(const Condition& condition, std::string_view value)
{
    if (is_order(condition)) {
        const auto one = version(value);
        const auto other = version(condition.values.front());
        return one && other && in_order(condition.op, *one <=> *other);
    }
    const bool listed =
        std::ranges::any_of(condition.values, [&](const std::string& one) { return same_word(one, value); });
    return listed == (condition.op == Operator::equal);
}

}  // namespace gpupass
