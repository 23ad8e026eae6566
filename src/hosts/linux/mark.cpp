#include "hosts/linux/mark.hpp"

#include "hosts/linux/boot/lines.hpp"
#include "model/text.hpp"

#include <fmt/format.h>

#include <charconv>

namespace gpupass::linux_host {

namespace {

constexpr const char* marker_path = "/run/gpupass.lock";
constexpr std::int64_t stale_after_s = 600;

/// The marker: when (host clock), which computer and state folder, who.
struct Marker {
    std::int64_t time{};
    std::string owner;
    std::string who;
};

Marker parse_marker(std::string_view text)
{
    Marker marker;
    const auto time = boot::take_line(text);
    std::from_chars(time.data(), time.data() + time.size(), marker.time);
    marker.owner = boot::take_line(text);
    marker.who = printable(boot::take_line(text));
    return marker;
}

std::string sheet_path(long run)
{
    return fmt::format("/var/tmp/gpupass-rescue-run-{}.txt", run);
}

Result<void> well(const Result<Answer>& answer, const std::string& what)
{
    if (!answer)
        return std::unexpected(answer.error());
    if (answer->ok())
        return {};
    return fail(ErrorKind::failed, what + ": " + printable(answer->err.empty() ? fmt::format("exit code {}", answer->exit_code) : answer->err),
                "check the disk and the rights of that folder");
}

}  // namespace

Result<void> claim_host(Machine& machine, const HostFacts& facts, const Holder& holder, Deadline deadline)
{
    const auto there = ask_one(machine, ReadFile{marker_path}, deadline);
    if (!there)
        return std::unexpected(there.error());
    const std::int64_t now = facts.boot ? facts.boot->started_at + facts.boot->uptime_s : 0;
    const std::string owner = holder.machine + " " + holder.state;
    const Marker marker = parse_marker(there->out);
    if (there->ok() && marker.owner != owner && now - marker.time < stale_after_s)
        return fail(ErrorKind::busy, "another gpupass works on this host: " + marker.who, "wait until it is done, or `gpupass status` there");
    const WriteFile write{.path = marker_path,
                          .content = fmt::format("{}\n{}\n{}\n", now, owner, holder.who),
                          .expected = there->ok() ? std::optional{there->out} : std::nullopt,
                          .mode = 0644};
    const auto written = ask_one(machine, write, deadline);
    if (written && written->exit_code == 3)
        return fail(ErrorKind::busy, "another gpupass began to work on this host at the same moment", "wait until it is done");
    return well(written, marker_path);
}

Result<void> release_host(Machine& machine, Deadline deadline)
{
    return well(ask_one(machine, Run{{"rm", "-f", marker_path}}, deadline), marker_path);
}

Result<void> write_sheet(Machine& machine, long run, std::string_view text, Deadline deadline)
{
    const std::string path = sheet_path(run);
    const auto removed = ask_one(machine, Run{{"rm", "-f", path}}, deadline);  // of a state folder that is gone
    if (!removed)
        return std::unexpected(removed.error());
    return well(ask_one(machine, WriteFile{.path = path, .content = std::string{text}, .expected = std::nullopt, .mode = 0600}, deadline), path);
}

Result<void> remove_sheet(Machine& machine, long run, Deadline deadline)
{
    const std::string path = sheet_path(run);
    return well(ask_one(machine, Run{{"rm", "-f", path, path + ".gpupass-new"}}, deadline), path);
}

}  // namespace gpupass::linux_host
