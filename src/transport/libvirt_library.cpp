#include "transport/libvirt_library.hpp"

#include "transport/library.hpp"

namespace gpupass {
namespace {

LibvirtLibrary load()
{
    LibvirtLibrary functions;
    Library library{"libvirt.so.0"};
#define GPUPASS_FIND(name) library.find(#name, functions.name);
    GPUPASS_LIBVIRT_FUNCTIONS(GPUPASS_FIND)
#undef GPUPASS_FIND
    functions.missing = library.missing();
    if (functions.missing.empty())
        functions.virSetErrorFunc(nullptr, [](void*, virErrorPtr) {});
    return functions;
}

}  // namespace

/// Never destroyed: a thread that hangs in libvirt may outlive main().
const LibvirtLibrary& libvirt_library()
{
    static const auto* const library = new LibvirtLibrary{load()};
    return *library;
}

AgentCommand libvirt_agent_command()
{
    static const AgentCommand command = [] {
        AgentCommand found{};
        Library library{"libvirt-qemu.so.0"};
        library.find("virDomainQemuAgentCommand", found);
        return found;
    }();
    return command;
}

}  // namespace gpupass
