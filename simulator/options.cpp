#include "options.hpp"

#include "text.hpp"

#include <fmt/core.h>

#include <chrono>
#include <cstdlib>

namespace gpupass::sim {

namespace {

double outer_clock()
{
    return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

bool read_seconds(const std::string& text, double& into)
{
    char* end = nullptr;
    const double value = std::strtod(text.c_str(), &end);
    if (text.empty() || *end != '\0' || !(value >= 0) || value > 1e7)
        return false;
    into = value;
    return true;
}

bool read_port(const std::string& text, int& into)
{
    const auto value = to_number(text);
    if (!value || *value < 0 || *value > 65535)
        return false;
    into = static_cast<int>(*value);
    return true;
}

/// False: `value` is none for the option.
bool take_value(ParsedOptions& parsed, const std::string& name, const std::string& value)
{
    auto& options = parsed.options;
    if (name == "--state") {
        options.host.folder = std::filesystem::absolute(value);
        return !value.empty();
    }
    if (name == "--version") {
        options.host.version = value;
        return value == "7.0.3" || value == "8.0.3";
    }
    if (name == "--fault") {
        options.host.faults.push_back(value);
        return Faults::is_known(value);
    }
    if (name == "--world")
        return value == "nuc11";
    if (name == "--port")
        return read_port(value, options.port);
    if (name == "--guest-port")
        return read_port(value, options.guest_port);
    return read_seconds(value,
                        name == "--idle"              ? options.idle_seconds
                            : name == "--reboot-time" ? options.host.reboot_seconds
                                                      : options.host.command_seconds);
}

bool takes_value(const std::string& name)
{
    for (const char* known : {"--state", "--world", "--version", "--port", "--guest-port", "--idle", "--reboot-time",
                              "--command-time", "--fault"})
        if (name == known)
            return true;
    return false;
}

}  // namespace

ParsedOptions parse_options(const std::vector<std::string>& words)
{
    ParsedOptions parsed;
    parsed.options.host.now = outer_clock;
    for (std::size_t i = 0; i < words.size() && parsed.error.empty(); ++i) {
        const auto equals = words[i].find('=');
        const auto name = words[i].substr(0, equals);
        if (name == "--reset")
            parsed.reset = true;
        else if (name == "--help" || name == "-h")
            parsed.help = true;
        else if (name == "--foreground-log")
            parsed.options.log = true;
        else if (!takes_value(name))
            parsed.error = fmt::format("unknown option {}; --help shows all", words[i]);
        else if (equals == std::string::npos && i + 1 >= words.size())
            parsed.error = name + " needs a value";
        else if (const auto value = equals == std::string::npos ? words[++i] : words[i].substr(equals + 1);
                 !take_value(parsed, name, value))
            parsed.error = fmt::format("{} cannot be {}; --help shows what can", name, value);
    }
    if (parsed.error.empty() && !parsed.help && parsed.options.host.folder.empty())
        parsed.error = "--state DIR is missing";
    return parsed;
}

std::string usage()
{
    return "gpupass-sim --state DIR [OPTION]...     a simulated ESXi host, until it is idle or killed\n"
           "gpupass-sim --state DIR --reset         forgets its world\n\n"
           "  --world nuc11           the machine (there is one)\n"
           "  --version 7.0.3|8.0.3   of ESXi, when the world is made\n"
           "  --port N, --guest-port N   on 127.0.0.1; without: those of the last time, or free ones\n"
           "  --idle SECONDS          without a connection, then it ends (300)\n"
           "  --reboot-time SECONDS   that a reboot takes (1)\n"
           "  --command-time SECONDS  that each vim-cmd takes (0.02)\n"
           "  --fault SPEC            may be given several times; also lines of DIR/faults\n"
           "  --foreground-log        says on standard error who connects\n\n"
           "DIR/access.json says how to reach it. Faults: " +
        join(Faults::names(), " ") + "\n";
}

}  // namespace gpupass::sim
