#include "cli/verdict_view.hpp"

#include "cli/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace gpupass::cli {

namespace {

constexpr std::size_t bar_width = 20;

Colour colour_of(const std::string& verdict)
{
    if (verdict == "working")
        return Colour::green;
    return verdict == "not-working" ? Colour::red : Colour::yellow;
}

Colour colour_of_check(const std::string& result)
{
    if (result == "pass")
        return Colour::green;
    if (result == "fail")
        return Colour::red;
    return result == "warn" ? Colour::yellow : Colour::dim;
}

bool is_figure(const Check& check) { return check.value && check.id.starts_with("speed"); }

std::string value_text(const Check& check)
{
    if (!check.value)
        return "";
    const std::string value = fmt::format("{:.4g} {}", *check.value, check.unit);
    return check.expected ? fmt::format("{} (expected {:.4g})", value, *check.expected) : value;
}

/// Full at 100 %.
std::string bar(double percent)
{
    const auto full = static_cast<std::size_t>(std::clamp(percent / 100, 0.0, 1.0) * bar_width + 0.5);
    return fmt::format("{}{} {:.0f} %", std::string(full, '#'), std::string(bar_width - full, '.'), percent);
}

std::string checks_text(const Verdict& verdict, const Paint& paint, std::size_t width)
{
    std::size_t widest = 0;
    for (const Check& check : verdict.checks)
        widest = std::max(widest, is_figure(check) ? 0 : display_width(printable(check.id)));
    std::string text;
    for (const Check& check : verdict.checks) {
        if (is_figure(check))
            continue;
        const std::string detail = check.value ? fmt::format("{}: {}", value_text(check), check.detail) : check.detail;
        const std::string id = printable(check.id);
        text += fmt::format("  {} {}{}  {}\n", paint(colour_of_check(check.result), fmt::format("{:<4}", check.result)), id,
                            std::string(widest - display_width(id), ' '), wrap(printable(detail), width, widest + 9));
    }
    return text;
}

std::string figures_text(const Verdict& verdict, const Paint& paint)
{
    Table table;
    table.indent = 2;
    table.header = {"", "FIGURE", "FOUND", "OF WHAT IS EXPECTED"};
    for (const Check& check : verdict.checks)
        if (is_figure(check)) {
            const auto share = share_of(check);
            table.rows.push_back({{check.result, colour_of_check(check.result)}, {check.id}, {value_text(check)}, {share ? bar(*share) : ""}});
        }
    return table.rows.empty() ? "" : table.render(paint);
}

std::string fixes_text(const Verdict& verdict, std::size_t width)
{
    std::string text;
    for (const Check& check : verdict.checks)
        if (!check.fix.empty() && check.result != "pass")
            text += "  " + wrap(printable(fmt::format("{}: {}", check.id, check.fix)), width, 4) + "\n";
    return text.empty() ? "" : "what to do:\n" + text;
}

}  // namespace

std::optional<double> share_of(const Check& check)
{
    if (!check.value || !check.expected || *check.expected <= 0)
        return std::nullopt;
    return *check.value / *check.expected * 100;
}

std::string verdict_text(const Verdict& verdict, const Paint& paint, std::size_t width)
{
    const std::string word = verdict.simulated ? verdict.word + " (simulated)" : verdict.word;
    return fmt::format("verdict: {}: {}\n", paint(colour_of(verdict.word), word), wrap(printable(verdict.why), width, 9)) +
           checks_text(verdict, paint, width) + figures_text(verdict, paint) + fixes_text(verdict, width);
}

}  // namespace gpupass::cli
