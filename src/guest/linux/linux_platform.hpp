#pragma once

#include "guest/platform.hpp"

namespace gpupass::guest {

/// Linux. `root`: a recorded guest instead of this system ("" is this one); `answers`: a folder with recorded answers
/// (opencl.json ...) instead of asking drivers, "" asks them.
class LinuxPlatform final : public Platform {
public:
    LinuxPlatform(std::string root, std::string answers) : root_{std::move(root)}, answers_{std::move(answers)} {}
    PlatformReport look(const Request& request) override;
    std::vector<std::string> apis() const override;
    std::vector<ApiAnswer> ask(const std::vector<std::string>& apis, const std::vector<std::string>& words,
                               std::chrono::milliseconds time, bool together) override;
    ApiAnswer answer_part(const std::string& api, Wish wish) override;

private:
    std::string root_;
    std::string answers_;
};

}  // namespace gpupass::guest
