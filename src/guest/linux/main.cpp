#include "guest/linux/linux_platform.hpp"
#include "guest/linux/remove_itself.hpp"
#include "guest/program.hpp"

#include <cstdlib>
#include <iostream>

namespace {

std::string from_environment(const char* name)
{
    const char* value = std::getenv(name);
    return value ? value : "";
}

}  // namespace

int main(int argc, char** argv)
{
    std::vector<std::string> words(argv + 1, argv + argc);
    if (!words.empty() && words.front() == "--remove-itself") {
        gpupass::guest::remove_itself();
        words.erase(words.begin());
    }
    // For tests: a recorded guest in place of this one.
    gpupass::guest::LinuxPlatform platform{from_environment("GPUPASS_GUEST_ROOT"), from_environment("GPUPASS_GUEST_ANSWERS")};
    return gpupass::guest::run_program(words, platform, std::cout, std::cerr);
}
