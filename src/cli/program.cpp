#include "cli/program.hpp"

#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/json_views.hpp"
#include "cli/report.hpp"

#include <algorithm>
#include <ostream>

namespace gpupass::cli {

namespace {

struct Command {
    std::string_view name;
    Result<int> (*run)(Context&);
};

constexpr Command commands[] = {
    {"inspect", inspect}, {"attach", attach},   {"detach", detach},   {"status", status},
    {"resume", resume},   {"undo", undo},       {"history", history}, {"capture", capture},
    {"diagnose", diagnose}, {"explain", explain}, {"rules", rules},         {"verify", verify}, {"demo", demo},       {"completion", completion},
};

int print_version(const Options& options, Surroundings& around)
{
    around.out << (options.json ? version_document(GPUPASS_VERSION) : "gpupass " GPUPASS_VERSION "\n");
    return exit_done;
}

int print_help(const Options& options, Surroundings& around)
{
    around.out << options.help;
    return exit_done;
}

/// The words could not be read, so options.json is not known: look for it.
bool wants_json(std::span<const std::string> words)
{
    return std::ranges::find(words, "--json") != words.end();
}

int run_command(const Options& options, Surroundings& around)
{
    const auto command = std::ranges::find(commands, options.command, &Command::name);
    Context context{options, around};
    const auto code = command->run(context);
    return code ? *code : report_error(code.error(), options.json, around);
}

}  // namespace

int run_program(std::span<const std::string> words, Surroundings& around)
{
    const auto options = parse_options(words);
    if (!options)
        return report_error(options.error(), wants_json(words), around);
    if (!options->help.empty())
        return print_help(*options, around);
    if (options->version)
        return print_version(*options, around);
    return run_command(*options, around);
}

}  // namespace gpupass::cli
