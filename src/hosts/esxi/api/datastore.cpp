#include "hosts/esxi/api/datastore.hpp"

#include "hosts/esxi/api/properties.hpp"
#include "hosts/esxi/api/tasks.hpp"
#include "hosts/esxi/marks.hpp"
#include "hosts/esxi/text.hpp"

#include <algorithm>
#include <time.h>

namespace gpupass::esxi {

namespace {

constexpr int not_found = 404;
constexpr std::size_t largest_file = 32u << 20;

std::string percent_encoded(std::string_view text, bool keep_slash)
{
    constexpr std::string_view digits = "0123456789ABCDEF";
    constexpr std::string_view plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~";
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (plain.contains(c) || (keep_slash && c == '/'))
            out += c;
        else
            (out += '%').append({digits[byte >> 4], digits[byte & 15]});
    }
    return out;
}

Http request(const DatastoreFile& file, const char* method, std::string body = {}, std::string name = {})
{
    return {.path = "/folder/" + percent_encoded(file.path, true) + "?dcPath=" + percent_encoded(file.datacenter.path, false) +
                    "&dsName=" + percent_encoded(file.datastore, false),
            .body = std::move(body), .action = {}, .method = method, .name = std::move(name)};
}

/// "Mon, 30 Nov 2026 23:12:49 GMT" of the header with that name.
std::optional<std::int64_t> header_time(std::string_view headers, std::string_view name)
{
    for (const TextLine& line : split_lines(headers)) {
        const auto colon = line.text.find(": ");
        if (colon == line.text.npos || !equals_ignoring_case(line.text.substr(0, colon), name))
            continue;
        std::tm time{};
        const std::string value{line.text.substr(colon + 2)};
        return strptime(value.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &time) ? std::optional<std::int64_t>{timegm(&time)} : std::nullopt;
    }
    return std::nullopt;
}

std::unexpected<Error> refused(const DatastoreFile& file, const char* doing, const Answer& answer)
{
    return at({.kind = ErrorKind::failed, .what = std::string{"the datastore did not "} + doing + " the file: HTTP status " + std::to_string(answer.exit_code),
               .where = {}, .next = "look whether the datastore is full or read-only, and whether the user has the privilege Datastore.FileManagement"}, file.text());
}

}  // namespace

Result<std::optional<FileContent>> read_file(Session& session, const DatastoreFile& file, Deadline deadline)
{
    auto answer = session.http(request(file, "GET", {}, "file " + file.text()), deadline);
    if (!answer)
        return at(std::move(answer.error()), file.text());
    if (answer->exit_code == not_found || answer->state == Answer::State::not_recorded)
        return std::nullopt;
    if (!answer->ok())
        return refused(file, "give", *answer);
    FileContent content{.text = std::move(answer->out), .age_s = {}};
    if (content.text.size() > largest_file)
        content.text.erase(0, content.text.size() - largest_file);
    const auto changed = header_time(answer->err, "Last-Modified"), now = header_time(answer->err, "Date");
    if (changed && now)
        content.age_s = *now - *changed;
    return content;
}

Result<void> write_file(Session& session, const DatastoreFile& file, const std::string& content, Deadline deadline)
{
    const auto answer = session.http(request(file, "PUT", content), deadline);
    if (!answer)
        return at(answer.error(), file.text());
    return answer->ok() ? Result<void>{} : refused(file, "take", *answer);
}

Result<void> delete_file(Session& session, const DatastoreFile& file, Deadline deadline)
{
    const auto there = read_file(session, file, deadline);
    if (!there || !*there)
        return there ? Result<void>{} : std::unexpected(there.error());
    const auto content = session.open(deadline);
    if (!content)
        return std::unexpected(content.error());
    const Call call{.method = "DeleteDatastoreFile_Task", .object = content->file_manager,
                    .arguments = leaf("name", file.text()) + leaf("datacenter", file.datacenter.ref), .name = {}};
    return run_task(session, call, [] { return Result<void>{}; }, deadline);
}

Result<void> claim_file(Session& session, const DatastoreFile& file, const Holder& holder, std::string& mine, Deadline deadline)
{
    const auto there = read_file(session, file, deadline);
    if (!there)
        return std::unexpected(there.error());
    if (*there && is_in_the_way({(*there)->text, (*there)->age_s}, holder))
        return held_by(parse_marker((*there)->text), file.text());
    const std::string text = marker_text(holder);
    if (auto written = write_file(session, file, text, deadline); !written)
        return written;
    // Writing knows no "only if it is still so": who was second sees it here, or at the claim before its next step.
    const auto now = read_file(session, file, deadline);
    if (!now)
        return std::unexpected(now.error());
    if (!*now || (*now)->text != text)
        return held_by(*now ? parse_marker((*now)->text) : Holder{}, file.text());
    mine = text;
    return {};
}

Result<void> release_file(Session& session, const DatastoreFile& file, std::string& mine, Deadline deadline)
{
    const auto there = read_file(session, file, deadline);
    if (!there)
        return std::unexpected(there.error());
    const bool is_ours = *there && is_same(parse_marker((*there)->text), parse_marker(mine));
    if (is_ours)
        if (auto gone = delete_file(session, file, deadline); !gone)
            return gone;
    mine.clear();
    return {};
}

Result<std::vector<std::string>> writable_datastores(Session& session, const Ref& host, Deadline deadline)
{
    std::vector<std::string> names;
    const auto take = [&](const std::vector<ObjectContent>& page) {
        for (const ObjectContent& object : page) {
            const bool writes = std::ranges::any_of(object.node("host").children(), [&](const pugi::xml_node& mount) {
                const pugi::xml_node info = mount.child("mountInfo");
                return text_of(mount, "key") == host.id && text_of(info, "accessMode") == "readWrite" && text_of(info, "accessible") != "false";
            });
            const auto type = object.text("summary.type");
            if (writes && (type == "VMFS" || type.starts_with("NFS")) && !object.text("name").empty())
                names.push_back(as_utf8(object.text("name")));
        }
    };
    auto read = retrieve(session, {{"Datastore", {"name", "host", "summary.type"}}}, {{.object = host, .itself = false, .follow_type = "HostSystem", .follow_path = "datastore"}}, "", take, deadline);
    std::ranges::sort(names);
    return read ? Result<std::vector<std::string>>{std::move(names)} : std::unexpected(std::move(read.error()));
}

}  // namespace gpupass::esxi
