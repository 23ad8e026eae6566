#include "transport/local.hpp"

#include "transport/fd.hpp"
#include "transport/libvirt_link.hpp"
#include "transport/local_each.hpp"
#include "transport/local_files.hpp"
#include "transport/local_poke.hpp"
#include "transport/local_process.hpp"
#include "transport/script.hpp"

#include <algorithm>

namespace gpupass {
namespace {

class LocalMachine : public Machine {
public:
    LocalMachine(const std::filesystem::path& root, std::string libvirt_uri)
        : files_{root}, libvirt_{std::move(libvirt_uri)}
    {
    }

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
    Deadline in_time(Deadline deadline) const { return {std::min(deadline.at, Deadline::in(query_time).at)}; }

    Answer answer(const Run& query, Deadline deadline) const
    {
        return run_process(query, in_time(deadline), answer_limit);
    }

    Answer answer(const ReadEach& query, Deadline deadline) const
    {
        return read_each(files_, query, {in_time(deadline), entry_time, each_limit});
    }

    Answer answer(const Poke& query, Deadline deadline) const { return poke(files_, query, in_time(deadline)); }

    Answer answer(const Libvirt& query, Deadline deadline)
    {
        Answer answer = libvirt_.answer(query, in_time(deadline));
        answer.truncated = answer.out.size() > answer_limit;
        answer.out.resize(std::min(answer.out.size(), answer_limit));
        return answer;
    }

    Answer answer(const Http&, Deadline) const { return {.exit_code = 127, .out = {}, .err = "no web service is asked here"}; }

    template <class Q>
    Answer answer(const Q& query, Deadline) const
    {
        return files_.answer(query, answer_limit);
    }

    LocalFiles files_;
    LibvirtLink libvirt_;
};

}  // namespace

std::unique_ptr<Machine> make_local_machine(const std::filesystem::path& root, std::string libvirt_uri)
{
    return std::make_unique<LocalMachine>(root, std::move(libvirt_uri));
}

}  // namespace gpupass
