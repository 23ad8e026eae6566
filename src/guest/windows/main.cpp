#include "guest/program.hpp"
#include "guest/windows/guard.hpp"
#include "guest/windows/text.hpp"
#include "guest/windows/windows_platform.hpp"

#include <fcntl.h>
#include <io.h>

#include <cstdio>
#include <iostream>

int wmain(int argc, wchar_t** argv)
{
    _setmode(_fileno(stdout), _O_BINARY);  // lines end as they do elsewhere
    std::vector<std::string> words;
    for (int i = 1; i < argc; ++i)
        words.push_back(gpupass::guest::to_utf8(argv[i]));
    if (!words.empty() && words.front() == "guard")
        return gpupass::guest::run_guard(std::span{words}.subspan(1), std::cout, std::cerr);
    gpupass::guest::WindowsPlatform platform;
    return gpupass::guest::run_program(words, platform, std::cout, std::cerr);
}
