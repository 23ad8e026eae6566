#pragma once

#include "hosts/linux/fake_linux.hpp"
#include "hosts/linux/linux_host.hpp"

#include <gmock/gmock.h>

#include <algorithm>

namespace gpupass::linux_host {

/// Gives a fake to the host and keeps it in sight.
class Borrowed : public Machine {
public:
    explicit Borrowed(FakeLinux& fake) : fake_(fake) {}
    std::string name() const override { return fake_.name(); }
    Result<std::vector<Answer>> ask(std::span<const Query> queries, Deadline deadline) override { return fake_.ask(queries, deadline); }

private:
    FakeLinux& fake_;
};

class QuietWatch : public Watch {
public:
    bool must_leave() const override { return leave; }
    void note(std::string_view text) override { notes.emplace_back(text); }
    bool leave{};
    std::vector<std::string> notes;
};

class LinuxTest : public testing::Test {
protected:
    LinuxTest() { host = make_linux_host(std::make_unique<Borrowed>(fake), {.poll = std::chrono::milliseconds{0}, .bind = std::chrono::milliseconds{50}, .desktop = std::chrono::milliseconds{20}, .shutdown = std::chrono::milliseconds{20}, .start = std::chrono::milliseconds{20}, .reboot = std::chrono::milliseconds{50}}); }

    HostFacts look() { return host->probe(Deadline::in(std::chrono::seconds{5})).value(); }
    bool apply(const Step& step)
    {
        RunContext context{.run = 1, .watch = &watch, .images = &images, .save_images = [] { return Result<void>{}; }};
        const auto done = host->apply(step, look(), context);
        error = done ? Error{} : done.error();
        return done.has_value();
    }
    /// Steps until the plan is empty or one fails; the ids that were applied.
    std::vector<std::string> carry_out(const Goal& goal)
    {
        std::vector<std::string> ids;
        for (int i = 0; i < 20; ++i) {
            const Plan plan = host->plan(look(), goal);
            if (plan.steps.empty() || !plan.blockers.empty())
                return ids;
            ids.push_back(plan.steps.front().id);
            if (!apply(plan.steps.front()))
                return ids;
        }
        ids.push_back("for ever");
        return ids;
    }
    Goal attach(AttachRequest request = {}) { return *host->attach_goal(look(), with(std::move(request))); }
    static AttachRequest with(AttachRequest request)
    {
        if (request.vm.empty())
            request.vm = "guest";
        request.gpu = card;
        return request;
    }
    Plan plan(const Goal& goal) { return host->plan(look(), goal); }
    static std::vector<std::string> ids(const Plan& plan)
    {
        std::vector<std::string> out;
        for (const Step& step : plan.steps)
            out.push_back(step.id);
        return out;
    }
    static std::vector<std::string> blockers(const Plan& plan)
    {
        std::vector<std::string> out;
        for (const Blocker& blocker : plan.blockers)
            out.push_back(blocker.id);
        return out;
    }
    FakeFunction& function(const std::string& address = "0000:01:00.0") { return fake.functions.at(address); }

    static constexpr PciAddress card{0, 1, 0, 0};
    FakeLinux fake{one_card()};
    std::unique_ptr<Host> host;
    QuietWatch watch;
    std::vector<BeforeImage> images;
    Error error;
};

}  // namespace gpupass::linux_host
