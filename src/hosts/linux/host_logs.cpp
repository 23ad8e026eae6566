#include "hosts/linux/host_logs.hpp"

#include "hosts/host_logs.hpp"
#include "rules/rules.hpp"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <optional>

namespace gpupass::linux_host {
namespace {

constexpr std::size_t tail = 512 * 1024;
constexpr std::size_t most_vms = 16;

std::string qemu_log_of(const std::string& vm) { return "/var/log/libvirt/qemu/" + vm + ".log"; }
bool has_log(const std::string& vm) { return !vm.contains('/'); }

/// Seconds of "[  123.456789] ..."; nullopt: the line has no time.
std::optional<double> kernel_time(std::string_view line)
{
    if (!line.starts_with('['))
        return std::nullopt;
    line.remove_prefix(std::min(line.find_first_not_of(' ', 1), line.size()));
    double seconds = 0;
    const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), seconds);
    return error == std::errc{} && end != line.data() + line.size() && *end == ']' ? std::optional{seconds} : std::nullopt;
}

/// The messages of this boot. Only root may read the kernel's ring in some distributions; the journal may be open.
HostLogs kernel_log(Machine& machine, Deadline deadline)
{
    const std::vector<Query> ring{Run{{"dmesg"}}};
    HostLogs logs = read_host_logs(machine, ring, deadline);
    if (!logs.texts.empty())
        return logs;
    const std::vector<Query> journal{Run{{"journalctl", "-k", "-b", "--no-pager", "-q", "-o", "short-monotonic"}}};
    HostLogs kept = read_host_logs(machine, journal, deadline);
    std::erase_if(kept.texts, [](const LogText& log) { return log.text.empty(); });
    return kept.texts.empty() ? logs : kept;
}

}  // namespace

std::string kernel_lines_since(std::string_view text, std::int64_t uptime_s)
{
    while (!text.empty()) {
        const auto time = kernel_time(text);
        if (time && *time >= static_cast<double>(uptime_s))
            return std::string{text};
        const std::size_t end = text.find('\n');
        text.remove_prefix(end == text.npos ? text.size() : end + 1);
    }
    return {};
}

std::string last_start(std::string_view text)
{
    const std::size_t start = text.rfind(": starting up libvirt version");
    return std::string{start == text.npos ? text : text.substr(text.rfind('\n', start) + 1)};
}

std::vector<Finding> explain(Machine& machine, const Step& step, const HostFacts& facts, const Error& error, Deadline deadline)
{
    std::vector<LogText> texts{{"error", error.what + "\n"}};
    for (const LogText& log : kernel_log(machine, deadline).texts)
        texts.push_back({log.source, kernel_lines_since(log.text, facts.boot ? facts.boot->uptime_s : 0)});
    std::vector<Query> starts;
    if (const auto* start = std::get_if<StartVms>(&step.change))
        for (const std::string& vm : start->vms)
            if (has_log(vm))
                starts.push_back(ReadFile{qemu_log_of(vm), tail});
    for (const LogText& log : read_host_logs(machine, starts, deadline).texts)
        texts.push_back({log.source, last_start(log.text)});
    auto findings = match_rules(texts, &facts);
    std::erase_if(findings, names_no_cause);
    return findings;
}

HostLogs host_logs(Machine& machine, const HostFacts& facts, Deadline deadline)
{
    HostLogs logs = kernel_log(machine, deadline);
    std::vector<Query> others;
    for (const Vm& vm : facts.vms)
        if (!vm.devices.empty() && has_log(vm.name) && others.size() < most_vms)
            others.push_back(ReadFile{qemu_log_of(vm.name), tail});
    HostLogs of_vms = read_host_logs(machine, others, deadline);
    std::ranges::move(of_vms.texts, std::back_inserter(logs.texts));
    std::ranges::move(of_vms.unread, std::back_inserter(logs.unread));
    return logs;
}

}  // namespace gpupass::linux_host
