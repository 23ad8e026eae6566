#include "transport/ssh_batch.hpp"

#include "transport/script_parts.hpp"
#include "transport/ssh_script_channel.hpp"

#include <algorithm>

namespace gpupass {
namespace {

/// Each entry that does not answer leaves a shell behind in the host, and sshd lets a connection have ten.
constexpr int most_stalls = 4;

/// A ReadEach that goes on behind an entry that did not answer.
struct Begun {
    std::string out;
    std::string after;
    int stalls{};

    /// False: the answer stays as it is.
    bool take(const Query& query, Answer& answer)
    {
        if (answer.state != Answer::State::timed_out || !std::holds_alternative<ReadEach>(query) ||
            stalls == most_stalls)
            return false;
        auto entry = take_stalled_entry(answer.out);
        if (!entry)
            return false;
        out = without_progress(answer.out) + *entry + "\t!\tno answer\n";
        after = std::move(*entry);
        ++stalls;
        return true;
    }
};

}  // namespace

Result<std::vector<Answer>> run_batch(SshSession& session, std::span<const Query> queries, const BatchLimits& limits)
{
    std::vector<Answer> answers;
    Begun begun;
    while (answers.size() < queries.size()) {
        const auto rest = queries.subspan(answers.size());
        ScriptChannel channel{session, rest, limits, std::exchange(begun.after, {})};
        auto part = channel.run();
        if (!part)
            return std::unexpected(std::move(part.error()));
        part->front().out.insert(0, std::exchange(begun.out, {}));
        if (begun.take(rest[part->size() - 1], part->back()))
            part->pop_back();
        for (std::size_t i = 0; i < part->size(); ++i)
            settle(rest[i], (*part)[i]);
        std::ranges::move(*part, std::back_inserter(answers));
    }
    return answers;
}

}  // namespace gpupass
