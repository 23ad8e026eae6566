#include "hosts/linux/keys.hpp"
#include "hosts/linux/steps.hpp"

#include "model/text.hpp"

#include <fmt/format.h>

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
    return at(Error{.kind = ErrorKind::failed, .what = trouble_of(*answer), .where = {}, .next = {}}, describe(query));
}

Result<void> set_service(Hands& hands, const SetService& change)
{
    const auto done = ask_well(hands, Run{{"systemctl", change.active ? "start" : "stop", "--", change.unit}});
    return done ? Result<void>{} : std::unexpected(done.error());
}

Result<void> set_console(Hands& hands, const SetConsole& change)
{
    const std::string file = console_file(change);
    const bool is_console = file.starts_with("/sys/class/vtconsole/");
    const auto done = ask_well(hands, Poke{{{file, is_console ? (change.bound ? "1" : "0") : change.name}}});
    return done ? Result<void>{} : std::unexpected(done.error());
}

Result<void> change_files(Hands& hands, const ChangeFiles& change)
{
    for (const FileChange& file : change.files) {
        const auto found = hands.facts.settings.find(file_key(file.path));
        const auto before = found == hands.facts.settings.end() ? std::nullopt : found->second.configured;
        Query query = Run{{"rm", "-f", "--", file.path}};
        if (file.content)
            query = WriteFile{.path = file.path, .content = *file.content, .expected = before, .mode = 0644};
        const auto answer = ask_one(hands.machine, query, Deadline::in(hands.times.batch));
        if (!answer)
            return std::unexpected(answer.error());
        if (file.content && answer->exit_code == 3 && answer->state == Answer::State::done)
            return fail(ErrorKind::changed, file.path + " is not what it was when the plan was made", "look at it, then `gpupass resume`");
        if (const std::string trouble = trouble_of(*answer); !trouble.empty())
            return fail(ErrorKind::failed, trouble, "check the disk and the rights of " + file.path);
    }
    for (const auto& vector : change.then)
        if (auto done = run_behind(hands, vector); !done)
            return done;
    return {};
}

}  // namespace gpupass::linux_host
