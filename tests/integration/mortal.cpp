#include "apply/journal.hpp"
#include "cli/program.hpp"
#include "cli/signals.hpp"

#include <csignal>
#include <cstdlib>
#include <iostream>
#include <unistd.h>

// gpupass with a journal that kills the process at its MORTAL_WRITE-th write: before the write (MORTAL_AFTER=0) or
// once it is on disk (MORTAL_AFTER=1).

namespace {

using namespace gpupass;

class MortalJournal : public Journal {
    template <class Write>
    auto fatal(Write write) -> decltype(write())
    {
        const bool now = --left_ == 0;
        if (now && !after_)
            kill(getpid(), SIGKILL);
        auto result = write();
        if (now)
            kill(getpid(), SIGKILL);
        return result;
    }

public:
    MortalJournal(std::unique_ptr<Journal> inner, int write, bool after) : inner_(std::move(inner)), left_(write), after_(after) {}

    Result<long> begin_run(const RunRecord& run) override
    {
        return fatal([&] { return inner_->begin_run(run); });
    }
    Result<void> save_step(long run, const StepRecord& step) override
    {
        return fatal([&] { return inner_->save_step(run, step); });
    }
    Result<void> save_images(long run, const std::vector<BeforeImage>& images) override
    {
        return fatal([&] { return inner_->save_images(run, images); });
    }
    Result<void> end_run(long run, RunState state, const std::string& message) override
    {
        return fatal([&] { return inner_->end_run(run, state, message); });
    }
    Result<RunRecord> read_run(long run) override { return inner_->read_run(run); }
    Result<std::vector<RunRecord>> runs(const std::string& host) override { return inner_->runs(host); }
    Result<std::optional<RunRecord>> open_run(const std::string& host) override { return inner_->open_run(host); }
    Result<std::optional<std::string>> host_seen_at(const std::string& uri) override { return inner_->host_seen_at(uri); }

private:
    std::unique_ptr<Journal> inner_;
    int left_;
    bool after_;
};

int number_from(const char* name)
{
    const char* text = std::getenv(name);
    return text ? std::atoi(text) : 0;
}

}  // namespace

int main(int argc, char** argv)
{
    cli::ignore_broken_pipes();
    const std::vector<std::string> words(argv + 1, argv + argc);
    auto around = cli::real_surroundings();
    around.open_journal = [](const std::filesystem::path& folder) -> Result<std::unique_ptr<Journal>> {
        auto journal = open_journal(folder);
        if (!journal)
            return journal;
        return std::make_unique<MortalJournal>(std::move(*journal), number_from("MORTAL_WRITE"), number_from("MORTAL_AFTER") != 0);
    };
    const int code = cli::run_program(words, around);
    std::cout.flush();
    return code;
}
