#include "transport/machine.hpp"

namespace gpupass {
namespace {

constexpr std::size_t longest_name = 200;

/// For messages: control bytes would move the cursor of a terminal.
std::string printable(std::string_view text)
{
    std::string out;
    for (const char c : text.substr(0, longest_name))
        out += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c;
    return text.size() > longest_name ? out + "..." : out;
}

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
