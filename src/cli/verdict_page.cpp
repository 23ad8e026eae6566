#include "cli/text.hpp"
#include "cli/verdict_view.hpp"

#include <fmt/format.h>

#include <algorithm>

// One page without scripts and without anything from elsewhere: it can be sent by mail and read in ten years.

namespace gpupass::cli {

namespace {

constexpr const char* head = R"(<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>gpupass verify</title>
<style>
:root { color-scheme: light dark; --line: #8884; --good: #1a7f37; --bad: #cf222e; --so: #9a6700; --dim: #8888; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.3rem; } h2 { font-size: 1.05rem; margin-top: 2rem; }
.word { font-size: 1.6rem; font-weight: 600; } .working, .pass { color: var(--good); } .not-working, .fail { color: var(--bad); }
.degraded, .unproven, .warn { color: var(--so); } .skip { color: var(--dim); }
table { border-collapse: collapse; width: 100%; } td, th { text-align: left; vertical-align: top; padding: .35rem .75rem .35rem 0; border-top: 1px solid var(--line); overflow-wrap: anywhere; }
td.id, td.value { white-space: nowrap; } .fix { opacity: .8; }
.track { background: var(--line); border-radius: 3px; height: .8rem; width: 12rem; display: inline-block; vertical-align: middle; }
.bar { background: var(--good); border-radius: 3px; height: 100%; } .bar.warn { background: var(--so); }
</style>
</head>
<body>
)";

std::string escaped(std::string_view text)
{
    std::string out;
    for (const char c : printable(text)) {
        if (c == '<')
            out += "&lt;";
        else if (c == '>')
            out += "&gt;";
        else if (c == '&')
            out += "&amp;";
        else if (c == '"')
            out += "&quot;";
        else
            out += c;
    }
    return out;
}

bool is_figure(const Check& check) { return check.value && check.id.starts_with("speed"); }

std::string check_row(const Check& check)
{
    const std::string fix = check.fix.empty() || check.result == "pass" ? "" : fmt::format("<div class=\"fix\">To do: {}</div>", escaped(check.fix));
    return fmt::format("<tr><td class=\"{0}\">{0}</td><td class=\"id\">{1}</td><td>{2}{3}</td></tr>\n", escaped(check.result), escaped(check.id),
                       escaped(check.detail), fix);
}

std::string bar(const Check& check)
{
    const auto share = share_of(check);
    if (!share)
        return "";
    return fmt::format("<span class=\"track\"><div class=\"bar {}\" style=\"width:{:.0f}%\"></div></span> {:.0f} %", escaped(check.result),
                       std::clamp(*share, 0.0, 100.0), *share);
}

std::string figure_row(const Check& check)
{
    const std::string expected = check.expected ? fmt::format("{:.4g}", *check.expected) : "";
    return fmt::format("<tr><td class=\"id\">{}</td><td class=\"value\">{:.4g} {}</td><td class=\"value\">{}</td><td>{}</td></tr>\n", escaped(check.id),
                       *check.value, escaped(check.unit), expected, bar(check));
}

}  // namespace

std::string verdict_page(const Verdict& verdict, const std::string& subject)
{
    std::string checks;
    std::string figures;
    for (const Check& check : verdict.checks)
        (is_figure(check) ? figures : checks) += is_figure(check) ? figure_row(check) : check_row(check);
    std::string page = head;
    page += fmt::format("<h1>{}</h1>\n<p class=\"word {}\">{}{}</p>\n<p>{}</p>\n", escaped(subject), escaped(verdict.word), escaped(verdict.word),
                        verdict.simulated ? " (simulated)" : "", escaped(verdict.why));
    if (!figures.empty())
        page += "<h2>Figures</h2>\n<table>\n<tr><th>figure</th><th>found</th><th>expected</th><th></th></tr>\n" + figures + "</table>\n";
    return page + "<h2>Checks</h2>\n<table>\n" + checks + "</table>\n</body>\n</html>\n";
}

}  // namespace gpupass::cli
