#pragma once

#include "cli/surroundings.hpp"

#include <filesystem>
#include <string>
#include <string_view>

namespace gpupass::cli {

/// Where a demo plays: a simulated host with a state folder of its own. Both are gone when the stage is.
class DemoStage {
public:
    static Result<DemoStage> open(Context& context);
    DemoStage(DemoStage&& other) noexcept;
    ~DemoStage();
    DemoStage(const DemoStage&) = delete;
    DemoStage& operator=(const DemoStage&) = delete;
    DemoStage& operator=(DemoStage&&) = delete;

    /// The demo's own surroundings: everything is told on one stream, in order.
    Surroundings& around() { return around_; }
    OpenedHost& opened() { return opened_; }
    Host& host() { return *opened_.host; }
    /// Only a simulated host has one.
    Machine& machine() { return *opened_.machine; }

    void chapter(std::string_view title);
    /// A paragraph, wrapped.
    void say(std::string_view text);
    /// Text as it is.
    void show(std::string_view text);
    /// Foreign text, line by line, made printable and set off from the story.
    void quote(std::string_view text);

    Result<HostFacts> probe();

private:
    DemoStage(Surroundings around, std::filesystem::path folder) : around_(std::move(around)), folder_(std::move(folder)) {}

    Surroundings around_;
    std::filesystem::path folder_;
    OpenedHost opened_;
    int chapters_{};
};

/// How a demo ended, for the last line and the exit code.
struct DemoEnd {
    std::string verdict;    // of the guest; "" when it was not asked
    bool simulated{};
    bool restored{};        // the host is as before
};
Result<DemoEnd> tell_story(Context& context, DemoStage& stage);
/// Every failure was what it had to be, and was recognised; else an Error.
Result<DemoEnd> tell_naive_story(Context& context, DemoStage& stage);

}  // namespace gpupass::cli
