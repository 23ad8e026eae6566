#include "hosts/esxi/ssh/marker.hpp"

#include "hosts/esxi/marks.hpp"
#include "hosts/esxi/ssh/command.hpp"
#include "hosts/esxi/ssh/esxcli.hpp"
#include "hosts/esxi/ssh/probe.hpp"
#include "hosts/esxi/text.hpp"
#include "transport/script.hpp"

#include <algorithm>

namespace gpupass::esxi {

namespace {

constexpr int someone_was_faster = 3;

std::string folder_of(const std::string& datastore)
{
    return "/vmfs/volumes/" + datastore + "/";
}

/// nullopt: there is none.
Result<std::optional<Marker>> read_marker(Machine& machine, const std::string& path, Deadline deadline)
{
    const std::vector<Query> queries{ReadFile{path}, Run{{"stat", "-c", "%Y", path}}, Run{{"date", "+%s"}}};
    const auto answers = machine.ask(queries, deadline);
    if (!answers)
        return std::unexpected(answers.error());
    const Answer& file = (*answers)[0];
    if (file.state == Answer::State::done && file.exit_code != 0 && file.err.contains("No such file"))
        return std::nullopt;
    if (const std::string trouble = trouble_of(file); !trouble.empty())
        return fail(ErrorKind::failed, "the marker " + path + " could not be read: " + trouble);
    Marker marker{.text = file.out, .age_s = {}};
    const auto changed = parse_unix_time((*answers)[1].out);
    const auto now = parse_unix_time((*answers)[2].out);
    if ((*answers)[1].ok() && (*answers)[2].ok() && changed && now)
        marker.age_s = *now - *changed;
    return marker;
}

/// Only names we give ourselves: what stands in a journal is not trusted with `rm`.
bool is_ours(const BeforeImage& image)
{
    const std::string prefix = image.path + ".gpupass-";
    const std::string& path = image.image_path;
    return image.path.starts_with("/vmfs/volumes/") && path.size() > prefix.size() && path.starts_with(prefix) &&
           path.find_first_not_of("0123456789", prefix.size()) == std::string::npos;
}

}  // namespace

Result<void> claim_host(Machine& machine, const HostFacts& facts, const Holder& holder, std::string& mine, Deadline deadline)
{
    const auto datastore = first_datastore(facts);
    if (!datastore)
        return {};  // no VM: nothing that two could spoil for each other
    const std::string path = folder_of(*datastore) + marker_name;
    const auto marker = read_marker(machine, path, deadline);
    if (!marker)
        return std::unexpected(marker.error());
    if (*marker && is_in_the_way(**marker, holder))
        return held_by(parse_marker((*marker)->text), path);
    const std::string text = marker_text(holder);
    const WriteFile write{.path = path, .content = text, .expected = *marker ? std::optional{(*marker)->text} : std::nullopt, .mode = 0600};
    const auto answer = ask_one(machine, write, deadline);
    if (!answer)
        return std::unexpected(answer.error());
    if (answer->state == Answer::State::done && answer->exit_code == someone_was_faster)
        return held_by({}, path);
    if (const std::string trouble = trouble_of(*answer); !trouble.empty())
        return at({.kind = ErrorKind::failed, .what = trouble, .where = {}, .next = "look whether the datastore is full or read-only"}, describe(write));
    mine = text;
    return {};
}

Result<void> release_host(Machine& machine, const HostFacts& facts, std::string& mine, Deadline deadline)
{
    const auto datastore = first_datastore(facts);
    if (!datastore || mine.empty())
        return {};
    const std::string path = folder_of(*datastore) + marker_name;
    const auto marker = read_marker(machine, path, deadline);
    if (!marker)
        return std::unexpected(marker.error());
    if (!*marker || !is_same(parse_marker((*marker)->text), parse_marker(mine))) {
        mine.clear();
        return {};  // gone, or somebody took over: not ours to remove
    }
    const Query remove = Run{{"rm", "-f", path}};
    const auto answer = ask_one(machine, remove, deadline);
    if (!answer)
        return std::unexpected(answer.error());
    if (const std::string trouble = trouble_of(*answer); !trouble.empty())
        return fail(ErrorKind::failed, "the marker " + path + " could not be removed: " + trouble);
    mine.clear();
    return {};
}

Result<void> write_sheet(Machine& machine, const HostFacts& facts, long run, std::string_view text, Deadline deadline)
{
    const auto datastore = first_datastore(facts);
    if (!datastore)
        return fail(ErrorKind::not_found, "the host has no datastore with a VM on it for the rescue sheet");
    const std::string path = folder_of(*datastore) + sheet_name(run);
    const auto there = ask_one(machine, ReadFile{path}, deadline);
    if (!there)
        return std::unexpected(there.error());
    if (there->ok() && there->out == text)
        return {};
    const WriteFile write{.path = path, .content = std::string{text}, .expected = there->ok() ? std::optional{there->out} : std::nullopt, .mode = 0600};
    const auto answer = ask_one(machine, write, deadline);
    if (!answer)
        return std::unexpected(answer.error());
    if (const std::string trouble = trouble_of(*answer); !trouble.empty())
        return at({.kind = ErrorKind::failed, .what = trouble, .where = {}, .next = "look whether the datastore is full or read-only"}, describe(write));
    return {};
}

Result<void> remove_files(Machine& machine, const HostFacts& facts, long run, const std::vector<BeforeImage>& images, Deadline deadline)
{
    std::vector<Query> queries{Run{{"rm", "-f", reboot_mark}}};
    // With each file the name its content has until it is whole: a connection that broke may have left that.
    const auto remove = [&](const std::string& path) { queries.push_back(Run{{"rm", "-f", path, new_name(path)}}); };
    if (const auto datastore = first_datastore(facts)) {
        remove(folder_of(*datastore) + sheet_name(run));
        queries.push_back(Run{{"rm", "-f", new_name(folder_of(*datastore) + marker_name)}});
    }
    for (const BeforeImage& image : images) {
        if (!is_ours(image))
            continue;
        remove(image.image_path);
        queries.push_back(Run{{"rm", "-f", new_name(image.path)}});
    }
    const auto answers = machine.ask(queries, deadline);
    if (!answers)
        return std::unexpected(answers.error());
    for (std::size_t i = 0; i < queries.size(); ++i)
        if (const std::string trouble = trouble_of((*answers)[i]); !trouble.empty())
            return fail(ErrorKind::failed, "a file of ours is left on the host: " + trouble, "remove it by hand: " + describe(queries[i]).substr(4));
    return {};
}

}  // namespace gpupass::esxi
