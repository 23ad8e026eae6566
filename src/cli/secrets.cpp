#include "cli/secrets.hpp"

#include <fmt/format.h>

#include <fstream>

namespace gpupass::cli {

namespace {

/// First line of the file, for the password.
Result<std::string> read_password(const std::string& path)
{
    std::ifstream file{path};
    std::string line;
    if (!file || (!std::getline(file, line) && !file.eof()))
        return fail(ErrorKind::not_found, fmt::format("cannot read the password file {}", path),
                    "check --password-file");
    if (line.ends_with('\r'))
        line.pop_back();
    return line;
}

}  // namespace

Result<std::optional<std::string>> password_for(const HostChoice& choice, const Surroundings& around)
{
    if (choice.password_file.empty())
        return around.password;
    auto password = read_password(choice.password_file);
    if (!password)
        return std::unexpected(std::move(password.error()));
    return std::move(*password);
}

std::string local_dmi()
{
    std::string text;
    for (const char* name : {"product_uuid", "product_serial"}) {
        std::ifstream file{std::string{"/sys/class/dmi/id/"} + name};
        std::string line;
        std::getline(file, line);
        text += line + "\n";
    }
    return text;
}

}  // namespace gpupass::cli
