#include "cli/diagnose_view.hpp"

#include "cli/text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

namespace gpupass::cli {

namespace {

Colour colour_of(Severity severity)
{
    if (severity == Severity::info)
        return Colour::dim;
    return severity == Severity::error ? Colour::red : Colour::yellow;
}

/// The line, with what matched in it painted.
std::string marked(const Evidence& line, const Paint& paint)
{
    const std::size_t from = std::min(line.from, line.text.size());
    const std::size_t to = std::clamp(line.to, from, line.text.size());
    const std::string_view text = line.text;
    const std::string middle = printable(text.substr(from, to - from));
    return printable(text.substr(0, from)) + (middle.empty() ? "" : paint(Colour::bold, middle)) + printable(text.substr(to));
}

std::string place(const Evidence& line)
{
    return line.line > 0 ? fmt::format("{}:{}", printable(line.source), line.line) : printable(line.source);
}

std::string list(const char* name, const std::vector<std::string>& texts, std::size_t width)
{
    std::string out;
    for (const std::string& text : texts)
        out += fmt::format("    {:<8} {}\n", out.empty() ? name : "", wrap(printable(text), width, 13));
    return out;
}

std::string finding_text(const Finding& finding, const Paint& paint, std::size_t width)
{
    const std::string certainty = finding.severity == Severity::info ? "" : ", " + to_string(finding.certainty);
    std::string out = fmt::format("{}{}: {} [{}]\n", paint(colour_of(finding.severity), to_string(finding.severity)), certainty,
                                  paint(Colour::bold, printable(finding.title)), finding.id);
    for (const Evidence& line : finding.evidence)
        out += fmt::format("    {:<8} {}: {}\n", &line == finding.evidence.data() ? "seen" : "", place(line), marked(line, paint));
    out += list("why", {finding.cause}, width) + list("fix", finding.fix, width);
    if (finding.certainty != Certainty::certain && finding.severity != Severity::info) {
        out += list("collect", finding.collect, width);
        std::vector<std::string> others;
        for (const std::string& id : finding.also)
            others.push_back(fmt::format("`gpupass explain {}`", id));
        out += list("or else", others, width);
    }
    return out + list("sources", finding.links, width);
}

constexpr std::string_view what_helps[] = {
    "what helps next: the whole log instead of a part of it (kernel log of host and guest from the boot on, the VM's own log: "
    "vmware.log, /var/log/libvirt/qemu/VM.log, the task log), or the host itself: `gpupass --host URI diagnose`",
    "when you find the cause, it can become a rule: CONTRIBUTING.md says how",
};

std::string nothing_known(const Diagnosis& diagnosis, std::size_t width)
{
    const std::string read = diagnosis.sources.empty()
        ? "No rule knows anything of these facts."
        : fmt::format("No rule knows anything of the {} lines of {}.", diagnosis.lines, printable(fmt::format("{}", fmt::join(diagnosis.sources, ", "))));
    std::string out = wrap(read + " That does not mean that all is well: it means that gpupass cannot tell.", width, 0) + "\n";
    for (const std::string_view help : what_helps)
        out += "- " + wrap(help, width, 2) + "\n";
    return out;
}

}  // namespace

std::string diagnosis_text(const Diagnosis& diagnosis, const Paint& paint, std::size_t width)
{
    std::string out;
    for (const Finding& finding : diagnosis.findings)
        out += (out.empty() ? "" : "\n") + finding_text(finding, paint, width);
    if (diagnosis.findings.empty())
        out += nothing_known(diagnosis, width);
    for (const std::string& note : diagnosis.notes)
        out += "left out: " + printable(note) + "\n";
    return out;
}

std::string rules_page(const std::vector<Rule>& rules)
{
    std::map<std::string, std::vector<const Rule*>> areas;
    for (const Rule& rule : rules)
        areas[rule.area].push_back(&rule);
    std::string out = "# Failures that gpupass knows\n\nMade by `gpupass rules --markdown` from data/rules/; change it there.\n";
    for (const auto& [area, members] : areas) {
        out += fmt::format("\n## {}\n", area);
        for (const Rule* rule : members) {
            out += fmt::format("\n### {}\n\n`{}` · {}\n\n{}\n\n", rule->title, rule->id, to_string(rule->severity), rule->cause);
            for (const std::string& fix : rule->fix)
                out += fmt::format("- {}\n", fix);
            out += "\nSources:";
            for (const std::string& link : rule->links)
                out += fmt::format(" <{}>", link);
            out += "\n";
        }
    }
    return out;
}

}  // namespace gpupass::cli
