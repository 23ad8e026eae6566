#pragma once

#include "apply/run.hpp"

#include <cstdlib>
#include <filesystem>
#include <functional>

namespace gpupass::test {

/// A person who says yes, or what the test wants.
class Talk : public RunTalk {
public:
    bool agree(const Plan& plan, bool again) override
    {
        ++asked;
        return answer ? answer(plan, again) : true;
    }
    void step_begins(const Step&, int, int) override {}
    void step_waits(const Step&, std::string_view, std::chrono::milliseconds) override {}
    void step_ends(const Step& step, StepEnd, std::chrono::milliseconds) override
    {
        if (step.id == stop_after)
            wish = 1;
    }
    int stop_wish() const override { return wish; }

    std::function<bool(const Plan&, bool)> answer;
    std::string stop_after;
    int wish{};
    int asked{};
};

struct StateFolder {
    StateFolder()
    {
        // In memory where that is to be had: the journal syncs every write, and here nothing has to survive.
        const std::filesystem::path memory = "/dev/shm";
        const auto base = std::filesystem::is_directory(memory) ? memory : std::filesystem::temp_directory_path();
        std::string name = (base / "gpupass-test-XXXXXX").string();
        path = mkdtemp(name.data());
    }
    ~StateFolder() { std::filesystem::remove_all(path); }
    StateFolder(const StateFolder&) = delete;
    StateFolder& operator=(const StateFolder&) = delete;
    std::filesystem::path path;
};

}  // namespace gpupass::test
