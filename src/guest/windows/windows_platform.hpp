#pragma once

#include "guest/platform.hpp"

namespace gpupass::guest {

class WindowsPlatform final : public Platform {
public:
    PlatformReport look(const Request& request) override;
    std::vector<std::string> apis() const override { return {"opencl", "vulkan"}; }
    std::vector<ApiAnswer> ask(const std::vector<std::string>& apis, const std::vector<std::string>& words, std::chrono::milliseconds time, bool together) override;
    ApiAnswer answer_part(const std::string& api, Wish wish) override;
};

}  // namespace gpupass::guest
