#pragma once

#include "apply/run.hpp"
#include "cli/surroundings.hpp"

#include <chrono>
#include <string>

namespace gpupass::cli {

/// The person's side of a run on standard error: plan, question, progress. A bar that redraws itself on a terminal,
/// plain lines elsewhere.
class TerminalTalk : public RunTalk {
public:
    TerminalTalk(Surroundings& around, std::string host_name, bool yes)
        : around_(around), host_name_(std::move(host_name)), yes_(yes) {}

    bool agree(const Plan& plan, bool again) override;
    void step_begins(const Step& step, int number, int total) override;
    void step_waits(const Step& step, std::string_view note, std::chrono::milliseconds elapsed) override;
    void step_ends(const Step& step, StepEnd end, std::chrono::milliseconds elapsed) override;
    int stop_wish() const override;

    /// True when the person (or the lack of one) said no.
    bool declined() const { return declined_; }

private:
    bool ask(const Plan& plan);
    void draw(const Step& step, std::string_view note, std::chrono::milliseconds elapsed);
    void tell_stop_wish();

    Surroundings& around_;
    std::string host_name_;
    bool yes_;
    bool declined_{};
    bool told_stop_{};
    int number_{};
    int total_{};
    std::string last_note_;
    std::chrono::milliseconds last_line_{};
};

}  // namespace gpupass::cli
