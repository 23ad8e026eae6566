#include "hosts/linux/keys.hpp"
#include "hosts/linux/plan.hpp"

#include "model/text.hpp"
#include "transport/script.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace gpupass::linux_host {

namespace {

class Sheet {
public:
    explicit Sheet(std::string head) : text_(std::move(head)) {}
    void add(const std::string& line) { text_ += fmt::format("{:2}. {}\n", ++number_, line); }
    std::string text() const { return text_; }

private:
    std::string text_;
    int number_{};
};

void add_bindings(Sheet& sheet, const HostFacts& facts, const BindDrivers& change)
{
    for (const Binding& binding : change.bindings) {
        const std::string name = to_string(binding.device);
        const PciDevice* device = find_device(facts, binding.device);
        const std::string driver = device ? device->driver : "";
        sheet.add(fmt::format("echo {} > /sys/bus/pci/devices/{}/driver_override", device ? device->driver_override : "", name));
        sheet.add(fmt::format("echo {0} > /sys/bus/pci/devices/{0}/driver/unbind", name));
        if (!driver.empty())
            sheet.add(fmt::format("modprobe {}; echo {} > /sys/bus/pci/drivers_probe", driver, name));
    }
}

void add_files(Sheet& sheet, const HostFacts& facts, const Step& step, const ChangeFiles& change)
{
    std::string then;
    for (const auto& vector : change.then)
        then += fmt::format("; {}", fmt::join(vector, " "));
    for (const Want& want : step.sets)
        if (const auto word = behind(want.key, "cmdline."))
            sheet.add(fmt::format("{} {} {} the kernel's command line{}; reboot", want.value == "yes" ? "take" : "put", *word, want.value == "yes" ? "out of" : "back into",
                                  change.files.empty() ? "" : ": " + change.files.front().path + then));
    if (step.id == step_id::change_kernel_line)
        return;
    for (const FileChange& file : change.files) {
        const bool was_there = facts.settings.contains(file_key(file.path));
        sheet.add(!file.content ? "put back " + file.path : was_there ? "take the lines of this GPU out of " + file.path : "rm " + file.path);
    }
}

}  // namespace

std::string rescue_sheet(const HostFacts& facts, const Plan& plan)
{
    Sheet sheet{fmt::format("The way back by hand: {}\nHost {} (Linux {})\n\nAs root, on a console or over SSH. With gpupass at hand, `gpupass undo` does all of this.\n\n",
                            printable(plan.goal.sentence), printable(facts.name), facts.version)};
    for (const Step& step : plan.steps)
        if (const auto* hostdevs = std::get_if<ChangeHostdevs>(&step.change))
            sheet.add(fmt::format("virsh edit {}   and take out (or put back) the <hostdev> elements of {}", quote_word(printable(hostdevs->vm)),
                                  plan.goal.device ? to_string(*plan.goal.device) : "the GPU"));
    for (const Step& step : plan.steps) {
        if (const auto* bind = std::get_if<BindDrivers>(&step.change))
            add_bindings(sheet, facts, *bind);
        if (const auto* files = std::get_if<ChangeFiles>(&step.change))
            add_files(sheet, facts, step, *files);
    }
    for (const Step& step : plan.steps) {
        if (const auto* console = std::get_if<SetConsole>(&step.change))
            sheet.add(fmt::format("echo {} > /sys/class/vtconsole/{}/bind", console->bound ? 0 : 1, console->name));
        if (const auto* service = std::get_if<SetService>(&step.change))
            sheet.add(fmt::format("systemctl {} {}", service->active ? "stop" : "start", service->unit));
    }
    for (const Vm& vm : facts.vms)
        if (vm.power == Power::on)
            sheet.add(fmt::format("VM {0} ran before: virsh start {1}", printable(vm.name), quote_word(printable(vm.name))));
    return sheet.text();
}

}  // namespace gpupass::linux_host
