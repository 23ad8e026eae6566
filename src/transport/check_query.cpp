#include "transport/script.hpp"

#include <algorithm>
#include <ranges>

namespace gpupass {
namespace {

Result<void> check_text(std::string_view text)
{
    if (text.contains('\0'))
        return fail(ErrorKind::usage, "a NUL byte cannot be part of a command");
    return {};
}

Result<void> check_path(std::string_view path)
{
    if (path.empty() || path.front() != '/')
        return fail(ErrorKind::usage, "a path of a machine begins with /");
    return check_text(path);
}

/// Of an entry of ReadEach: a file below it. The answer is in lines with tabs between.
Result<void> check_name(std::string_view name)
{
    for (const auto part : name | std::views::split('/'))
        if (const std::string_view word{part};
            word.empty() || word.front() == '.' || word.find_first_of("\t\n") != word.npos)
            return fail(ErrorKind::usage, "not a name below an entry: '" + std::string{name} + "'");
    return name.empty() ? fail(ErrorKind::usage, "an empty name") : check_text(name);
}

Result<void> check(const Run& query)
{
    if (query.argv.empty() || query.argv.front().empty() || query.argv.front().contains('='))
        return fail(ErrorKind::usage, "a command needs the name of a program");
    for (const auto& word : query.argv)
        if (auto fine = check_text(word); !fine)
            return fine;
    return check_text(query.input);
}

Result<void> check(const WriteFile& query)
{
    if (auto fine = check_path(query.path); !fine)
        return fine;
    if (query.expected && query.expected->contains('\0'))
        return check_text(*query.expected);
    return check_text(query.content);
}

/// The answer is in lines.
Result<void> check(const Present& query)
{
    for (const std::string& path : query.paths) {
        if (auto fine = check_path(path); !fine)
            return fine;
        if (path.contains('\n'))
            return fail(ErrorKind::usage, "a path with a newline cannot be looked for");
    }
    return {};
}

Result<void> check(const ReadEach& query)
{
    if (query.names.empty())
        return fail(ErrorKind::usage, "no name to read of each entry");
    for (const auto& name : query.names)
        if (auto fine = check_name(name); !fine)
            return fine;
    return check_path(query.folder);
}

/// They stand in a pattern of a shell.
Result<void> check(const FindOpen& query)
{
    constexpr std::string_view allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/-_.";
    for (const std::string& prefix : query.prefixes)
        if (!prefix.starts_with('/') || prefix.find_first_not_of(allowed) != prefix.npos)
            return fail(ErrorKind::usage, "not the beginning of a device file's path: " + prefix);
    return query.prefixes.empty() ? fail(ErrorKind::usage, "no device file to look for") : Result<void>{};
}

/// One write(2) is what a shell's printf makes of one line, and no write at all of nothing.
Result<void> check(const Poke& query)
{
    if (query.writes.empty())
        return fail(ErrorKind::usage, "no value to write");
    for (const auto& [path, value] : query.writes) {
        if (auto fine = check_path(path); !fine)
            return fine;
        if (value.empty() || value.find('\n') < value.size() - 1 || value.contains('\0'))
            return fail(ErrorKind::usage, "a value for the kernel is one line, and not empty",
                        "a newline alone clears a value");
    }
    return {};
}

bool is_uuid(std::string_view word)
{
    constexpr std::string_view form = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
    return std::ranges::equal(word, form, [](char c, char f) {
        return f == '-' ? c == '-' : std::string_view{"0123456789abcdefABCDEF"}.contains(c);
    });
}

Result<void> check(const Libvirt& query)
{
    using enum Libvirt::Call;
    if (query.call == domains || query.call == version)
        return query.domain.empty() && query.xml.empty() ? Result<void>{}
                                                         : fail(ErrorKind::usage, "this call is not about a domain");
    if (!is_uuid(query.domain))
        return fail(ErrorKind::usage, "a domain of libvirt is named by its UUID");
    const bool has_text = query.call == attach_config || query.call == detach_config || query.call == agent;
    if (has_text == query.xml.empty())
        return fail(ErrorKind::usage,
                    has_text ? "the XML of the device or the agent's command is missing" : "this call is not about a device");
    return check_text(query.xml);
}

/// They stand in the head of the request.
Result<void> check(const Http& query)
{
    const auto is_blank = [](char c) { return static_cast<unsigned char>(c) <= 0x20; };
    if (query.name.empty() && !query.path.starts_with('/'))
        return fail(ErrorKind::usage, "a path of a web service begins with /");
    if (std::ranges::any_of(query.path, is_blank) || query.action.find_first_of("\r\n") != query.action.npos)
        return fail(ErrorKind::usage, "a control byte or a blank cannot be part of a request's head");
    return {};
}

template <class Q>
Result<void> check(const Q& query)
{
    return check_path(query.path);
}

}  // namespace

Result<void> check_query(const Query& query)
{
    auto fine = std::visit([](const auto& q) { return check(q); }, query);
    return fine ? fine : at(std::move(fine.error()), describe(query));
}

}  // namespace gpupass
