#include "hosts/esxi/marks.hpp"

#include "hosts/esxi/text.hpp"

#include <algorithm>

namespace gpupass::esxi {

namespace {

constexpr std::int64_t stale_after_s = 600;

/// One line of the marker holds one value.
std::string one_line(std::string_view text)
{
    std::string out{text};
    std::ranges::replace_if(out, [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
    return out;
}

}  // namespace

std::string marker_text(const Holder& holder)
{
    return "machine=" + one_line(holder.machine) + "\nstate=" + one_line(holder.state) + "\nwho=" + one_line(holder.who) +
           "\nrun=" + std::to_string(holder.run) + "\n";
}

Holder parse_marker(std::string_view text)
{
    Holder holder;
    for (const TextLine& line : split_lines(text.substr(0, 4096))) {
        const auto sign = line.text.find('=');
        if (sign == std::string_view::npos)
            continue;
        const std::string_view key = line.text.substr(0, sign);
        const std::string value{line.text.substr(sign + 1)};
        if (key == "machine")
            holder.machine = value;
        else if (key == "state")
            holder.state = value;
        else if (key == "who")
            holder.who = value;
        else if (key == "run")
            holder.run = static_cast<long>(parse_int(value).value_or(0));
    }
    return holder;
}

std::optional<std::string> first_datastore(const HostFacts& facts)
{
    std::optional<std::string> first;
    for (const Vm& vm : facts.vms)
        if (!vm.datastore.empty() && (!first || vm.datastore < *first))
            first = vm.datastore;
    return first;
}

bool is_same(const Holder& a, const Holder& b)
{
    return a.machine == b.machine && a.state == b.state;
}

bool is_in_the_way(const Marker& marker, const Holder& holder)
{
    return !is_same(parse_marker(marker.text), holder) && (!marker.age_s || *marker.age_s < stale_after_s);
}

std::unexpected<Error> held_by(const Holder& holder, const std::string& path)
{
    const std::string who = holder.who.empty() ? "another computer" : excerpt(holder.who);
    return at({.kind = ErrorKind::busy, .what = who + " works on this host with gpupass", .where = {},
               .next = "wait until it is done; its marker counts for 10 minutes after its last sign of life"}, path);
}

std::string sheet_name(long run)
{
    return "gpupass-rescue-" + std::to_string(run) + ".txt";
}

}  // namespace gpupass::esxi
