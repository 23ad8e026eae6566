#include "cli/guest_program.hpp"

#include "transport/byte_source.hpp"

namespace gpupass::cli {

namespace {

constexpr std::size_t largest_program = 16u << 20;

}  // namespace

std::string guest_program(const std::filesystem::path& program_folder)
{
    for (const char* name : {"gpupass-guest-portable.gz", "gpupass-guest.gz"}) {
        auto file = open_file(program_folder / name);
        if (!file)
            continue;
        if (auto bytes = read_all(**file, largest_program))
            return std::move(*bytes);
    }
    return "";
}

}  // namespace gpupass::cli
