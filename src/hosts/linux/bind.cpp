#include "hosts/linux/keys.hpp"
#include "hosts/linux/steps.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

// A function changes hands by its address: driver_override says who may have it, unbind takes it from its driver, drivers_probe
// gives it to the next (Documentation/ABI/testing/sysfs-bus-pci). The exact inverse is the same with other values. A driver
// that waits for its clients blocks the write in the kernel: the write is left behind after a while, and the host stays usable.

namespace gpupass::linux_host {

namespace {

using Writes = std::vector<std::pair<std::string, std::string>>;

constexpr const char* probe_file = "/sys/bus/pci/drivers_probe";

std::string folder_of(const PciAddress& device)
{
    return "/sys/bus/pci/devices/" + to_string(device);
}

/// The driver of each device as it is now; "" for none.
Result<std::vector<std::string>> read_drivers(Hands& hands, const std::vector<Binding>& bindings)
{
    std::vector<Query> queries;
    for (const Binding& binding : bindings)
        queries.push_back(ReadLink{folder_of(binding.device) + "/driver"});
    const auto answers = hands.machine.ask(queries, Deadline::in(hands.times.batch));
    if (!answers)
        return std::unexpected(answers.error());
    std::vector<std::string> drivers;
    for (const Answer& answer : *answers) {
        std::string name = answer.ok() ? answer.out.substr(answer.out.find_last_of('/') + 1) : "";
        std::erase(name, '\n');
        drivers.push_back(std::move(name));
    }
    return drivers;
}

/// Where no driver is named, any will do that the override lets in, and none where the host has none for the device.
bool is_as_wanted(const Binding& binding, const std::string& driver)
{
    if (binding.driver)
        return driver == *binding.driver;
    return (driver == vfio_driver) == (binding.override_with == vfio_driver);
}

/// A device without a driver is offered to the host's, though it may stay without.
bool must_change(const Binding& binding, const std::string& driver)
{
    return !is_as_wanted(binding, driver) || (!binding.driver && driver.empty());
}

/// Several drivers may know a device, and the kernel offers it to the one that was loaded first: a driver that is named gets it
/// by an override, which goes again once it has it.
void add_writes(Writes& out, const Binding& binding, const std::string& driver)
{
    const std::string name = to_string(binding.device);
    const std::string override_file = folder_of(binding.device) + "/driver_override";
    const bool steer = must_change(binding, driver) && !binding.driver.value_or("").empty();
    out.emplace_back(override_file, (steer ? *binding.driver : binding.override_with) + "\n");
    if (!must_change(binding, driver))
        return;
    if (!driver.empty())
        out.emplace_back(folder_of(binding.device) + "/driver/unbind", name);
    if (binding.driver != "")
        out.emplace_back(probe_file, name);
    if (steer && *binding.driver != binding.override_with)
        out.emplace_back(override_file, binding.override_with + "\n");
}

/// Loads what the device's own alias names; that there is nothing is no failure, the probe will tell.
void load_by_alias(Hands& hands, const PciAddress& device)
{
    const auto alias = ask_one(hands.machine, ReadFile{folder_of(device) + "/modalias"}, Deadline::in(hands.times.batch));
    if (!alias || !alias->ok())
        return;
    std::string name = alias->out;
    std::erase(name, '\n');
    (void)ask_one(hands.machine, Run{{"modprobe", "-q", "--", name}}, Deadline::in(hands.times.batch));
}

/// The module of a driver that is named must be there before the device lets go of its own.
Result<void> load_module(Hands& hands, const Binding& binding)
{
    const std::string wanted = binding.override_with.empty() ? binding.driver.value_or("") : binding.override_with;
    if (wanted.empty())
        return {};
    const auto driver = ask_one(hands.machine, ListDir{"/sys/bus/pci/drivers/" + wanted}, Deadline::in(hands.times.batch));
    if (driver && driver->ok())
        return {};
    if (wanted == vfio_driver) {
        const auto loaded = ask_well(hands, Run{{"modprobe", vfio_driver}});
        if (loaded)
            return {};
        Error error = loaded.error();
        error.what = "the module vfio-pci cannot be loaded: " + error.what;
        error.next = "install the kernel's modules (on Debian: linux-image-amd64), and see whether /etc/modprobe.d forbids it";
        return std::unexpected(error);
    }
    load_by_alias(hands, binding.device);
    return {};
}

Result<Answer> poke(Hands& hands, const Writes& writes)
{
    const auto query_time = std::exchange(hands.machine.query_time, hands.times.bind);
    auto answer = ask_one(hands.machine, Poke{writes}, Deadline::in(hands.times.bind + hands.times.batch));
    hands.machine.query_time = query_time;
    return answer;
}

/// A device that no driver in the kernel took is offered once more, when the module that knows it was loaded.
Result<std::vector<std::string>> offer_again(Hands& hands, const std::vector<Binding>& bindings, std::vector<std::string> drivers)
{
    Writes writes;
    for (std::size_t i = 0; i < bindings.size(); ++i)
        if (!bindings[i].driver && bindings[i].override_with.empty() && drivers[i].empty()) {
            load_by_alias(hands, bindings[i].device);
            writes.emplace_back(probe_file, to_string(bindings[i].device));
        }
    if (writes.empty())
        return drivers;
    (void)poke(hands, writes);  // that none takes it is no failure
    return read_drivers(hands, bindings);
}

std::string holders_of(const HostFacts& facts, const PciAddress& address)
{
    const PciDevice* device = find_device(facts, address);
    return device && !device->holders.empty() ? fmt::format("it is open in {}", fmt::join(device->holders, ", ")) : "";
}

/// A write that blocks holds the device's lock: nothing more can be done to that device now.
std::unexpected<Error> blocked_error(Hands& hands, const BindDrivers& change, const Answer& answer)
{
    std::string who;
    for (const Binding& binding : change.bindings)
        if (answer.err.contains(to_string(binding.device)))
            who = holders_of(hands.facts, binding.device);
    const bool comes = answer.err.contains(probe_file);
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(hands.times.bind).count();
    return at(Error{.kind = ErrorKind::failed,
                    .what = fmt::format("the driver did not {} within {} s{}", comes ? "come up" : "let go", seconds, who.empty() ? "" : ": " + who),
                    .where = {},
                    .next = who.empty() ? "the driver waits for something inside the kernel; the host is usable, and when the driver lets go: `gpupass undo`"
                                        : "stop these programs; when the driver lets go: `gpupass undo`"},
              trouble_of(answer));
}

/// Everything as it was before the step; what cannot be brought back is named.
std::string roll_back(Hands& hands, const std::vector<Binding>& bindings, const std::vector<std::string>& before)
{
    Writes writes;
    const auto now = read_drivers(hands, bindings);
    for (std::size_t i = 0; now && i < bindings.size(); ++i) {
        const PciDevice* device = find_device(hands.facts, bindings[i].device);
        add_writes(writes, {bindings[i].device, before[i], device ? device->driver_override : ""}, (*now)[i]);
    }
    (void)poke(hands, writes);
    const auto after = read_drivers(hands, bindings);
    std::vector<std::string> lost;
    for (std::size_t i = 0; i < bindings.size(); ++i)
        if (!after || (*after)[i] != before[i])
            lost.push_back(fmt::format("{} ({})", to_string(bindings[i].device), before[i]));
    return lost.empty() ? "every function has its old driver back" : fmt::format("without its old driver: {}", fmt::join(lost, ", "));
}

}  // namespace

Result<void> bind_drivers(Hands& hands, const BindDrivers& change)
{
    const auto before = read_drivers(hands, change.bindings);
    if (!before)
        return std::unexpected(before.error());
    Writes writes;
    for (std::size_t i = 0; i < change.bindings.size(); ++i) {
        if (must_change(change.bindings[i], (*before)[i]))
            if (auto loaded = load_module(hands, change.bindings[i]); !loaded)
                return loaded;
        add_writes(writes, change.bindings[i], (*before)[i]);
    }
    const auto answer = poke(hands, writes);
    if (!answer)
        return std::unexpected(answer.error());
    if (answer->state == Answer::State::timed_out)
        return blocked_error(hands, change, *answer);
    auto now = read_drivers(hands, change.bindings);
    if (now)
        now = offer_again(hands, change.bindings, std::move(*now));
    if (!now)
        return std::unexpected(now.error());
    for (std::size_t i = 0; i < change.bindings.size(); ++i)
        if (!is_as_wanted(change.bindings[i], (*now)[i]))
            return at(Error{.kind = ErrorKind::failed,
                            .what = fmt::format("{} did not go to {}: {}", to_string(change.bindings[i].device),
                                                change.bindings[i].driver.value_or("the host's driver"),
                                                answer->ok() ? "the driver does not take it" : trouble_of(*answer)),
                            .where = {},
                            .next = "look at the kernel's log: dmesg | tail"},
                      roll_back(hands, change.bindings, *before));
    return {};
}

}  // namespace gpupass::linux_host
