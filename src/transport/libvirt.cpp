#include "transport/libvirt.hpp"

#include "transport/text.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <ranges>
#include <utility>

namespace gpupass {
namespace {

constexpr char end_of_record = '\x1e';
constexpr char end_of_field = '\x1f';
constexpr std::size_t most_domains = 100'000;

/// Ours, and virsh's.
constexpr std::array<std::pair<std::string_view, std::string_view>, 3> state_words{
    {{"shutoff", "shut off"}, {"shutdown", "in shutdown"}, {"nostate", "no state"}}};

std::string_view trimmed(std::string_view text)
{
    constexpr std::string_view blanks = " \t\r\n";
    const auto begin = text.find_first_not_of(blanks);
    return begin == text.npos ? std::string_view{} : text.substr(begin, text.find_last_not_of(blanks) - begin + 1);
}

std::optional<std::string_view> value_of(std::string_view head, std::string_view key)
{
    for (const auto part : head | std::views::split('\n')) {
        const std::string_view line{part};
        if (line.starts_with(key) && line.substr(key.size()).starts_with(':'))
            return trimmed(line.substr(key.size() + 1));
    }
    return std::nullopt;
}

std::string state_of(std::string_view word)
{
    const auto found = std::ranges::find(state_words, word, &decltype(state_words)::value_type::second);
    return std::string{found == state_words.end() ? word : found->first};
}

Result<LibvirtDomain> domain_of(std::string_view head, std::string_view config, std::string_view live)
{
    LibvirtDomain domain;
    for (const auto& [key, field] :
         {std::pair{"UUID", &domain.uuid}, std::pair{"Name", &domain.name}, std::pair{"State", &domain.state}}) {
        const auto value = value_of(head, key);
        if (!value || value->empty())
            return fail(ErrorKind::parse, std::string{"field '"} + key + "' is missing");
        *field = *value;
    }
    domain.state = state_of(domain.state);
    domain.persistent = value_of(head, "Persistent") == "yes";
    domain.autostart = value_of(head, "Autostart") == "enable";
    domain.saved = value_of(head, "Managed save") == "yes";
    domain.config_xml = trimmed(config);
    if (value_of(head, "Id") != "-")
        domain.live_xml = trimmed(live);
    if (domain.config_xml.empty())
        return fail(ErrorKind::parse, "domain " + printable(domain.name) + " came without its definition");
    return domain;
}

Result<void> take_record(std::string_view record, std::vector<LibvirtDomain>& domains)
{
    const auto first = record.find(end_of_field),
               second = first == record.npos ? first : record.find(end_of_field, first + 1);
    if (second == record.npos || record.find(end_of_field, second + 1) != record.npos)
        return fail(ErrorKind::parse, "not the three parts of a domain");
    const auto head = trimmed(record.substr(0, first));
    if (head.empty())
        return {};
    auto domain = domain_of(head, record.substr(first + 1, second - first - 1), record.substr(second + 1));
    if (!domain)
        return std::unexpected(std::move(domain.error()));
    domains.push_back(std::move(*domain));
    return {};
}

}  // namespace

std::string to_text(const std::vector<LibvirtDomain>& domains)
{
    std::string out;
    for (const auto& domain : domains) {
        const auto found = std::ranges::find(state_words, domain.state, &decltype(state_words)::value_type::first);
        const std::string_view state = found == state_words.end() ? std::string_view{domain.state} : found->second;
        out.append("Id: ").append(domain.live_xml.empty() ? "-" : "yes").append("\nName: ").append(domain.name);
        out.append("\nUUID: ").append(domain.uuid).append("\nState: ").append(state);
        out.append("\nPersistent: ").append(domain.persistent ? "yes" : "no");
        out.append("\nAutostart: ").append(domain.autostart ? "enable" : "disable");
        out.append("\nManaged save: ").append(domain.saved ? "yes" : "no").append("\n");
        (out += end_of_field) += domain.config_xml;
        (out += end_of_field) += domain.live_xml;
        out += end_of_record;
    }
    return out;
}

Result<std::vector<LibvirtDomain>> parse_domains(std::string_view text)
{
    std::vector<LibvirtDomain> domains;
    for (std::size_t number = 1; !trimmed(text).empty(); ++number) {
        const auto end = text.find(end_of_record);
        auto taken = end == text.npos ? fail(ErrorKind::parse, "the answer ends in the middle of a domain")
            : number > most_domains   ? fail(ErrorKind::parse, "too many domains")
                                      : take_record(text.substr(0, end), domains);
        if (!taken)
            return at(std::move(taken.error()), "domain " + std::to_string(number) + " of libvirt");
        text.remove_prefix(end + 1);
    }
    return domains;
}

}  // namespace gpupass
