#include "transport/library.hpp"

#include <dlfcn.h>

namespace gpupass {
namespace {

std::string loader_says()
{
    const char* text = dlerror();
    return text ? text : "it cannot be loaded";
}

}  // namespace

Library::Library(const char* name) : handle_{dlopen(name, RTLD_NOW | RTLD_LOCAL)}
{
    if (!handle_)
        missing_ = loader_says();
}

void* Library::address(const char* name)
{
    void* found = handle_ ? dlsym(handle_, name) : nullptr;
    if (handle_ && !found)
        missing_ = loader_says();
    return found;
}

}  // namespace gpupass
