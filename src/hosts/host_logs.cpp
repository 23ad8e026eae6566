#include "hosts/host_logs.hpp"

namespace gpupass {
namespace {

std::string name_of(const Query& query)
{
    const auto* file = std::get_if<ReadFile>(&query);
    return file ? file->path : describe(query);
}

}  // namespace

std::vector<LogText> read_host_logs(Machine& machine, std::span<const Query> queries, Deadline deadline)
{
    std::vector<LogText> logs;
    const auto answers = queries.empty() ? Result<std::vector<Answer>>{} : machine.ask(queries, deadline);
    for (std::size_t i = 0; answers && i < answers->size(); ++i)
        if ((*answers)[i].ok() && !(*answers)[i].out.empty())
            logs.push_back({name_of(queries[i]), (*answers)[i].out});
    return logs;
}

}  // namespace gpupass
