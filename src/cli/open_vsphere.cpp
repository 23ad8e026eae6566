#include "cli/open_vsphere.hpp"

#include "cli/open_host.hpp"
#include "cli/prompts.hpp"
#include "cli/secrets.hpp"
#include "hosts/esxi/api/api_fleet.hpp"
#include "hosts/esxi/api/api_host.hpp"
#include "hosts/esxi/api/guest_operations.hpp"
#include "hosts/esxi/two_wires.hpp"
#include "model/text.hpp"
#include "transport/https.hpp"

#include <fmt/format.h>

namespace gpupass::cli {

namespace {

constexpr const char* usual_user = "root";
constexpr std::chrono::seconds login_time{60};

HttpsOptions https_options(const HostChoice& choice, bool may_ask, Surroundings& around)
{
    HttpsOptions options{.thumbprint = choice.thumbprint, .certificates = choice.known_hosts, .ca_file = choice.ca};
    if (options.certificates.empty())
        options.certificates = around.config_folder / "certificates";
    if (may_ask)
        options.trust_new_certificate = [&around](std::string_view host, std::string_view thumbprint, std::string_view why) {
            return ask_yes_no(around, fmt::format("{} shows a certificate that nobody vouches for ({}): {}\nIs it the right one, and shall it be remembered?",
                                                  printable(host), printable(why), printable(thumbprint)));
        };
    return options;
}

/// Its changes go by SSH where the licence wants it.
Result<std::unique_ptr<Host>> with_ssh(std::unique_ptr<Host> api, const HostChoice& choice, const OpenWish& wish, Surroundings& around)
{
    if (choice.ssh.empty())
        return api;
    const auto uri = parse_host_uri(choice.ssh);
    if (!uri || uri->scheme != "esxi+ssh")
        return at({.kind = ErrorKind::usage, .what = fmt::format("`ssh: {}` is no way by SSH", printable(choice.ssh)), .where = {}, .next = "write esxi+ssh://root@ADDRESS"},
                  "hosts.yaml");
    HostChoice ssh = choice;
    ssh.uri = choice.ssh;
    auto opened = open_host(ssh, {.may_ask = wish.may_ask}, around);
    if (!opened)
        return std::unexpected(std::move(opened.error()));
    return esxi::make_two_wires(std::move(api), std::move(opened->host), uri->text());
}

}  // namespace

Result<std::shared_ptr<esxi::Session>> vsphere_session(const HostChoice& choice, const HostUri& uri, bool may_ask, Recording* recording, Surroundings& around)
{
    auto password = password_for(choice, around);
    if (!password)
        return std::unexpected(std::move(password.error()));
    esxi::Credentials credentials{.user = uri.user.empty() ? usual_user : uri.user, .password = std::move(*password), .ask = {}};
    HostUri address = uri;
    address.inner.clear();
    if (const auto typed = around.typed.find(address.text()); !credentials.password && typed != around.typed.end())
        credentials.password = typed->second;
    if (may_ask)
        credentials.ask = [&around, key = address.text()](std::string_view prompt) {
            auto secret = ask_secret(around, prompt);
            if (secret)
                around.typed[key] = *secret;
            return secret;
        };
    auto machine = make_https_machine(address, https_options(choice, may_ask, around));
    if (recording)
        machine = make_recorder(std::move(machine), *recording);
    return std::make_shared<esxi::Session>(std::move(machine), std::move(credentials));
}

Result<OpenedHost> open_vsphere(const HostChoice& choice, const HostUri& uri, const OpenWish& wish, Surroundings& around)
{
    OpenedHost opened{.uri = uri.text()};
    if (wish.record)
        opened.recording = std::make_unique<Recording>(Recording{.host = opened.uri, .kind = vsphere_kind, .answers = {}});
    auto session = vsphere_session(choice, uri, wish.may_ask, opened.recording.get(), around);
    if (!session)
        return std::unexpected(std::move(session.error()));
    // Now, since a person's time to compare a thumbprint or to type a password is nobody's deadline. A host that is away is the matter of
    // those who ask it something.
    if (wish.may_ask && around.terminal.in)
        if (auto ready = (*session)->open(Deadline::in(login_time)); !ready && ready.error().kind == ErrorKind::unauthorised)
            return std::unexpected(std::move(ready.error()));
    if (uri.inner.empty())
        opened.fleet = esxi::make_api_fleet(*session);
    opened.guest_tools = [session = *session](const Vm& vm, const std::string& user, const std::string& password) {
        const auto open = [](const HostUri& host, const std::string& thumbprint) { return make_https_machine(host, {.thumbprint = thumbprint}); };
        return esxi::make_tools_machine(session, {"VirtualMachine", vm.id}, {.user = user, .password = password}, "VM " + vm.name, open);
    };
    auto host = with_ssh(esxi::make_api_host(std::move(*session), {.host = uri.inner, .local_dmi = local_dmi()}), choice, wish, around);
    if (!host)
        return std::unexpected(std::move(host.error()));
    opened.host = std::move(*host);
    return opened;
}

std::unique_ptr<Host> replayed_vsphere_host(std::unique_ptr<Machine> machine)
{
    const auto uri = parse_host_uri(machine->name());
    auto session = std::make_shared<esxi::Session>(std::move(machine), esxi::Credentials{}, true);
    return esxi::make_api_host(std::move(session), {.host = uri ? uri->inner : "", .local_dmi = {}});
}

}  // namespace gpupass::cli
