#include "hosts/esxi/ssh/command.hpp"
#include "hosts/esxi/ssh/pci_list.hpp"
#include "hosts/esxi/ssh/steps.hpp"
#include "hosts/esxi/text.hpp"

#include <algorithm>

// Steps that change or look at the host itself.

namespace gpupass::esxi {

namespace {

constexpr const char* accept_anyway = "or, when you know another way in: --accept no-ssh-proof";

/// Both streams: releases differ in where esxcli puts its errors.
std::string said(const Answer& answer)
{
    return answer.out + "\n" + answer.err;
}

Result<void> demand(bool holds, const char* what, const char* next)
{
    return holds ? Result<void>{} : Result<void>{fail(ErrorKind::blocked, what, std::string{next} + "; " + accept_anyway)};
}

Query list_kernel_option(const std::string& name)
{
    return Run{{"esxcli", "system", "settings", "kernel", "list", "-o", name}};
}

const Query list_pci = Run{{"esxcli", "hardware", "pci", "list"}};
const Query list_pcipassthru = Run{{"esxcli", "hardware", "pci", "pcipassthru", "list"}};

/// ESXi remembers passthrough by address. Whatever stands there now must be what was probed.
Result<void> check_identity(Hands& hands, const PciAddress& address)
{
    const auto answers = ask_patiently(hands, {list_pci});
    if (!answers)
        return std::unexpected(answers.error());
    const auto text = output_of(list_pci, answers->front());
    if (!text)
        return std::unexpected(text.error());
    const auto records = parse_pci_list(*text);
    if (!records)
        return at(records.error(), describe(list_pci));
    const auto now = std::ranges::find(*records, address, [](const PciRecord& record) { return record.device.address; });
    const PciDevice* probed = find_device(hands.facts, address);
    if (now == records->end() || !probed)
        return fail(ErrorKind::not_found, "no PCI device " + to_string(address) + " on this host", "look at `gpupass inspect`");
    if (now->device.id != probed->id)
        return fail(ErrorKind::changed, to_string(address) + " is now " + to_string(now->device.id) + " and not " + to_string(probed->id),
                    "the hardware moved; run the command again");
    return {};
}

}  // namespace

Result<void> prove_access(Hands& hands)
{
    // A new connection: what let us in an hour ago may not let us in now.
    hands.machine.disconnect();
    std::vector<Query> queries;
    for (const auto& vector : command_vectors(ProveAccess{}, hands.facts))
        queries.push_back(Run{vector});
    const auto answers = ask_patiently(hands, queries);
    if (!answers)
        return std::unexpected(answers.error());
    std::vector<std::string> texts;
    for (std::size_t i = 0; i < queries.size(); ++i) {
        auto text = output_of(queries[i], (*answers)[i]);
        if (!text)
            return at(text.error(), "proof of the way back");
        texts.push_back(std::move(*text));
    }
    const auto starts = parse_chkconfig(texts[0], "SSH");
    const auto timeout = parse_int_option(texts[1], "/UserVars/ESXiShellTimeOut");
    const auto on_disk = parse_bootbank(texts[2]);
    if (!starts || !timeout || !on_disk)
        return at(!starts ? starts.error() : !timeout ? timeout.error() : on_disk.error(), "proof of the way back");
    if (auto good = demand(*starts, "SSH does not start with the host: after the reboot there would be no way in",
                           "on the host: vim-cmd hostsvc/enable_ssh"); !good)
        return good;
    if (auto good = demand(*timeout == 0, "SSH closes itself by a timer: after the reboot there may be no way in",
                           "on the host: esxcli system settings advanced set -o /UserVars/ESXiShellTimeOut -i 0"); !good)
        return good;
    return demand(*on_disk, "/bootbank is not on the boot disk: no setting would survive the reboot",
                  "give the boot disk's controller back to the host, or repair the boot volume");
}

Result<void> set_kernel_option(Hands& hands, const SetKernelOption& change)
{
    const Query set = Run{command_vectors(change, hands.facts).front()};
    const Query list = list_kernel_option(change.name);
    const auto answers = ask_patiently(hands, {set, list});
    if (!answers)
        return std::unexpected(answers.error());
    if (const auto done = output_of(set, (*answers)[0]); !done)
        return std::unexpected(done.error());
    const auto text = output_of(list, (*answers)[1]);
    if (!text)
        return std::unexpected(text.error());
    const auto now = parse_kernel_option(*text, change.name);
    if (!now)
        return at(now.error(), describe(list));
    if (!equals_ignoring_case(now->configured, change.value))
        return fail(ErrorKind::failed, "the kernel option " + change.name + " is still " + excerpt(now->configured, 40) + " and not " + change.value);
    return {};
}

Result<void> set_owner(Hands& hands, const SetOwner& change)
{
    if (auto same = check_identity(hands, change.device); !same)
        return same;
    const Query set = Run{command_vectors(change, hands.facts).front()};
    const auto answers = ask_patiently(hands, {set, list_pcipassthru});
    if (!answers)
        return std::unexpected(answers.error());
    const Answer& answer = answers->front();
    // Exit code 1 with this text is how esxcli says that there was nothing to do.
    const char* already = change.passthrough ? "already configured to passthru" : "already configured to vmkernel";
    if (!answer.ok() && !said(answer).contains(already))
        return std::unexpected(output_of(set, answer).error());
    const auto text = output_of(list_pcipassthru, (*answers)[1]);
    if (!text)
        return std::unexpected(text.error());
    const auto enabled = parse_pcipassthru(*text);
    if (!enabled)
        return at(enabled.error(), describe(list_pcipassthru));
    const auto found = enabled->find(change.device);
    if (found == enabled->end() || found->second != change.passthrough)
        return fail(ErrorKind::failed, "esxcli accepted the new owner of " + to_string(change.device) + ", and its list does not show it");
    return {};
}

}  // namespace gpupass::esxi
