#include "cli/demo_hands.hpp"

#include "cli/signals.hpp"
#include "hosts/esxi/ssh/command.hpp"
#include "hosts/esxi/ssh/vim_cmd.hpp"
#include "hosts/esxi/ssh/vmx.hpp"

#include <fmt/format.h>

#include <thread>

namespace gpupass::cli {

namespace {

using namespace std::chrono_literals;

Deadline soon()
{
    return Deadline::in(30s);
}

std::string command_line(const std::vector<std::string>& argv)
{
    std::string line = "$";
    for (const std::string& word : argv)
        line += " " + esxi::shell_word(word);
    return line;
}

Result<HostFacts> wait_for_reboot(DemoStage& stage, const Boot& before)
{
    const Deadline deadline = Deadline::in(120s);
    while (!deadline.passed() && stop_wishes() == 0) {
        std::this_thread::sleep_for(300ms);
        auto facts = stage.probe();
        if (facts && facts->boot && !same_boot(before, *facts->boot))
            return facts;
        stage.machine().disconnect();
    }
    return std::unexpected(went_wrong("the simulated host did not come back"));
}

Result<std::string> edited(const std::string& text, const std::vector<Want>& edits)
{
    esxi::VmxDocument document{text};
    for (const Want& edit : edits)
        if (auto done = edit.value ? document.set(edit.key, *edit.value) : document.remove(edit.key); !done)
            return std::unexpected(done.error());
    return document.text();
}

/// The messages of the VM's newest task, one a line.
Result<std::string> newest_task(DemoStage& stage, const Vm& vm)
{
    const auto list = ask_one(stage.machine(), Run{{"vim-cmd", "vmsvc/get.tasklist", vm.id}}, soon());
    if (!list)
        return std::unexpected(list.error());
    const auto tasks = esxi::parse_task_list(list->out);
    if (tasks.empty())
        return std::string{};
    const auto answer = ask_one(stage.machine(), Run{{"vim-cmd", "vimsvc/task_info", tasks.back()}}, soon());
    if (!answer)
        return std::unexpected(answer.error());
    const auto info = esxi::parse_task_info(answer->out);
    std::string text;
    for (const std::string& message : info ? info->messages : std::vector<std::string>{})
        text += message + "\n";
    return text;
}

}  // namespace

Error went_wrong(const std::string& what)
{
    return {.kind = ErrorKind::failed, .what = what, .where = {"demo --naive"}, .next = "please report it with the text above"};
}

Result<Answer> run_shown(DemoStage& stage, const std::vector<std::string>& argv)
{
    stage.quote(command_line(argv));
    auto answer = ask_one(stage.machine(), Run{argv}, soon());
    if (answer) {
        stage.quote(answer->out);
        stage.quote(answer->err);
    }
    return answer;
}

/// The connection breaks when the host goes down: only the next boot counts.
Result<HostFacts> reboot_by_hand(DemoStage& stage, const HostFacts& facts)
{
    if (!facts.boot)
        return std::unexpected(went_wrong("the host does not say when it booted"));
    (void)run_shown(stage, {"reboot"});
    stage.machine().disconnect();
    return wait_for_reboot(stage, *facts.boot);
}

Result<void> edit_by_hand(DemoStage& stage, const Vm& vm, const std::vector<Want>& edits)
{
    const auto before = ask_one(stage.machine(), ReadFile{vm.config_path}, soon());
    if (!before || !before->ok())
        return std::unexpected(before ? went_wrong("cannot read " + vm.config_path) : before.error());
    const auto text = edited(before->out, edits);
    if (!text)
        return std::unexpected(text.error());
    for (const Want& edit : edits)
        stage.quote(edit.value ? fmt::format("{} = \"{}\"", edit.key, *edit.value) : fmt::format("(without {})", edit.key));
    const auto written = ask_one(stage.machine(), WriteFile{vm.config_path, *text, before->out}, soon());
    if (!written || !written->ok())
        return std::unexpected(written ? went_wrong("cannot write " + vm.config_path) : written.error());
    const auto reloaded = run_shown(stage, {"vim-cmd", "vmsvc/reload", vm.id});
    return reloaded ? Result<void>{} : std::unexpected(reloaded.error());
}

Result<std::string> log_of(DemoStage& stage, const Vm& vm)
{
    const std::string log = vm.config_path.substr(0, vm.config_path.rfind('/')) + "/vmware.log";
    const auto answer = ask_one(stage.machine(), ReadFile{log, 64u << 10}, soon());
    return answer ? Result<std::string>{answer->out} : std::unexpected(answer.error());
}

Result<std::vector<LogText>> failure_texts(DemoStage& stage, const Vm& vm)
{
    const auto task = newest_task(stage, vm);
    if (!task)
        return std::unexpected(task.error());
    stage.quote(*task);
    const auto log = log_of(stage, vm);
    if (!log)
        return std::unexpected(log.error());
    return std::vector<LogText>{{"task", *task}, {"vmware.log", *log}};
}

}  // namespace gpupass::cli
