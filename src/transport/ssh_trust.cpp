#include "transport/known_hosts.hpp"
#include "transport/ssh_session.hpp"

namespace gpupass {
namespace {

Result<void> refuse_changed(const SshHop& hop, const KnownHost& found, ssh_key key)
{
    const bool revoked = found.verdict == KnownHost::Verdict::revoked;
    const std::string what = revoked ? "the host key " + fingerprint_of(key) + " is marked as revoked"
                                     : "the host key has changed: the host now shows " + type_name_of(key) + " " + fingerprint_of(key) +
                                           ", which may be someone else's machine in between";
    auto error = fail(ErrorKind::unauthorised, what,
                      revoked ? "do not connect; ask who runs the host"
                              : "if the host was really set up anew, remove that line with `ssh-keygen -R '" + hop.known_name() + "' -f " +
                                    hop.known_hosts.front() + "` and connect again");
    return at(std::move(error.error()), found.place);
}

Result<void> ask_about_unknown(const SshHop& hop, ssh_key key, const SshPrompts& prompts, Deadline& deadline)
{
    const std::string type = type_name_of(key);
    const std::string fingerprint = fingerprint_of(key);
    const auto ask = [&] { return prompts.trust_new_host && prompts.trust_new_host(hop.known_name(), type, fingerprint); };
    if (while_clock_stands(deadline, ask))
        return remember_host_key(hop.known_hosts.front(), hop.known_name(), key);
    return fail(ErrorKind::unauthorised, "the host key is not known: " + type + " " + fingerprint,
                "compare the fingerprint with the host's own (`ssh-keygen -lf` there), then add this line to " + hop.known_hosts.front() +
                    ": " + known_hosts_line(hop.known_name(), key));
}

}  // namespace

Result<void> check_server(SshSession& session, const SshHop& hop, const SshPrompts& prompts, Deadline& deadline)
{
    ssh_key raw{};
    if (ssh_get_server_publickey(session.get(), &raw) != SSH_OK)
        return std::unexpected(session.broken("host key"));
    const SshKey key{raw};
    const KnownHost found = check_host_key(hop.known_hosts, hop.known_name(), key.get());
    switch (found.verdict) {
    case KnownHost::Verdict::known: return {};
    case KnownHost::Verdict::unknown: return ask_about_unknown(hop, key.get(), prompts, deadline);
    default: return refuse_changed(hop, found, key.get());
    }
}

}  // namespace gpupass
