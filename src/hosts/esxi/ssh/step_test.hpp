#pragma once

#include "hosts/esxi/ssh/test_world.hpp"
#include "model/facts.hpp"

#include <gtest/gtest.h>

#include <memory>

namespace gpupass::esxi {

/// For tests of steps: the NUC 11, its facts, and apply() of one change.
class StepTest : public testing::Test {
protected:
    StepTest()
    {
        auto machine = std::make_unique<FakeEsxi>(nuc11());
        esxi = machine.get();
        host = make_ssh_host(std::move(machine), "", no_times());
        look();
    }

    void look()
    {
        facts = host->probe(Deadline::in(std::chrono::seconds{5})).value();
        esxi->ran.clear();
    }

    bool apply(Change change)
    {
        RunContext context{.run = 7, .watch = &watch, .images = &images, .save_images = [this] {
                               saved.push_back(images);
                               return on_save ? on_save() : Result<void>{};
                           }};
        const auto done = host->apply(Step{.id = "step", .change = std::move(change)}, facts, context);
        error = done ? Error{} : done.error();
        return done.has_value();
    }

    FakeEsxi* esxi{};
    std::unique_ptr<Host> host;
    HostFacts facts;
    QuietWatch watch;
    std::vector<BeforeImage> images;
    std::vector<std::vector<BeforeImage>> saved;
    std::function<Result<void>()> on_save;
    Error error;
};

}  // namespace gpupass::esxi
