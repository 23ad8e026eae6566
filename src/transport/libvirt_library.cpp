#include "transport/libvirt_library.hpp"

#include <dlfcn.h>

namespace gpupass {
namespace {

std::string loader_says()
{
    const char* text = dlerror();
    return text ? text : "it cannot be loaded";
}

LibvirtLibrary load()
{
    LibvirtLibrary library;
    void* handle = dlopen("libvirt.so.0", RTLD_NOW | RTLD_LOCAL);
    if (!handle) {
        library.missing = loader_says();
        return library;
    }
    const auto find = [&](const char* name, auto& function) {
        void* found = dlsym(handle, name);
        if (!found)
            library.missing = loader_says();
        function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(found);
    };
#define GPUPASS_FIND(name) find(#name, library.name);
    GPUPASS_LIBVIRT_FUNCTIONS(GPUPASS_FIND)
#undef GPUPASS_FIND
    if (library.missing.empty())
        library.virSetErrorFunc(nullptr, [](void*, virErrorPtr) {});
    return library;
}

}  // namespace

/// Never destroyed: a thread that hangs in libvirt may outlive main().
const LibvirtLibrary& libvirt_library()
{
    static const auto* const library = new LibvirtLibrary{load()};
    return *library;
}

}  // namespace gpupass
