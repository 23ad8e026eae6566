#include "text.hpp"
#include "vimcmd.hpp"

#include <fmt/core.h>

// Tasks: where the real reason of a failed power-on stands.

namespace gpupass::sim {

namespace {

VimAnswer task_list(Host&, Vm& vm, const VimArguments&)
{
    std::vector<VimNode> list;
    for (const auto& task : vm.tasks)
        list.push_back(vim_raw("", fmt::format("'vim.Task:{}'", task.id)));
    return {to_text(vim_list("", "ManagedObjectReference", std::move(list))), "", 0};
}

// The text of the whole is the umbrella; the reasons stand in faultMessage.
VimNode error_of(const Task& task)
{
    if (task.fault.empty())
        return vim_null("error", "vmodl.MethodFault");
    std::vector<VimNode> messages;
    std::string text = task.messages.front().text;
    for (const auto& message : task.messages) {
        if (message.key.empty())
            continue;
        messages.push_back(
            vim_object("", "vmodl.LocalizableMessage",
                       {vim_text("key", message.key), vim_unset("arg"), vim_text("message", message.text)}));
        if (message.key == "msg.moduletable.powerOnFailed")
            text = message.text;
    }
    const auto all =
        messages.empty() ? vim_unset("faultMessage") : vim_list("faultMessage", "vmodl.LocalizableMessage", messages);
    if (messages.empty())
        return vim_object("error", task.fault,
                          {vim_null("faultCause", "vmodl.MethodFault"), all, vim_text("msg", text)});
    return vim_object(
        "error", task.fault,
        {vim_null("faultCause", "vmodl.MethodFault"), all, vim_text("reason", text), vim_text("msg", text)});
}

VimAnswer task_answer(const Vm& vm, const Task& task)
{
    const auto time = [](double at) { return utc(at, "%Y-%m-%dT%H:%M:%SZ"); };
    return {to_text(vim_object(
                "", "vim.TaskInfo",
                {vim_text("key", task.id), vim_raw("task", "'vim.Task:" + task.id + "'"),
                 vim_null("description", "vmodl.LocalizableMessage"),
                 vim_text("name", "vim.VirtualMachine." + task.operation),
                 vim_text("descriptionId", "VirtualMachine." + task.operation),
                 vim_raw("entity", fmt::format("'vim.VirtualMachine:{}'", vm.id)), vim_text("entityName", vm_name(vm)),
                 vim_text("state", task.fault.empty() ? "success" : "error"), vim_bool("cancelled", false),
                 vim_bool("cancelable", false), error_of(task), vim_unset("result"), vim_raw("progress", "100"),
                 vim_object("reason", "vim.TaskReasonUser", {vim_text("userName", "root")}),
                 vim_text("queueTime", time(task.queued)), vim_text("startTime", time(task.queued)),
                 vim_text("completeTime", time(task.completed)), vim_raw("eventChainId", "2071")})),
            "", 0};
}

VimAnswer task_info(Host& host, const VimArguments& arguments)
{
    const auto wanted = replaced(arguments[0], "vim.Task:", "");
    for (const auto& vm : host.world.vms)
        for (const auto& task : vm.tasks)
            if (task.id == wanted)
                return task_answer(vm, task);
    return vim_fault("vmodl.fault.ManagedObjectNotFound",
                     "The object 'vim.Task:" + wanted +
                         "' has already been deleted or has not been completely created");
}

}  // namespace

void add_task_answers(VimCommands& commands)
{
    commands["vmsvc/get.tasklist"] = {1, for_vm<task_list>};
    commands["vimsvc/task_info"] = {1, task_info};
}

}  // namespace gpupass::sim
