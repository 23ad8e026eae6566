#include "guest/remote/verdict.hpp"

#include "guest/remote/bring.hpp"
#include "guest/remote/report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>

// Three batches: which functions there are, then everything about each of them, then the program that computes. What the guest
// could be lying about or not know (that the GPU computes) is believed only from a report of a computation.

namespace gpupass {

namespace {

constexpr std::size_t most_functions = 512;
constexpr const char* pci_folder = "/sys/bus/pci/devices/";

std::vector<std::string> lines_of(const std::string& text)
{
    std::vector<std::string> lines;
    for (std::size_t begin = 0; begin < text.size();) {
        const auto end = std::min(text.find('\n', begin), text.size());
        lines.push_back(text.substr(begin, end - begin));
        begin = end + 1;
    }
    return lines;
}

std::vector<PciAddress> functions_in(const std::string& names)
{
    std::vector<PciAddress> found;
    for (const std::string& line : lines_of(names))
        if (const auto address = parse_pci_address(line); address && found.size() < most_functions)
            found.push_back(*address);
    return found;
}

/// "0x8086\n" as in sysfs; nullopt for anything else.
std::optional<std::uint32_t> hex_number(const Answer& answer)
{
    const std::string_view text = answer.out;
    if (!answer.ok() || !text.starts_with("0x") || text.size() > 12)
        return std::nullopt;
    std::uint32_t value{};
    const auto [end, error] = std::from_chars(text.data() + 2, text.data() + text.size(), value, 16);
    const bool whole = end == text.data() + text.size() || (end + 1 == text.data() + text.size() && *end == '\n');
    return error == std::errc{} && whole ? std::optional{value} : std::nullopt;
}

std::string last_part(const std::string& path)
{
    std::string line = path.substr(0, path.find('\n'));
    return line.substr(line.rfind('/') + 1);
}

struct Function {
    PciAddress address;
    std::string driver;  // "" when none is bound
};

struct GuestFacts {
    std::optional<Function> gpu;
    std::vector<std::string> nodes;
    std::optional<std::vector<std::string>> nodes_by_path;  // pci-0000:13:00.0-render; nullopt without udev
    std::vector<std::string> kernel_log;
    bool has_program{};   // gpupass-guest is installed
    std::string machine;  // "x86_64"
};

constexpr std::size_t queries_a_function = 4;

std::vector<Query> second_batch(const std::vector<PciAddress>& functions)
{
    std::vector<Query> queries;
    for (const PciAddress& address : functions) {
        const std::string folder = pci_folder + to_string(address);
        queries.push_back(ReadFile{folder + "/vendor"});
        queries.push_back(ReadFile{folder + "/device"});
        queries.push_back(ReadFile{folder + "/class"});
        queries.push_back(ReadLink{folder + "/driver"});
    }
    queries.push_back(ListDir{"/dev/dri"});
    queries.push_back(ListDir{"/dev/dri/by-path"});
    queries.push_back(Run{{"dmesg"}});
    queries.push_back(Run{{"gpupass-guest", "--version"}});
    queries.push_back(Run{{"uname", "-m"}});
    return queries;
}

bool is_asked_for(const PciAddress& address, std::span<const Answer> of, const GuestQuestion& question)
{
    if (question.address && address != *question.address)
        return false;
    return !question.gpu || (hex_number(of[0]) == question.gpu->vendor && hex_number(of[1]) == question.gpu->device);
}

/// The function with the GPU's id; one that is a display controller goes before one that is not.
std::optional<Function> find_gpu(const std::vector<PciAddress>& functions, std::span<const Answer> answers, const GuestQuestion& question)
{
    std::optional<Function> found;
    for (std::size_t i = 0; i < functions.size(); ++i) {
        const auto of = answers.subspan(i * queries_a_function, queries_a_function);
        if (!is_asked_for(functions[i], of, question))
            continue;
        const bool display = hex_number(of[2]).value_or(0) >> 16 == 0x03;
        if (!found || display)
            found = Function{functions[i], of[3].ok() ? last_part(of[3].out) : ""};
        if (display)
            break;
    }
    return found;
}

Result<GuestFacts> read_guest(Machine& guest, const GuestQuestion& question, Deadline deadline)
{
    const auto names = ask_one(guest, ListDir{"/sys/bus/pci/devices"}, deadline);
    if (!names)
        return std::unexpected(names.error());
    if (!names->ok())
        return fail(ErrorKind::unsupported, "the guest has no /sys/bus/pci/devices: it is not a Linux system");
    const auto functions = functions_in(names->out);
    const auto queries = second_batch(functions);
    const auto answers = guest.ask(queries, deadline);
    if (!answers)
        return std::unexpected(answers.error());
    if (answers->size() != queries.size())
        return fail(ErrorKind::failed, "the guest gave fewer answers than it was asked");
    const auto rest = std::span{*answers}.subspan(functions.size() * queries_a_function);
    const bool named = question.gpu || question.address;
    return GuestFacts{.gpu = !named ? std::nullopt : find_gpu(functions, *answers, question),
                      .nodes = rest[0].ok() ? lines_of(rest[0].out) : std::vector<std::string>{},
                      .nodes_by_path = rest[1].ok() ? std::optional{lines_of(rest[1].out)} : std::nullopt,
                      .kernel_log = rest[2].ok() ? lines_of(rest[2].out) : std::vector<std::string>{},
                      .has_program = rest[3].ok(),
                      .machine = rest[4].out.substr(0, rest[4].out.find('\n'))};
}

/// Lines by which i915 and xe say that the GPU is lost.
std::optional<std::string> fatal_line(const std::vector<std::string>& log)
{
    constexpr std::array signs = {"declaring GPU wedged", "GPU wedged", "Failed to initialize GPU", "GPU HANG",
                                  "probe with driver i915 failed", "probe with driver xe failed"};
    for (const std::string& line : log)
        if (std::ranges::any_of(signs, [&](const char* sign) { return line.find(sign) != std::string::npos; }))
            return line.substr(0, 300);
    return std::nullopt;
}

Check check_of(const char* id, bool good, std::string detail)
{
    return {.id = id, .result = good ? "pass" : "fail", .detail = std::move(detail), .value = {}, .unit = "", .expected = {}};
}

/// The virtual card of the VM has a render node too: where udev names them by address, it must be the GPU's.
Check node_check(const GuestFacts& facts)
{
    if (facts.nodes_by_path) {
        const std::string wanted = "pci-" + to_string(facts.gpu->address) + "-render";
        const bool there = std::ranges::find(*facts.nodes_by_path, wanted) != facts.nodes_by_path->end();
        return check_of("node-render", there, there ? "/dev/dri/by-path/" + wanted : "no render node belongs to the GPU");
    }
    const auto node = std::ranges::find_if(facts.nodes, [](const auto& name) { return name.starts_with("renderD"); });
    const bool there = node != facts.nodes.end();
    return check_of("node-render", there, there ? "/dev/dri/" + *node : "no render node in /dev/dri");
}

std::string what_was_asked(const GuestQuestion& question)
{
    if (question.gpu)
        return to_string(*question.gpu);
    return question.address ? "device at " + to_string(*question.address) : "GPU";
}

/// What the kernel of the guest shows, without any help.
std::vector<Check> kernel_checks(const GuestFacts& facts, const GuestQuestion& question)
{
    std::vector<Check> checks;
    const bool present = facts.gpu.has_value();
    checks.push_back(check_of("pci-present", present,
                              present ? what_was_asked(question) + " at " + to_string(facts.gpu->address)
                                      : "there is no " + what_was_asked(question)));
    if (!present)
        return checks;
    const std::string& driver = facts.gpu->driver;
    checks.push_back(check_of("driver-bound", !driver.empty(), driver.empty() ? "no driver is bound" : driver));
    const auto fatal = fatal_line(facts.kernel_log);
    checks.push_back(check_of("driver-log", !fatal, fatal.value_or("no fatal line in the kernel log")));
    checks.push_back(node_check(facts));
    return checks;
}

std::string failure_text(const Check& failed)
{
    if (failed.id == "pci-present")
        return "the GPU is not in the guest: " + failed.detail;
    if (failed.id == "driver-bound")
        return "no driver of the guest serves the GPU: install its driver and firmware";
    if (failed.id == "node-render")
        return "the driver made no render node";
    return "the guest's kernel gave the GPU up: " + failed.detail;
}

/// The report's own view joins ours; what our eyes saw fail, no report can repair.
Verdict judge(std::vector<Check> ours, Result<Verdict> report)
{
    if (report)  // the program in the guest sees more of nodes than a folder's names
        std::erase_if(ours, [](const Check& check) { return check.id == "node-render"; });
    const auto failed = std::ranges::find(ours, "fail", &Check::result);
    Verdict verdict{.word = "unproven", .why = "", .checks = {}};
    if (report)
        verdict = std::move(*report);
    else
        verdict.why = "the driver runs, but no computation was seen: " + report.error().what;
    if (failed != ours.end()) {
        verdict.word = "not-working";
        verdict.why = failure_text(*failed) + (report ? "" : "; " + report.error().what);
    }
    const auto is_ours = [&](const Check& check) { return std::ranges::find(ours, check.id, &Check::id) != ours.end(); };
    std::erase_if(verdict.checks, is_ours);
    verdict.checks.insert(verdict.checks.begin(), ours.begin(), ours.end());
    return verdict;
}

}  // namespace

Result<Verdict> report_of(const Answer& answer)
{
    if (answer.state != Answer::State::done)
        return fail(ErrorKind::timeout, "gpupass-guest did not end in time");
    if (answer.exit_code == 125)
        return fail(ErrorKind::unsupported, "gpupass-guest could not be run in the guest: " + answer.err.substr(0, 300));
    if (answer.truncated)
        return fail(ErrorKind::parse, "the report of gpupass-guest is too long");
    auto report = parse_guest_report(answer.out);
    if (!report)
        report.error().what = fmt::format("the guest's report is damaged ({}: {})", report.error().where.front(), report.error().what);
    return report;
}

std::vector<std::string> words_of(const GuestQuestion& question)
{
    std::vector<std::string> words{"--json"};
    if (question.address || question.gpu) {
        words.emplace_back("--device");
        words.push_back(question.address ? to_string(*question.address) : to_string(*question.gpu));
    }
    if (question.fast)
        words.emplace_back("--fast");
    if (question.allow_software)
        words.emplace_back("--allow-software");
    return words;
}

namespace {

Query report_query(const GuestFacts& facts, GuestQuestion question)
{
    if (facts.gpu)
        question.address = facts.gpu->address;
    const auto words = words_of(question);
    if (!facts.has_program)
        return bring_and_run(question.program, words);
    Run run{{"gpupass-guest"}};
    run.argv.insert(run.argv.end(), words.begin(), words.end());
    return run;
}

Result<Verdict> ask_program(Machine& guest, const GuestFacts& facts, const GuestQuestion& question, Deadline deadline)
{
    if (!facts.has_program && question.program.empty())
        return fail(ErrorKind::not_found, "gpupass-guest is not installed in the guest");
    if (!facts.has_program && facts.machine != "x86_64")
        return fail(ErrorKind::unsupported, fmt::format("gpupass-guest is not installed in the guest, and there is none to bring for its processor ({})", facts.machine.substr(0, 40)));
    const auto answer = ask_one(guest, report_query(facts, question), deadline);
    return answer ? report_of(*answer) : std::unexpected(answer.error());
}

}  // namespace

Result<Verdict> verify_linux_guest(Machine& guest, const GuestQuestion& question, Deadline deadline)
{
    const bool named = question.gpu || question.address;
    const auto facts = read_guest(guest, question, deadline);
    if (!facts)
        return at(facts.error(), "guest " + guest.name());
    if (!named)
        return ask_program(guest, *facts, question, deadline);
    const auto ours = kernel_checks(*facts, question);
    if (!facts->gpu)
        return judge(ours, fail(ErrorKind::not_found, "there is no GPU"));
    return judge(ours, ask_program(guest, *facts, question, deadline));
}

}  // namespace gpupass
