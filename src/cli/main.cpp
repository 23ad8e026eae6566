#include "cli/program.hpp"
#include "cli/signals.hpp"

#include <cerrno>
#include <iostream>
#include <string>
#include <vector>

int main(int argc, char** argv)
{
    gpupass::cli::ignore_broken_pipes();
    const std::vector<std::string> words(argv + (argc > 0 ? 1 : 0), argv + argc);
    auto around = gpupass::cli::real_surroundings();
    const int code = gpupass::cli::run_program(words, around);
    std::cout.flush();
    // Who reads only the first lines is content with them.
    if (!std::cout && errno != EPIPE) {
        std::cerr << "error: the output could not be written\n next: look at the disk that it goes to\n";
        return code == 0 ? 1 : code;
    }
    return code;
}
