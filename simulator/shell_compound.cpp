#include "shell.hpp"

#include <fnmatch.h>

// Groups, conditions and loops.

namespace gpupass::sim {

int Shell::run(const Group& group)
{
    if (!group.subshell)
        return run(*group.list);
    Shell inner{*this};
    return inner.run(*group.list);
}

int Shell::run(const If& command)
{
    for (const auto& [condition, body] : command.branches) {
        const int found = run(*condition);
        if (must_stop())
            return status;
        if (found == 0)
            return run(*body);
    }
    if (command.otherwise)
        return run(*command.otherwise);
    return status = 0;
}

bool Shell::loop_goes_on()
{
    if (flow == Flow::continue_loop)
        flow = Flow::none;
    const bool broken = flow == Flow::break_loop;
    if (broken)
        flow = Flow::none;
    return !broken && !must_stop();
}

int Shell::run(const While& command)
{
    int result = 0;
    while (!must_stop() && (run(*command.condition) == 0) != command.until) {
        result = run(*command.body);
        if (!loop_goes_on())
            return result;
    }
    return status = flow == Flow::none ? result : status;
}

int Shell::run(const For& command)
{
    const auto values = command.over_arguments ? arguments : expand(command.words);
    for (const auto& value : values) {
        variables[command.name] = value;
        run(*command.body);
        if (!loop_goes_on())
            return status;
    }
    return status = values.empty() ? 0 : status;
}

int Shell::run(const Case& command)
{
    const auto subject = expand_one(command.subject);
    for (const auto& [patterns, body] : command.branches)
        for (const auto& pattern : patterns)
            if (::fnmatch(expand_one(pattern, true).c_str(), subject.c_str(), 0) == 0)
                return body->items.empty() ? status = 0 : run(*body);
    return status = 0;
}

}  // namespace gpupass::sim
