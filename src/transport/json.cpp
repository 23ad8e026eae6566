#include "transport/encoding.hpp"
#include "transport/recording.hpp"
#include "transport/script.hpp"
#include "transport/simulator_access.hpp"
#include "transport/text.hpp"

#include <nlohmann/json.hpp>

#include <limits>

// The two JSON texts of this folder. Foreign ones are bounded before they are believed: size, nesting, number of values.

namespace gpupass {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view capture_schema = "gpupass-capture/1";
constexpr std::size_t largest_text = 64u << 20;
constexpr int deepest = 5;
constexpr std::size_t most_values = 1'000'000;

/// Text as a string, bytes that are none as {"base64": ...}.
Json text_json(const std::string& text)
{
    return is_utf8(text) ? Json(text) : Json{{"base64", to_base64(text)}};
}

Json query_json(const ReadFile& query)
{
    Json entry{{"read", text_json(query.path)}};
    if (query.tail)
        entry["tail"] = *query.tail;
    return entry;
}
Json query_json(const ReadLink& query) { return {{"read_link", text_json(query.path)}}; }
Json query_json(const ListDir& query) { return {{"list", text_json(query.path)}}; }
Json query_json(const WriteFile&) { return nullptr; }
Json query_json(const Poke&) { return nullptr; }
Json query_json(const Http& query) { return query.name.empty() ? Json(nullptr) : Json{{"http", text_json(query.name)}}; }
Json query_json(const Libvirt& query)
{
    return is_change(query) ? Json(nullptr) : Json{{"libvirt", std::string{name_of(query.call)}}};
}
Json words_json(const std::vector<std::string>& words)
{
    Json list = Json::array();
    for (const auto& word : words)
        list.push_back(text_json(word));
    return list;
}
Json query_json(const Present& query) { return {{"present", words_json(query.paths)}}; }
Json query_json(const FindOpen& query) { return {{"find_open", words_json(query.prefixes)}}; }
Json query_json(const ReadEach& query)
{
    return {{"read_each", text_json(query.folder)}, {"names", words_json(query.names)}};
}
Json query_json(const Run& query)
{
    Json entry{{"run", words_json(query.argv)}};
    if (!query.input.empty())
        entry["input"] = text_json(query.input);
    return entry;
}

Json entry_json(const Query& query, const Answer& answer)
{
    Json entry = std::visit([](const auto& q) { return query_json(q); }, query);
    if (entry.is_null())
        return entry;
    if (answer.state == Answer::State::timed_out)
        entry["state"] = "timed_out";
    entry["exit_code"] = answer.exit_code;
    entry["out"] = text_json(answer.out);
    if (!answer.err.empty())
        entry["err"] = text_json(answer.err);
    if (answer.truncated)
        entry["truncated"] = true;
    return entry;
}

std::unexpected<Error> wrong(const std::string& field, const std::string& what)
{
    return at(Error{ErrorKind::parse, what, {}, {}}, "field '" + field + "'");
}

/// Parses with bounds; the exceptions of the library end here.
Result<Json> parse_bounded(std::string_view text)
{
    if (text.size() > largest_text)
        return fail(ErrorKind::parse, "the text is larger than 64 MiB");
    std::size_t values = 0;
    bool too_deep = false;
    const auto bound = [&](int depth, Json::parse_event_t, Json&) {
        too_deep |= depth > deepest;
        return depth <= deepest && ++values <= most_values;
    };
    try {
        Json json = Json::parse(text, bound);
        if (too_deep || values > most_values)
            return fail(ErrorKind::parse, too_deep ? "the JSON is nested too deeply" : "the JSON has too many values");
        return json;
    } catch (const Json::exception& error) {
        return fail(ErrorKind::parse, "not JSON: " + printable(error.what()));
    }
}

Result<std::string> text_of(const Json& json, const std::string& field)
{
    if (json.is_string())
        return json.get<std::string>();
    if (json.is_object() && json.size() == 1 && json.contains("base64") && json["base64"].is_string())
        if (auto bytes = from_base64(json["base64"].get_ref<const std::string&>()))
            return std::move(*bytes);
    return wrong(field, "not a text");
}

Result<std::string> text_at(const Json& entry, const std::string& field)
{
    const auto found = entry.find(field);
    return found == entry.end() ? Result<std::string>{""} : text_of(*found, field);
}

Result<long> number_at(const Json& entry, const std::string& field, long least, long most)
{
    const auto found = entry.find(field);
    if (found == entry.end())
        return wrong(field, "missing");
    if (!found->is_number_integer() || (found->is_number_unsigned() && found->get<std::uint64_t>() > static_cast<std::uint64_t>(most)) ||
        found->get<std::int64_t>() < least || found->get<std::int64_t>() > most)
        return wrong(field, "not a number from " + std::to_string(least) + " to " + std::to_string(most));
    return found->get<long>();
}

Result<std::vector<std::string>> words_at(const Json& entry, const std::string& field)
{
    const auto found = entry.find(field);
    if (found == entry.end() || !found->is_array())
        return wrong(field, "not a list of words");
    std::vector<std::string> words;
    for (const auto& word : *found) {
        auto text = text_of(word, field);
        if (!text)
            return std::unexpected(std::move(text.error()));
        words.push_back(std::move(*text));
    }
    return words;
}

Result<Query> run_of(const Json& entry)
{
    auto argv = words_at(entry, "run");
    auto input = text_at(entry, "input");
    if (!argv || !input)
        return std::unexpected(std::move(argv ? input.error() : argv.error()));
    return Run{std::move(*argv), std::move(*input)};
}

Result<Query> read_each_of(const Json& entry)
{
    auto folder = text_at(entry, "read_each");
    auto names = words_at(entry, "names");
    if (!folder || !names)
        return std::unexpected(std::move(folder ? names.error() : folder.error()));
    return ReadEach{std::move(*folder), std::move(*names)};
}

/// A query that is nothing but words.
template <class Q>
Result<Query> words_query(const Json& entry, const char* kind)
{
    auto words = words_at(entry, kind);
    return words ? Result<Query>{Q{std::move(*words)}} : std::unexpected(std::move(words.error()));
}

Result<Query> libvirt_of(const Json& entry)
{
    const auto call = text_at(entry, "libvirt");
    for (const auto kind : {Libvirt::Call::domains, Libvirt::Call::version})
        if (call && *call == name_of(kind))
            return Libvirt{kind};
    return wrong("libvirt", "not 'domains' or 'version'");
}

Result<Query> read_of(const Json& entry, std::string path)
{
    ReadFile query{std::move(path)};
    if (!entry.contains("tail"))
        return query;
    const auto tail = number_at(entry, "tail", 0, std::numeric_limits<std::int32_t>::max());
    if (!tail)
        return std::unexpected(tail.error());
    query.tail = static_cast<std::size_t>(*tail);
    return query;
}

Result<Query> query_of(const Json& entry)
{
    if (entry.contains("run"))
        return run_of(entry);
    if (entry.contains("read_each"))
        return read_each_of(entry);
    if (entry.contains("find_open"))
        return words_query<FindOpen>(entry, "find_open");
    if (entry.contains("present"))
        return words_query<Present>(entry, "present");
    if (entry.contains("libvirt"))
        return libvirt_of(entry);
    if (entry.contains("http")) {
        auto name = text_at(entry, "http");
        if (!name)
            return std::unexpected(std::move(name.error()));
        return name->empty() ? Result<Query>{wrong("http", "an empty name")} : Result<Query>{Http{.name = std::move(*name)}};
    }
    for (const char* kind : {"read", "read_link", "list"}) {
        if (!entry.contains(kind))
            continue;
        auto path = text_at(entry, kind);
        if (!path)
            return std::unexpected(std::move(path.error()));
        if (std::string_view{kind} == "read")
            return read_of(entry, std::move(*path));
        return std::string_view{kind} == "list" ? Query{ListDir{std::move(*path)}} : Query{ReadLink{std::move(*path)}};
    }
    return fail(ErrorKind::parse,
                "none of the fields 'run', 'read', 'read_link', 'list', 'read_each', 'find_open', 'present', 'libvirt', 'http' is there");
}

Result<bool> truncated_of(const Json& entry)
{
    const auto found = entry.find("truncated");
    if (found == entry.end())
        return false;
    return found->is_boolean() ? Result<bool>{found->get<bool>()} : wrong("truncated", "not true or false");
}

Result<Answer> answer_of(const Json& entry)
{
    const auto exit_code = number_at(entry, "exit_code", -1, 599);
    auto out = text_at(entry, "out"), err = text_at(entry, "err");
    const auto state = text_at(entry, "state");
    const auto truncated = truncated_of(entry);
    if (!exit_code)
        return std::unexpected(exit_code.error());
    if (!out || !err)
        return std::unexpected((out ? err : out).error());
    if (!truncated)
        return std::unexpected(truncated.error());
    if (!state || (!state->empty() && *state != "timed_out"))
        return wrong("state", "not 'timed_out'");
    return Answer{.state = state->empty() ? Answer::State::done : Answer::State::timed_out,
                  .exit_code = static_cast<int>(*exit_code),
                  .out = std::move(*out),
                  .err = std::move(*err),
                  .truncated = *truncated};
}

Result<void> take_entry(const Json& entry, Recording& recording)
{
    if (!entry.is_object())
        return fail(ErrorKind::parse, "not an object");
    auto query = query_of(entry);
    if (!query)
        return std::unexpected(std::move(query.error()));
    if (auto fine = check_query(*query); !fine)
        return fail(ErrorKind::parse, fine.error().what);
    auto answer = answer_of(entry);
    if (!answer)
        return std::unexpected(std::move(answer.error()));
    if (!recording.answers.emplace(std::move(*query), std::move(*answer)).second)
        return fail(ErrorKind::parse, "this query was answered before");
    return {};
}

Result<Recording> recording_of(const Json& json)
{
    const auto schema = json.is_object() ? text_at(json, "schema") : Result<std::string>{""};
    if (!schema || *schema != capture_schema)
        return fail(ErrorKind::parse, "not a capture of gpupass: field 'schema' is not '" + std::string{capture_schema} + "'",
                    "make one with `gpupass capture`, or use a gpupass as new as the one that made it");
    auto host = text_at(json, "host"), kind = text_at(json, "kind");
    if (!host || !kind)
        return std::unexpected((host ? kind : host).error());
    const auto answers = json.find("answers");
    if (answers == json.end() || !answers->is_array())
        return wrong("answers", "not a list");
    Recording recording{.host = printable(*host), .kind = printable(*kind), .answers = {}};
    std::size_t number = 0;
    for (const auto& entry : *answers) {
        ++number;
        if (auto fine = take_entry(entry, recording); !fine)
            return at(std::move(fine.error()), "answer " + std::to_string(number));
    }
    return recording;
}

}  // namespace

std::string to_text(const Recording& recording)
{
    Json answers = Json::array();
    for (const auto& [query, answer] : recording.answers)
        if (Json entry = entry_json(query, answer); !entry.is_null())
            answers.push_back(std::move(entry));
    const Json json{{"schema", capture_schema}, {"host", text_json(recording.host)}, {"kind", text_json(recording.kind)}, {"answers", std::move(answers)}};
    return json.dump(1) + "\n";
}

Result<Recording> parse_recording(std::string_view text)
{
    auto json = parse_bounded(text);
    auto recording = json ? recording_of(*json) : std::unexpected(std::move(json.error()));
    return recording ? std::move(recording) : at(std::move(recording.error()), "capture");
}

Result<AccessFile> parse_access_file(std::string_view text)
{
    const auto json = parse_bounded(text);
    if (!json || !json->is_object())
        return json ? fail(ErrorKind::parse, "not an object") : std::unexpected(json.error());
    const auto pid = number_at(*json, "pid", 1, std::numeric_limits<std::int32_t>::max());
    const auto host_port = number_at(*json, "host_port", 1, 65535), guest_port = number_at(*json, "guest_port", 1, 65535);
    auto host = text_at(*json, "host"), identity = text_at(*json, "identity"), known_hosts = text_at(*json, "known_hosts");
    for (const auto* number : {&pid, &host_port, &guest_port})
        if (!*number)
            return std::unexpected(number->error());
    for (const auto* word : {&host, &identity, &known_hosts})
        if (!*word)
            return std::unexpected(word->error());
    return AccessFile{static_cast<int>(*pid),       std::move(*host),     static_cast<std::uint16_t>(*host_port), static_cast<std::uint16_t>(*guest_port),
                      std::move(*identity), std::move(*known_hosts)};
}

}  // namespace gpupass
