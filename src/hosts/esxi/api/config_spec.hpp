#pragma once

#include "hosts/esxi/api/element.hpp"
#include "model/facts.hpp"
#include "model/plan.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

// From the edits of a .vmx, which is what plans speak of, to the VirtualMachineConfigSpec that does the same. Pure.

namespace gpupass::esxi {

/// A device of the VM as it is now: the key the API knows it by, and the N of its pciPassthruN.
struct PresentDevice {
    std::string key;
    int index{};
    std::map<std::string, std::string> members{};  // as its .vmx has them: id, deviceId, vendorId, systemId
};

/// What the spec is made from, read just before it is sent.
struct VmNow {
    std::string change_version;       // guards against edits by others
    std::optional<std::int64_t> memory_mb;
    std::vector<PresentDevice> devices;
    std::string system_id;            // of the host, as QueryConfigTarget tells it; "" when it offers none of the functions
};

/// <spec> with the elements in the order of the WSDL. Fails on a key that has no field in the API.
Result<std::string> config_spec(const EditVm& edit, const VmNow& now);

/// The edits in the words of the API: "memoryReservationLockedToMax = true, add VirtualPCIPassthrough 0000:00:02.0".
std::string spec_words(const EditVm& edit);

}  // namespace gpupass::esxi
