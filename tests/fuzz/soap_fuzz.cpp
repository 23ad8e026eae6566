#include "hosts/esxi/api/host_facts.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

// An answer of a vSphere API: read, and made facts of. Every setting of a VM must be one of a VM that is there.

using namespace gpupass;
using namespace gpupass::esxi;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    const auto reply = parse_reply(text, "RetrievePropertiesEx");
    if (!reply)
        return reply.error().what.empty() ? std::abort(), 0 : 0;
    if (reply->fault) {
        (void)error_of(*reply->fault);
        return 0;
    }
    Result<HostFacts> facts = HostFacts{};
    for (const ObjectContent& object : contents_of(*reply)) {
        if (object.object.type == "HostSystem")
            facts = host_facts_of(object, 1'700'000'000);
        else if (object.object.type == "VirtualMachine" && facts)
            add_vm(object, "564d4808-868b-8f67-a54a-33f387a8d059", *facts);
    }
    if (!facts)
        return 0;
    complete_facts(*facts, true);
    for (const auto& [key, setting] : facts->settings)
        if (const auto vm = split_vm_key(key); vm && vm->key == "power" && std::ranges::find(facts->vms, vm->vm, &Vm::name) == facts->vms.end())
            std::abort();
    return 0;
}
