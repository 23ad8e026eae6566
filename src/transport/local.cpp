#include "transport/local.hpp"

#include "transport/fd.hpp"
#include "transport/local_files.hpp"
#include "transport/local_process.hpp"
#include "transport/script.hpp"

#include <algorithm>

namespace gpupass {
namespace {

class LocalMachine : public Machine {
public:
    explicit LocalMachine(std::filesystem::path root) : files_{std::move(root)} {}

    std::string name() const override { return "local:"; }

    Result<std::vector<Answer>> ask(std::span<const Query> queries, Deadline deadline) override
    {
        for (const Query& query : queries)
            if (auto fine = check_query(query); !fine)
                return at(std::move(fine.error()), "host local:");
        const NoSigpipe no_sigpipe;
        std::vector<Answer> answers;
        for (const Query& query : queries) {
            answers.push_back(std::visit([&](const auto& q) { return answer(q, deadline); }, query));
            const bool last = answers.size() == queries.size();
            if (deadline.passed() && (!last || answers.back().state == Answer::State::timed_out))
                return at({ErrorKind::timeout, "no answer in time", {describe(query)}, {}}, "host local:");
        }
        return answers;
    }

private:
    Answer answer(const Run& query, Deadline deadline) const
    {
        return run_process(query, {std::min(deadline.at, Deadline::in(query_time).at)}, answer_limit);
    }

    template <class Q>
    Answer answer(const Q& query, Deadline) const
    {
        return files_.answer(query, answer_limit);
    }

    LocalFiles files_;
};

}  // namespace

std::unique_ptr<Machine> make_local_machine(std::filesystem::path root)
{
    return std::make_unique<LocalMachine>(std::move(root));
}

}  // namespace gpupass
