#include "guest/library.hpp"

#ifdef _WIN32
#include <windows.h>
#else
#include <dlfcn.h>
#endif

namespace gpupass::guest {

#ifdef _WIN32

Library::Library(const char* name) : handle_{LoadLibraryA(name)}
{
    if (!handle_)
        missing_ = std::string{name} + " is not installed";
}

void* Library::address(const char* name)
{
    void* found = handle_ ? reinterpret_cast<void*>(GetProcAddress(static_cast<HMODULE>(handle_), name)) : nullptr;
    if (handle_ && !found && missing_.empty())
        missing_ = std::string{"its library has no "} + name;
    return found;
}

#else

Library::Library(const char* name) : handle_{dlopen(name, RTLD_NOW | RTLD_LOCAL)}
{
    if (!handle_)
        missing_ = dlerror();
}

void* Library::address(const char* name)
{
    void* found = handle_ ? dlsym(handle_, name) : nullptr;
    if (handle_ && !found && missing_.empty())
        missing_ = std::string{"its library has no "} + name;
    return found;
}

#endif

}  // namespace gpupass::guest
