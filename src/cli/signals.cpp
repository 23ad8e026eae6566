#include "cli/signals.hpp"

#include <algorithm>

namespace gpupass::cli {

namespace {

// A signal handler reaches nothing but a global.
volatile std::sig_atomic_t wishes = 0;

void count_wish(int)
{
    if (wishes < 2)
        wishes = wishes + 1;
}

}  // namespace

void ignore_broken_pipes()
{
    std::signal(SIGPIPE, SIG_IGN);
}

CountStopWishes::CountStopWishes()
{
    wishes = 0;
    struct sigaction action{};
    action.sa_handler = count_wish;
    sigemptyset(&action.sa_mask);
    action.sa_flags = SA_RESTART;
    sigaction(SIGINT, &action, &interrupt_before_);
    sigaction(SIGTERM, &action, &terminate_before_);
}

CountStopWishes::~CountStopWishes()
{
    sigaction(SIGINT, &interrupt_before_, nullptr);
    sigaction(SIGTERM, &terminate_before_, nullptr);
}

int stop_wishes()
{
    return wishes;
}

}  // namespace gpupass::cli
