#include "transport/ssh_route.hpp"

#include "transport/ssh_config.hpp"
#include "transport/text.hpp"

#include <algorithm>

namespace gpupass {
namespace {

constexpr std::size_t longest_route = 8;
constexpr std::string_view system_known_hosts = "/etc/ssh/ssh_known_hosts";

/// What a person wrote of one machine: in the URI or as one part of ProxyJump.
struct Target {
    std::string host;
    std::string user;
    std::uint16_t port{};
};

/// The tokens of ssh_config(5) that have a meaning here, and a ~ at the beginning.
std::string expand(std::string_view text, const SshHop& hop, std::string_view name)
{
    std::string out;
    if (text.starts_with("~/")) {
        out = home_folder().string();
        text.remove_prefix(1);
    }
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%' || i + 1 == text.size()) {
            out += text[i];
            continue;
        }
        switch (text[++i]) {
        case '%': out += '%'; break;
        case 'd': out += home_folder().string(); break;
        case 'h': out += hop.host; break;
        case 'n': out += name; break;
        case 'p': out += std::to_string(hop.port); break;
        case 'r': out += hop.user; break;
        case 'u': out += local_user(); break;
        default: out.append({'%', text[i]});
        }
    }
    return out;
}

std::string host_name_of(const SshHostConfig& config, const std::string& name)
{
    if (config.host_name.empty())
        return name;
    std::string out = config.host_name;
    if (const auto token = out.find("%h"); token != out.npos)
        out.replace(token, 2, name);
    return out;
}

std::vector<std::string> identities_of(const SshHostConfig& config, const SshOptions& options, const SshHop& hop, std::string_view name)
{
    std::vector<std::string> files;
    if (!options.identity.empty())
        files.push_back(options.identity);
    for (const auto& file : config.identity_files)
        if (file != "none")
            files.push_back(expand(file, hop, name));
    if (config.identity_files.empty() && options.identity.empty())
        for (const char* usual : {"id_ed25519", "id_ecdsa", "id_rsa"})
            files.push_back(home_folder() / ".ssh" / usual);
    return files;
}

std::vector<std::string> known_hosts_of(const SshHostConfig& config, const SshOptions& options, const SshHop& hop, std::string_view name)
{
    std::vector<std::string> files;
    if (!options.known_hosts.empty())
        files.push_back(options.known_hosts);
    else
        for (const auto& file : config.known_hosts_files)
            files.push_back(expand(file, hop, name));
    if (files.empty())
        files.push_back(home_folder() / ".ssh/known_hosts");
    files.emplace_back(system_known_hosts);
    return files;
}

SshHop hop_to(const Target& target, const SshHostConfig& config, const SshOptions& options, const std::string& usual_user)
{
    SshHop hop{.user = {}, .host = host_name_of(config, target.host)};
    hop.port = target.port ? target.port : config.port ? config.port : std::uint16_t{22};
    hop.user = !target.user.empty() ? target.user : !config.user.empty() ? config.user : usual_user;
    hop.identities = identities_of(config, options, hop, target.host);
    hop.identity_given = !options.identity.empty();
    hop.use_agent = !config.identities_only && config.identity_agent != "none";
    if (config.identity_agent != "none" && config.identity_agent != "SSH_AUTH_SOCK")
        hop.agent_socket = expand(config.identity_agent, hop, target.host);
    hop.known_hosts = known_hosts_of(config, options, hop, target.host);
    return hop;
}

/// "user@host:22", one part of ProxyJump. Written as in a URI, so the parser of URIs reads it.
Result<Target> parse_jump(std::string_view text)
{
    const std::string_view rest = text.starts_with("ssh://") ? text.substr(6) : text;
    auto uri = parse_host_uri("linux+ssh://" + std::string{rest});
    if (!uri)
        return fail(ErrorKind::parse, "ProxyJump '" + printable(text) + "' is not a list of USER@HOST:PORT");
    return Target{uri->host, uri->user, uri->port};
}

Result<std::vector<Target>> parse_jumps(std::string_view text)
{
    std::vector<Target> targets;
    while (!text.empty()) {
        const auto comma = std::min(text.find(','), text.size());
        auto target = parse_jump(text.substr(0, comma));
        if (!target)
            return std::unexpected(std::move(target.error()));
        targets.push_back(std::move(*target));
        text.remove_prefix(std::min(comma + 1, text.size()));
    }
    return targets;
}

class Router {
public:
    explicit Router(const SshOptions& options) : options_{options}
    {
        file_ = options.config.empty() ? home_folder() / ".ssh/config" : std::filesystem::path{options.config};
    }

    /// Appends the way to `target`. `jumps_known`: the hops before it were named by someone else, its own ProxyJump
    /// does not count.
    Result<void> add(const Target& target, const std::string& usual_user, bool jumps_known)
    {
        auto config = read_ssh_config(file_, target.host, !options_.config.empty());
        if (!config)
            return std::unexpected(std::move(config.error()));
        if (!jumps_known && !config->proxy_jump.empty() && config->proxy_jump != "none")
            if (auto fine = add_jumps(config->proxy_jump); !fine)
                return at(std::move(fine.error()), "way to " + target.host);
        route_.push_back(hop_to(target, *config, options_, usual_user));
        if (route_.size() > longest_route)
            return fail(ErrorKind::usage, "the ssh config leads over more than " + std::to_string(longest_route) + " machines, or in a circle",
                        "check the ProxyJump lines of " + file_.string());
        return {};
    }

    std::vector<SshHop> route() && { return std::move(route_); }

private:
    Result<void> add_jumps(const std::string& list)
    {
        if (++depth_ > longest_route)
            return fail(ErrorKind::usage, "ProxyJump leads in a circle", "check the ProxyJump lines of " + file_.string());
        auto jumps = parse_jumps(list);
        if (!jumps)
            return std::unexpected(std::move(jumps.error()));
        for (std::size_t i = 0; i < jumps->size(); ++i)
            if (auto fine = add((*jumps)[i], local_user(), i > 0); !fine)
                return fine;
        return {};
    }

    const SshOptions& options_;
    std::filesystem::path file_;
    std::size_t depth_{};
    std::vector<SshHop> route_;
};

}  // namespace

std::string SshHop::known_name() const
{
    std::string name = host;
    std::ranges::transform(name, name.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return port == 22 ? name : "[" + name + "]:" + std::to_string(port);
}

std::string SshHop::text() const
{
    const std::string who = printable(user) + "@" + printable(host);
    return port == 22 ? who : who + " port " + std::to_string(port);
}

Result<std::vector<SshHop>> ssh_route(const HostUri& uri, const SshOptions& options)
{
    Router router{options};
    // ESXi has no other user for this work than root; elsewhere ssh's own rule holds.
    const std::string usual_user = uri.scheme == "esxi+ssh" ? "root" : local_user();
    if (auto fine = router.add({uri.host, uri.user, uri.port}, usual_user, false); !fine)
        return std::unexpected(std::move(fine.error()));
    auto route = std::move(router).route();
    route.back().password = options.password;
    return route;
}

}  // namespace gpupass
