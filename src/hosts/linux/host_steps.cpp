#include "hosts/linux/keys.hpp"
#include "hosts/linux/pci.hpp"
#include "hosts/linux/steps.hpp"

#include "model/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <thread>

namespace gpupass::linux_host {

namespace {

constexpr std::string_view framebuffer_drivers[] = {"efi-framebuffer", "simple-framebuffer", "vesa-framebuffer"};

std::string console_file(const SetConsole& change)
{
    for (const std::string_view driver : framebuffer_drivers)
        if (change.name.starts_with(driver))
            return fmt::format("/sys/bus/platform/drivers/{}/{}", driver, change.bound ? "bind" : "unbind");
    return "/sys/class/vtconsole/" + change.name + "/bind";
}

/// The programs of a desktop end a moment after their display manager. Who stays is for the next plan to tell.
Result<void> wait_for_the_desktop(Hands& hands)
{
    std::set<std::string> leaving;
    for (const PciDevice& device : hands.facts.pci)
        for (const std::string& holder : device.holders)
            if (std::ranges::find(device.lasting_holders, holder) == device.lasting_holders.end())
                leaving.insert(holder);
    const Deadline deadline = Deadline::in(hands.times.desktop);
    while (!leaving.empty() && !deadline.passed()) {
        const auto open = ask_well(hands, FindOpen{{"/dev/dri/", "/dev/nvidia"}});
        if (!open)
            return std::unexpected(open.error());
        const auto files = parse_open_files(*open);
        std::erase_if(leaving, [&](const std::string& holder) { return std::ranges::find(files, holder, holder_text) == files.end(); });
        if (leaving.empty())
            break;
        if (auto waited = wait_a_bit(hands, "waiting for " + *leaving.begin() + " to end"); !waited)
            return waited;
    }
    return {};
}

Result<void> run_behind(Hands& hands, const std::vector<std::string>& argv)
{
    const auto before = hands.machine.query_time;
    hands.machine.query_time = hands.times.command;
    const auto answer = ask_one(hands.machine, Run{argv}, Deadline::in(hands.times.command));
    hands.machine.query_time = before;
    if (!answer)
        return std::unexpected(answer.error());
    // Where udev does not run, the rules are read when it starts.
    if (const std::string trouble = trouble_of(*answer); !trouble.empty() && argv.front() != "udevadm")
        return at(Error{.kind = answer->state == Answer::State::timed_out ? ErrorKind::timeout : ErrorKind::failed, .what = trouble, .where = {}, .next = {}}, argv.front());
    return {};
}

/// Puts a file's new content where its old one is, or takes it away.
Result<void> swap_file(Hands& hands, const FileChange& file, const std::optional<std::string>& before)
{
    const auto deadline = Deadline::in(hands.times.batch);
    const auto changed = fail(ErrorKind::changed, file.path + " is not what it was when the plan was made", "look at it, then `gpupass resume`");
    if (!file.content) {
        const auto now = ask_one(hands.machine, ReadFile{file.path}, deadline);
        if (!now)
            return std::unexpected(now.error());
        if (now->ok() && now->out != before.value_or(""))
            return changed;
    }
    Query query = Run{{"rm", "-f", "--", file.path}};
    if (file.content)
        query = WriteFile{.path = file.path, .content = *file.content, .expected = before, .mode = 0644};
    const auto answer = ask_one(hands.machine, query, deadline);
    if (!answer)
        return std::unexpected(answer.error());
    if (file.content && answer->exit_code == 3 && answer->state == Answer::State::done)
        return changed;
    const std::string trouble = trouble_of(*answer);
    return trouble.empty() ? Result<void>{} : fail(ErrorKind::failed, trouble, "check the disk and the rights of " + file.path);
}

}  // namespace

Result<void> wait_a_bit(Hands& hands, std::string_view note)
{
    hands.context.watch->note(note);
    if (hands.context.watch->must_leave())
        return fail(ErrorKind::interrupted, "left as you wished, in the middle of a wait");
    std::this_thread::sleep_for(hands.times.poll);
    return {};
}

std::string trouble_of(const Answer& answer)
{
    if (answer.ok())
        return "";
    const std::string said = printable(answer.err.empty() ? answer.out : answer.err, 300);
    if (answer.state == Answer::State::timed_out)
        return "no answer in time" + (said.empty() ? "" : ": " + said);
    return said.empty() ? fmt::format("exit code {}", answer.exit_code) : said;
}

Result<std::string> ask_well(Hands& hands, const Query& query)
{
    const auto answer = ask_one(hands.machine, query, Deadline::in(hands.times.batch));
    if (!answer)
        return std::unexpected(answer.error());
    if (answer->ok())
        return answer->out;
    // What timed out may still happen: the step is in doubt, not failed.
    const auto kind = answer->state == Answer::State::timed_out ? ErrorKind::timeout : ErrorKind::failed;
    return at(Error{.kind = kind, .what = trouble_of(*answer), .where = {}, .next = {}}, describe(query));
}

Result<void> set_service(Hands& hands, const SetService& change)
{
    const auto done = ask_well(hands, Run{{"systemctl", change.active ? "start" : "stop", "--", change.unit}});
    if (!done)
        return std::unexpected(done.error());
    return change.active ? Result<void>{} : wait_for_the_desktop(hands);
}

Result<void> set_console(Hands& hands, const SetConsole& change)
{
    const std::string file = console_file(change);
    const bool is_console = file.starts_with("/sys/class/vtconsole/");
    const auto done = ask_well(hands, Poke{{{file, is_console ? (change.bound ? "1" : "0") : change.name}}});
    return done ? Result<void>{} : std::unexpected(done.error());
}

Result<void> run_all(Hands& hands, const std::vector<std::vector<std::string>>& commands)
{
    for (const auto& argv : commands)
        if (auto done = run_behind(hands, argv); !done)
            return done;
    return {};
}

Result<void> change_files(Hands& hands, const ChangeFiles& change)
{
    std::vector<FileChange> undo;
    for (const FileChange& file : change.files) {
        const auto found = hands.facts.settings.find(file_key(file.path));
        const auto before = found == hands.facts.settings.end() ? std::nullopt : found->second.configured;
        if (auto done = swap_file(hands, file, before); !done)
            return done;
        undo.push_back({file.path, before});
    }
    auto done = run_all(hands, change.then);
    // A file that its program did not take is none: configured is what the next boot gets.
    for (std::size_t i = 0; !done && i < undo.size(); ++i)
        if (!swap_file(hands, undo[i], change.files[i].content))
            return at(std::move(done.error()), undo[i].path + " stays changed");
    return done;
}

}  // namespace gpupass::linux_host
