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
std::string describe_one(const Present& query) { return "look for " + (query.paths.empty() ? "nothing" : query.paths.front()) + (query.paths.size() > 1 ? " and others" : ""); }
std::string describe_one(const FindOpen& query) { return "find who has " + (query.prefixes.empty() ? "nothing" : query.prefixes.front()) + " open"; }
std::string describe_one(const ReadEach& query) { return "read the entries of " + query.folder; }
std::string describe_one(const Poke& query)
{
    const auto others = query.writes.empty() ? 0 : query.writes.size() - 1;
    return "write " + (query.writes.empty() ? "nothing" : query.writes.front().first) +
        (others > 0 ? " and " + std::to_string(others) + " more" : "");
}
std::string describe_one(const Http& query)
{
    return query.name.empty() ? query.method + ' ' + query.path : "ask for " + query.name;
}
std::string describe_one(const Libvirt& query)
{
    return "libvirt " + std::string{name_of(query.call)} + (query.domain.empty() ? "" : ' ' + query.domain);
}

}  // namespace

std::string_view name_of(Libvirt::Call call)
{
    switch (call) {
    case Libvirt::Call::domains: return "domains";
    case Libvirt::Call::attach_config: return "attach-config";
    case Libvirt::Call::detach_config: return "detach-config";
    case Libvirt::Call::start: return "start";
    case Libvirt::Call::shutdown: return "shutdown";
    case Libvirt::Call::destroy: return "destroy";
    case Libvirt::Call::version: return "version";
    case Libvirt::Call::agent: return "agent";
    }
    return "?";
}

bool is_change(const Query& query)
{
    if (const auto* call = std::get_if<Libvirt>(&query))
        return call->call != Libvirt::Call::domains && call->call != Libvirt::Call::version;
    return std::holds_alternative<WriteFile>(query) || std::holds_alternative<Poke>(query);
}

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
