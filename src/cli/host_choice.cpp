#include "cli/host_choice.hpp"

#include "cli/text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <fstream>

namespace gpupass::cli {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t largest_file = 1u << 20;
constexpr std::size_t most_hosts = 10'000;

std::unexpected<Error> damaged(const std::string& file, int line, const std::string& what)
{
    return at(Error{.kind = ErrorKind::parse,
                    .what = what,
                    .where = {},
                    .next = "write it as `hosts: {NAME: {uri: esxi+ssh://root@ADDRESS}}`"},
              fmt::format("{}:{}", file, line + 1));
}

/// The field of a HostChoice that a key of the file names; null for an unknown key.
std::string* field_of(HostChoice& host, const std::string& key)
{
    if (key == "uri")
        return &host.uri;
    if (key == "identity")
        return &host.identity;
    if (key == "known_hosts")
        return &host.known_hosts;
    if (key == "thumbprint")
        return &host.thumbprint;
    if (key == "ca")
        return &host.ca;
    if (key == "ssh")
        return &host.ssh;
    return key == "password_file" ? &host.password_file : nullptr;
}

Result<HostChoice> read_entry(const YAML::Node& name, const YAML::Node& body, const std::string& file)
{
    HostChoice host{.label = name.as<std::string>("")};
    if (host.label.empty() || !body.IsMap())
        return damaged(file, name.Mark().line, "an entry of hosts is not a name with keys");
    for (const auto& pair : body) {
        const auto key = pair.first.as<std::string>("");
        std::string* field = field_of(host, key);
        if (!field)
            return damaged(file, pair.first.Mark().line, fmt::format("host {} has the unknown key `{}`", host.label, key));
        if (!pair.second.IsScalar())
            return damaged(file, pair.second.Mark().line, fmt::format("{} of host {} is not a text", key, host.label));
        *field = pair.second.as<std::string>();
    }
    if (host.uri.empty())
        return damaged(file, name.Mark().line, fmt::format("host {} has no uri", host.label));
    return host;
}

Result<std::vector<HostChoice>> read_entries(const YAML::Node& root, const std::string& file)
{
    if (!root.IsMap() || !root["hosts"] || !root["hosts"].IsMap())
        return damaged(file, 0, "the file has no map `hosts`");
    if (root["hosts"].size() > most_hosts)
        return damaged(file, 0, fmt::format("the file has more than {} hosts", most_hosts));
    std::vector<HostChoice> hosts;
    for (const auto& pair : root["hosts"]) {
        auto host = read_entry(pair.first, pair.second, file);
        if (!host)
            return std::unexpected(host.error());
        hosts.push_back(std::move(*host));
    }
    return hosts;
}

/// No file: no hosts. Bounded, so that a wrong path such as /dev/zero ends.
Result<std::vector<HostChoice>> read_hosts_file(const fs::path& path)
{
    std::ifstream file{path, std::ios::binary};
    if (!file)
        return std::vector<HostChoice>{};
    std::string text(largest_file + 1, '\0');
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(file.gcount()));
    return parse_hosts_file(text, path.string());
}

bool is_uri(std::string_view text)
{
    return text.find(':') != std::string_view::npos;
}

void fill_from(HostChoice& host, const Options& options)
{
    if (!options.identity.empty())
        host.identity = options.identity;
    if (!options.known_hosts.empty())
        host.known_hosts = options.known_hosts;
    if (!options.password_file.empty())
        host.password_file = options.password_file;
}

std::vector<std::string> labels(const std::vector<HostChoice>& hosts)
{
    std::vector<std::string> names;
    for (const HostChoice& host : hosts)
        names.push_back(host.label);
    return names;
}

Result<HostChoice> find_name(const std::string& name, const std::vector<HostChoice>& known, const fs::path& file)
{
    const auto found = std::ranges::find(known, name, &HostChoice::label);
    if (found != known.end())
        return *found;
    const auto near = nearest(name, labels(known));
    return fail(ErrorKind::usage, fmt::format("no host is called `{}`", name),
                near ? fmt::format("did you mean `{}`?", *near)
                     : fmt::format("write a URI such as esxi+ssh://root@{}, or name it in {}", name, file.string()));
}

std::unexpected<Error> no_host(const std::vector<HostChoice>& known, const fs::path& file)
{
    if (!known.empty())
        return fail(ErrorKind::usage, "no host was named",
                    fmt::format("add --host NAME; {} has: {}", file.string(), fmt::join(labels(known), ", ")));
    return fail(ErrorKind::usage, fmt::format("{} names no host", file.string()), "add --host esxi+ssh://root@ADDRESS (or sim:nuc11 to play)");
}

/// A URI that hosts.yaml has too brings its ways in along.
HostChoice host_at(const std::string& uri, const std::vector<HostChoice>& known)
{
    const auto found = std::ranges::find(known, uri, &HostChoice::uri);
    return found == known.end() ? HostChoice{.label = uri, .uri = uri} : *found;
}

Result<std::vector<HostChoice>> chosen(const Options& options, const std::vector<HostChoice>& known,
                                       const fs::path& file)
{
    std::vector<HostChoice> hosts;
    if (options.all)
        hosts = known;
    for (const std::string& word : options.hosts) {
        auto host = is_uri(word) ? Result<HostChoice>{host_at(word, known)} : find_name(word, known, file);
        if (!host)
            return std::unexpected(host.error());
        if (std::ranges::find(hosts, host->uri, &HostChoice::uri) == hosts.end())
            hosts.push_back(std::move(*host));
    }
    if (hosts.empty() && options.hosts.empty() && known.size() == 1)
        hosts = known;
    if (hosts.empty() && options.hosts.empty() && known.empty() && !options.all)
        hosts = {{.label = "local:", .uri = "local:"}};
    if (hosts.empty())
        return no_host(known, file);
    return hosts;
}

}  // namespace

Result<std::vector<HostChoice>> parse_hosts_file(std::string_view yaml, const std::string& file_name)
{
    if (yaml.size() > largest_file)
        return damaged(file_name, 0, "the file is larger than 1 MiB");
    try {
        return read_entries(YAML::Load(std::string{yaml}), file_name);
    } catch (const YAML::Exception& error) {
        return damaged(file_name, std::max(error.mark.line, 0), error.msg);
    }
}

Result<std::vector<HostChoice>> choose_hosts(const Options& options, const fs::path& config_folder)
{
    const fs::path file = config_folder / "hosts.yaml";
    const bool needs_file = options.all || options.hosts.empty() || !std::ranges::all_of(options.hosts, is_uri);
    const auto known = read_hosts_file(file);
    if (!known && needs_file)
        return std::unexpected(known.error());
    auto hosts = chosen(options, known.value_or(std::vector<HostChoice>{}), file);
    if (hosts)
        for (HostChoice& host : *hosts)
            fill_from(host, options);
    return hosts;
}

Result<HostChoice> choose_host(const Options& options, const fs::path& config_folder)
{
    if (options.all || options.hosts.size() > 1)
        return fail(ErrorKind::usage, fmt::format("{} works on one host at a time", options.command),
                    "name one host with --host");
    auto hosts = choose_hosts(options, config_folder);
    if (!hosts)
        return std::unexpected(hosts.error());
    return hosts->front();
}

}  // namespace gpupass::cli
