#pragma once

#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>

#include <string>

// libvirt by dlopen: gpupass runs where it is not installed, and needs its header only to be built.

namespace gpupass {

/// The functions that we call, under their names.
struct LibvirtLibrary {
    std::string missing;  // why it cannot be used; "" when it can
// clang-format off
#define GPUPASS_LIBVIRT_FUNCTIONS(X) \
    X(virConnectClose) X(virConnectGetLibVersion) X(virConnectGetType) X(virConnectGetVersion) X(virConnectIsAlive) \
    X(virConnectListAllDomains) X(virConnectOpen) X(virDomainAttachDeviceFlags) X(virDomainCreate) \
    X(virDomainDestroy) X(virDomainDetachDeviceFlags) X(virDomainFree) X(virDomainGetAutostart) X(virDomainGetName) \
    X(virDomainGetState) X(virDomainGetUUIDString) X(virDomainGetXMLDesc) X(virDomainIsActive) \
    X(virDomainIsPersistent) X(virDomainHasManagedSaveImage) X(virDomainLookupByUUIDString) X(virDomainShutdown) X(virGetLastError) X(virGetVersion) \
    X(virSetErrorFunc)
// clang-format on
#define GPUPASS_MEMBER(name) decltype(&::name) name{};
    GPUPASS_LIBVIRT_FUNCTIONS(GPUPASS_MEMBER)
#undef GPUPASS_MEMBER
};

/// Loaded with the first call, for good. Keeps libvirt from writing to standard error.
const LibvirtLibrary& libvirt_library();

/// Of a library of its own, which only guests with an agent need; null where it is not installed.
using AgentCommand = char* (*)(virDomainPtr, const char* command, int seconds, unsigned flags);
AgentCommand libvirt_agent_command();

}  // namespace gpupass
