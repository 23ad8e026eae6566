#include "cli/run_talk.hpp"

#include "cli/prompts.hpp"
#include "cli/report.hpp"
#include "cli/signals.hpp"
#include "cli/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <ostream>

namespace gpupass::cli {

namespace {

using std::chrono::milliseconds;

/// How full the bar is: by the expected time, never full before the step has ended.
std::string bar(milliseconds elapsed, std::chrono::seconds expected)
{
    constexpr long long cells = 20;
    const long long total = std::max<long long>(milliseconds{expected}.count(), 1);
    const auto filled = static_cast<std::size_t>(std::clamp(elapsed.count() * cells / total, 0LL, cells - 1));
    return "[" + std::string(filled, '#') + std::string(static_cast<std::size_t>(cells) - filled, '.') + "]";
}

}  // namespace

bool TerminalTalk::ask(const Plan& plan)
{
    if (std::ranges::any_of(plan.steps, &Step::loses_console))
        return ask_typed(around_,
                         fmt::format("The host's own screen goes dark. To go on, type the host's name ({}):",
                                     printable(host_name_)),
                         host_name_);
    return ask_yes_no(around_, "Apply this plan?");
}

bool TerminalTalk::agree(const Plan& plan, bool again)
{
    if (again)
        around_.err << "\nThe host is not as it was when this began; the plan is now:\n";
    around_.err << plan_text(plan, around_.paint_err(), around_.terminal.width) << '\n';
    if (yes_)
        return true;
    declined_ = !ask(plan);
    return !declined_;
}

void TerminalTalk::step_begins(const Step& step, int number, int total)
{
    number_ = number;
    total_ = total;
    last_note_.clear();
    last_line_ = {};
    if (around_.terminal.err)
        draw(step, "", {});
    else
        around_.err << fmt::format("step {}/{}: {} (about {})\n", number, total, printable(step.title),
                                   duration_text(step.expected))
                    << std::flush;
}

void TerminalTalk::draw(const Step& step, std::string_view note, milliseconds elapsed)
{
    std::string line = fmt::format("{} {}/{} {}", bar(elapsed, step.expected), number_, total_, printable(step.title));
    line += fmt::format("  {} of about {}", duration_text(elapsed), duration_text(step.expected));
    if (!note.empty())
        line += "  " + printable(note);
    // A line that wraps cannot be redrawn. Cut by bytes: a code point in halves would be worse than a short line.
    while (display_width(line) >= around_.terminal.width)
        line.pop_back();
    while (!line.empty() && printable(line) != line)
        line.pop_back();
    around_.err << "\r\x1b[K" << line << std::flush;
}

void TerminalTalk::tell_stop_wish()
{
    if (told_stop_ || stop_wish() == 0)
        return;
    told_stop_ = true;
    around_.err << (around_.terminal.err ? "\r\x1b[K" : "")
                << "stopping when this step has ended; Ctrl-C again leaves at once\n";
}

void TerminalTalk::step_waits(const Step& step, std::string_view note, milliseconds elapsed)
{
    tell_stop_wish();
    const auto pause = around_.terminal.err ? milliseconds{100} : milliseconds{30'000};
    const bool is_new = last_note_ != note;
    if (!is_new && elapsed - last_line_ < pause)
        return;
    last_note_ = note;
    last_line_ = elapsed;
    if (around_.terminal.err)
        draw(step, note, elapsed);
    else if (!note.empty())
        around_.err << fmt::format("  {} ({})\n", printable(note), duration_text(elapsed)) << std::flush;
}

void TerminalTalk::step_ends(const Step& step, StepEnd end, milliseconds elapsed)
{
    const auto paint = around_.paint_err();
    if (around_.terminal.err)
        around_.err << "\r\x1b[K";
    const std::string word = end == StepEnd::done ? paint(Colour::green, "done  ") : end == StepEnd::waits ? paint(Colour::yellow, "waits ") : paint(Colour::red, "FAILED");
    around_.err << fmt::format("  {} {}/{} {} ({})\n", word, number_, total_, printable(step.title), duration_text(elapsed)) << std::flush;
}

int TerminalTalk::stop_wish() const
{
    return stop_wishes();
}

}  // namespace gpupass::cli
