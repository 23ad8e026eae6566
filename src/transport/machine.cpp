#include "transport/machine.hpp"

#include "transport/text.hpp"

namespace gpupass {
namespace {

std::string describe_one(const ReadFile& query) { return "read " + query.path; }
std::string describe_one(const ReadLink& query) { return "read link " + query.path; }
std::string describe_one(const ListDir& query) { return "list " + query.path; }
std::string describe_one(const WriteFile& query) { return "write " + query.path; }
std::string describe_one(const Run& query)
{
    std::string out = "run";
    for (const auto& word : query.argv)
        out += ' ' + word;
    return out;
}

}  // namespace

std::string describe(const Query& query)
{
    return printable(std::visit([](const auto& q) { return describe_one(q); }, query));
}

Result<Answer> ask_one(Machine& machine, Query query, Deadline deadline)
{
    auto answers = machine.ask({&query, 1}, deadline);
    if (!answers)
        return std::unexpected(std::move(answers.error()));
    return std::move(answers->at(0));
}

}  // namespace gpupass
