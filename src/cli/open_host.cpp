#include "cli/open_host.hpp"

#include "cli/open_vsphere.hpp"
#include "cli/prompts.hpp"
#include "cli/secrets.hpp"
#include "cli/text.hpp"
#include "hosts/esxi/ssh/ssh_host.hpp"
#include "hosts/linux/linux_host.hpp"
#include "transport/local.hpp"
#include "transport/ssh.hpp"
#include "transport/uri.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <ostream>

// Which URI leads to which platform over which wire. A new platform is one line in `schemes`.

namespace gpupass::cli {

namespace {

SshPrompts prompts_for(Surroundings& around)
{
    SshPrompts prompts;
    prompts.trust_new_host = [&around](std::string_view host, std::string_view type, std::string_view fingerprint) {
        return ask_yes_no(around, fmt::format("{} shows a host key that is new here: {} {}\nIs it the right one, and "
                                              "shall it be remembered?",
                                              printable(host), printable(type), printable(fingerprint)));
    };
    prompts.secret = [&around](std::string_view prompt) { return ask_secret(around, prompt); };
    return prompts;
}

Result<SshOptions> ssh_options(const HostChoice& choice, bool may_ask, Surroundings& around)
{
    SshOptions options{.identity = choice.identity, .known_hosts = choice.known_hosts, .config = choice.ssh_config};
    auto password = password_for(choice, around);
    if (!password)
        return std::unexpected(std::move(password.error()));
    options.password = std::move(*password);
    if (may_ask)
        options.prompts = prompts_for(around);
    return options;
}

/// The platforms, by the word that facts and recordings use for them.
std::unique_ptr<Host> make_host(std::string_view kind, std::unique_ptr<Machine> machine)
{
    if (kind == "esxi")
        return esxi::make_ssh_host(std::move(machine), local_dmi());
    if (kind == vsphere_kind)
        return replayed_vsphere_host(std::move(machine));
    return kind == "linux" ? linux_host::make_linux_host(std::move(machine)) : nullptr;
}

void take_machine(OpenedHost& opened, std::unique_ptr<Machine> machine, const std::string& kind, bool record)
{
    if (record) {
        opened.recording = std::make_unique<Recording>(Recording{.host = opened.uri, .kind = kind, .answers = {}});
        machine = make_recorder(std::move(machine), *opened.recording);
    }
    opened.machine = machine.get();
    opened.host = make_host(kind, std::move(machine));
}

struct Opening {
    const HostChoice& choice;
    const HostUri& uri;
    const OpenWish& wish;
    Surroundings& around;
};

Result<OpenedHost> open_ssh(const Opening& o, const std::string& kind)
{
    auto options = ssh_options(o.choice, o.wish.may_ask, o.around);
    if (!options)
        return std::unexpected(options.error());
    OpenedHost opened{.uri = o.uri.text()};
    take_machine(opened, make_ssh_machine(o.uri, std::move(*options)), kind, o.wish.record);
    return opened;
}

Result<OpenedHost> open_esxi(const Opening& o) { return open_ssh(o, "esxi"); }
Result<OpenedHost> open_linux(const Opening& o) { return open_ssh(o, "linux"); }

Result<OpenedHost> open_api(const Opening& o) { return open_vsphere(o.choice, o.uri, o.wish, o.around); }

Result<OpenedHost> open_local(const Opening& o)
{
    OpenedHost opened{.uri = o.uri.text(), .has_guest_agents = true};
    take_machine(opened, make_local_machine(), "linux", o.wish.record);
    return opened;
}

Result<std::string> read_text(const std::string& path)
{
    constexpr std::size_t largest = 64u << 20;  // parse_recording() takes no more
    std::ifstream file{path, std::ios::binary};
    if (!file)
        return fail(ErrorKind::not_found, fmt::format("cannot read {}", path), "make one with `gpupass capture > FILE`");
    std::string text;
    for (char block[65536]; text.size() <= largest && (file.read(block, sizeof block), file.gcount() > 0);)
        text.append(block, static_cast<std::size_t>(file.gcount()));
    if (text.size() > largest)
        return fail(ErrorKind::parse, fmt::format("{} is larger than a capture can be", path));
    return text;
}

Result<OpenedHost> open_capture(const Opening& o)
{
    const auto text = read_text(o.uri.host);
    if (!text)
        return std::unexpected(text.error());
    auto recording = parse_recording(*text);
    if (!recording)
        return at(std::move(recording.error()), o.uri.host);
    OpenedHost opened{.uri = o.uri.text(), .is_recording_only = true};
    const std::string kind = recording->kind;
    take_machine(opened, make_replay(std::move(*recording)), kind, o.wish.record);
    if (!opened.host)
        return fail(ErrorKind::unsupported, fmt::format("{} is a capture of a `{}` host", o.uri.host, printable(kind)),
                    "this version replays captures of ESXi and Linux hosts");
    return opened;
}

/// A person's ssh config has nothing to say about our own simulator.
std::string empty_ssh_config(const std::filesystem::path& folder)
{
    const std::string file = folder / "ssh_config";
    std::ofstream{file, std::ios::app};
    return file;
}

Result<OpenedHost> open_simulator(const Opening& o)
{
    const auto binary = o.around.program_folder / "gpupass-sim";
    auto access = start_simulator(binary, o.around.state_folder, o.uri.host);
    if (!access)
        return at(std::move(access.error()), o.uri.text());
    OpenedHost opened{.uri = o.uri.text(), .ssh_config = empty_ssh_config(o.around.state_folder / "sim")};
    SshOptions options{.identity = access->identity, .known_hosts = access->known_hosts, .config = opened.ssh_config};
    take_machine(opened, make_ssh_machine(access->host, std::move(options)), "esxi", o.wish.record);
    opened.simulator = std::move(*access);
    return opened;
}

struct Scheme {
    std::string_view name;
    Result<OpenedHost> (*open)(const Opening&);
};

constexpr Scheme schemes[] = {
    {"local", open_local},     {"linux+ssh", open_linux}, {"esxi+ssh", open_esxi},
    {"capture", open_capture}, {"sim", open_simulator},   {"vsphere", open_api},
};

constexpr const char* what_works = "this version works with local:, linux+ssh://USER@ADDRESS, esxi+ssh://USER@ADDRESS, vsphere://USER@ADDRESS, capture:FILE and sim:nuc11";

}  // namespace

Result<OpenedHost> open_host(const HostChoice& choice, const OpenWish& wish, Surroundings& around)
{
    const auto uri = parse_host_uri(choice.uri);
    if (!uri)
        return std::unexpected(uri.error());
    const auto scheme = std::ranges::find(schemes, std::string_view{uri->scheme}, &Scheme::name);
    if (scheme == std::end(schemes))
        return fail(ErrorKind::usage, fmt::format("`{}:` is no way to a host", uri->scheme), what_works);
    return scheme->open({choice, *uri, wish, around});
}

Result<std::unique_ptr<Machine>> open_guest(const HostChoice& choice, Surroundings& around)
{
    const auto uri = parse_host_uri(choice.uri);
    if (!uri)
        return std::unexpected(uri.error());
    if (uri->scheme == "local")
        return make_local_machine();
    if (uri->scheme != "linux+ssh")
        return fail(ErrorKind::usage, fmt::format("a guest is not reached by `{}:`", uri->scheme),
                    "write --guest linux+ssh://USER@ADDRESS");
    auto options = ssh_options(choice, true, around);
    if (!options)
        return std::unexpected(options.error());
    return make_ssh_machine(*uri, std::move(*options));
}

}  // namespace gpupass::cli
