#include "hosts/host_logs.hpp"

#include "model/text.hpp"

namespace gpupass {
namespace {

std::string name_of(const Query& query)
{
    const auto* file = std::get_if<ReadFile>(&query);
    return file ? file->path : describe(query);
}

std::string why_not(const Answer& answer)
{
    if (answer.state != Answer::State::done)
        return "it did not answer";
    const std::string said = printable(answer.err.substr(0, answer.err.find('\n')));
    return said.empty() ? "it cannot be read" : said;
}

}  // namespace

HostLogs read_host_logs(Machine& machine, std::span<const Query> queries, Deadline deadline)
{
    HostLogs logs;
    if (queries.empty())
        return logs;
    const auto answers = machine.ask(queries, deadline);
    for (std::size_t i = 0; i < queries.size(); ++i)
        if (!answers)
            logs.unread.push_back(name_of(queries[i]) + ": " + answers.error().what);
        else if ((*answers)[i].ok())
            logs.texts.push_back({name_of(queries[i]), (*answers)[i].out});
        else
            logs.unread.push_back(name_of(queries[i]) + ": " + why_not((*answers)[i]));
    return logs;
}

}  // namespace gpupass
