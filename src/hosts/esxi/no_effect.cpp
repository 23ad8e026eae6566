#include "hosts/esxi/plan.hpp"

#include "rules/rules.hpp"

namespace gpupass::esxi {

namespace {

Value effective(const HostFacts& facts, const std::string& key)
{
    const auto found = facts.settings.find(key);
    return found == facts.settings.end() ? Value{} : found->second.effective;
}

bool is_owner(const Want& want)
{
    return want.key.starts_with("pci.");
}

/// After the reboot the configured values are not even there any more.
bool was_lost(const HostFacts& facts, const Step& step)
{
    for (const Want& want : step.sets)
        if (!is_configured(facts.settings, want))
            return true;
    return false;
}

}  // namespace

Finding explain_no_effect(const Step& step, const HostFacts& facts)
{
    if (was_lost(facts, step))
        return finding_of("settings-lost-at-reboot", {{"step", step.id}});
    if (effective(facts, kernel_key("vga")) == "TRUE")
        return finding_of("esxi-console-holds-igpu");
    for (const Want& want : step.sets)
        if (is_owner(want) && want.value == "passthrough")
            return finding_of("pending-after-reboot", {{"device", want.key.substr(4, 12)}});
    return finding_of("host-reboot-pending");
}

}  // namespace gpupass::esxi
