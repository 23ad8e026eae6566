#include "hosts/esxi/api/steps.hpp"

#include "hosts/esxi/api/config_spec.hpp"
#include "hosts/esxi/api/host_facts.hpp"
#include "hosts/esxi/api/tasks.hpp"
#include "hosts/esxi/fact_rules.hpp"
#include "hosts/esxi/text.hpp"
#include "hosts/parts.hpp"

#include <algorithm>

namespace gpupass::esxi {

namespace {


std::string option_key(const std::string& name)
{
    return "VMkernel.Boot." + name;
}

}  // namespace

std::function<Result<void>()> pulse_of(RunContext& context, std::string note)
{
    return [&context, note = std::move(note)]() -> Result<void> {
        context.watch->note(note);
        if (context.watch->must_leave())
            return fail(ErrorKind::interrupted, "left while waiting: " + note, "go on with `gpupass resume`");
        return {};
    };
}

Result<std::vector<Ref>> find_vms(const HostFacts& facts, const std::vector<std::string>& names)
{
    std::vector<Ref> out;
    for (const std::string& name : names) {
        const Vm* vm = find_vm(facts, name);
        if (!vm || vm->id.empty())
            return fail(ErrorKind::not_found, "VM " + excerpt(name, 80) + " is not on this host any more", "look at `gpupass inspect`");
        out.push_back({"VirtualMachine", vm->id});
    }
    return out;
}

Result<HostParts> parts_of(Session& session, const Ref& host, Deadline deadline)
{
    const auto content = session.open(deadline);
    if (!content)
        return std::unexpected(content.error());
    HostParts parts{.options = {}, .passthrough = {}, .is_7 = content->is_7()};
    const auto take = [&](const std::vector<ObjectContent>& page) {
        for (const ObjectContent& object : page) {
            parts.options = ref_of(object.node("configManager.advancedOption"));
            parts.passthrough = ref_of(object.node("configManager.pciPassthruSystem"));
        }
    };
    auto read = retrieve(session, {{"HostSystem", {"configManager.advancedOption", "configManager.pciPassthruSystem"}}},
                         {{.object = host}}, "", take, deadline);
    return read ? Result<HostParts>{parts} : std::unexpected(std::move(read.error()));
}

Result<std::optional<bool>> boot_option(Session& session, const Ref& options, const std::string& name, Deadline deadline)
{
    const auto reply = session.call({.method = "QueryOptions", .object = options, .arguments = leaf("name", option_key(name)), .name = "boot option " + name}, deadline);
    if (!reply)
        return std::unexpected(reply.error());
    if (reply->fault && reply->fault->type == "InvalidName")
        return std::nullopt;
    if (reply->fault)
        return std::unexpected(error_of(*reply->fault));
    return bool_of(text_of(reply->value(), "value"));
}

Result<void> set_kernel_option(ApiHands& hands, const SetKernelOption& change)
{
    const Deadline deadline = Deadline::in(hands.times.call);
    const auto parts = parts_of(hands.session, hands.host, deadline);
    if (!parts)
        return std::unexpected(parts.error());
    const auto now = boot_option(hands.session, parts->options, change.name, deadline);
    if (!now)
        return std::unexpected(now.error());
    const auto wanted = parse_bool(change.value);
    if (!*now || !wanted)
        return fail(ErrorKind::unsupported, "this host has no boot option " + option_key(change.name) + " that is true or false");
    if (**now == *wanted)
        return {};
    const std::string value = leaf("key", option_key(change.name)) + leaf("value", word(*wanted), "xsd:boolean");
    const auto done = hands.session.ask({.method = "UpdateOptions", .object = parts->options, .arguments = branch("changedValue", value, "OptionValue"),
                                         .name = {}, .changes = true}, deadline);
    return done ? Result<void>{} : std::unexpected(done.error());
}

Result<void> set_owner(ApiHands& hands, const SetOwner& change)
{
    const Deadline deadline = Deadline::in(hands.times.call);
    const auto parts = parts_of(hands.session, hands.host, deadline);
    if (!parts)
        return std::unexpected(parts.error());
    std::string config = leaf("id", to_string(change.device)) + leaf("passthruEnabled", word(change.passthrough));
    if (parts->is_7)
        config += leaf("applyNow", word(change.apply_now));
    const auto done = hands.session.ask({.method = "UpdatePassthruConfig", .object = parts->passthrough,
                                         .arguments = branch("config", config, "HostPciPassthruConfig"), .name = {}, .changes = true}, deadline);
    if (!done)
        return std::unexpected(done.error());
    const auto fresh = hands.session.ask({.method = "Refresh", .object = parts->passthrough, .arguments = {}, .name = {}}, deadline);
    return fresh ? Result<void>{} : std::unexpected(fresh.error());
}

namespace {

/// What the host offers the VM for that function: the identity of the host as devices must name it.
Result<std::string> system_id_for(Session& session, const Ref& host, const Ref& browser, const std::vector<PciAddress>& wanted, Deadline deadline)
{
    const auto reply = session.ask({.method = "QueryConfigTarget", .object = browser, .arguments = leaf("host", host), .name = {}}, deadline);
    if (!reply)
        return std::unexpected(reply.error());
    for (const pugi::xml_node& info : reply->value().children("pciPassthrough"))
        if (const auto address = parse_pci_address(text_of(info.child("pciDevice"), "id")); address && std::ranges::find(wanted, *address) != wanted.end())
            return std::string{text_of(info, "systemId")};
    return std::string{};
}

PresentDevice present_device(const pugi::xml_node& node, int next)
{
    PresentDevice device{.key = std::string{text_of(node, "key")}, .index = passthrough_index(node, next)};
    const pugi::xml_node backing = node.child("backing");
    if (const auto address = parse_pci_address(text_of(backing, "id")))
        device.members["id"] = vmx_address(*address);
    if (const auto id = parse_hex16(text_of(backing, "deviceId")))
        device.members["deviceId"] = hex_id(*id);
    if (const auto vendor = number_of(text_of(backing, "vendorId")))
        device.members["vendorId"] = hex_id(static_cast<std::uint16_t>(*vendor));
    device.members["systemId"] = text_of(backing, "systemId");
    return device;
}

/// The functions that an edit puts into the VM.
std::vector<PciAddress> wanted_by(const EditVm& change)
{
    std::vector<PciAddress> out;
    for (const Want& want : change.edits)
        if (const auto address = want.key.ends_with(".id") && want.value ? parse_vmx_address(*want.value) : std::nullopt)
            out.push_back(*address);
    return out;
}

}  // namespace

Result<void> edit_vm(ApiHands& hands, const EditVm& change)
{
    const Deadline deadline = Deadline::in(hands.times.task);
    const auto vm = find_vms(hands.facts, {change.vm});
    if (!vm)
        return std::unexpected(vm.error());
    VmNow now;
    Ref browser;
    const auto take = [&](const std::vector<ObjectContent>& page) {
        for (const ObjectContent& object : page) {
            now.change_version = object.text("config.changeVersion");
            now.memory_mb = number_of(object.text("config.hardware.memoryMB"));
            browser = ref_of(object.node("environmentBrowser"));
            for (const pugi::xml_node& device : object.node("config.hardware.device").children())
                if (type_of(device) == "VirtualPCIPassthrough")
                    now.devices.push_back(present_device(device, now.devices.empty() ? 0 : now.devices.back().index + 1));
        }
    };
    auto read = retrieve(hands.session, {{"VirtualMachine", {"config.changeVersion", "config.hardware.device", "config.hardware.memoryMB", "environmentBrowser"}}},
                         {{.object = vm->front()}}, "", take, deadline);
    if (!read)
        return read;
    const auto wanted = wanted_by(change);
    if (!wanted.empty() && hands.facts.system_id.empty()) {
        auto id = system_id_for(hands.session, hands.host, browser, wanted, deadline);
        if (!id)
            return std::unexpected(std::move(id.error()));
        now.system_id = std::move(*id);
    }
    auto spec = config_spec(change, now);
    if (!spec)
        return std::unexpected(std::move(spec.error()));
    return run_task(hands.session, {.method = "ReconfigVM_Task", .object = vm->front(), .arguments = *spec, .name = {}},
                    pulse_of(hands.context, "changing the configuration of VM " + change.vm), deadline);
}

}  // namespace gpupass::esxi
