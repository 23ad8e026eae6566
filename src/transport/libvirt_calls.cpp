#include "transport/libvirt_calls.hpp"

#include "transport/libvirt.hpp"

#include <array>
#include <cstdlib>
#include <optional>
#include <span>

namespace gpupass {
namespace {

/// A domain and the library that frees it.
class Domain {
public:
    Domain(const LibvirtLibrary& library, virDomainPtr domain) : library_{library}, domain_{domain} {}
    ~Domain()
    {
        if (domain_)
            library_.virDomainFree(domain_);
    }
    Domain(const Domain&) = delete;
    virDomainPtr get() const { return domain_; }

    /// Nothing: it went away, or another failure.
    std::optional<LibvirtDomain> describe() const;

private:
    std::optional<std::string> xml(unsigned flags) const;

    const LibvirtLibrary& library_;
    virDomainPtr domain_;
};

std::string_view state_word(int state)
{
    constexpr std::array<std::string_view, 8> words{"nostate",  "running", "idle",    "paused",
                                                    "shutdown", "shutoff", "crashed", "pmsuspended"};
    return state >= 0 && static_cast<std::size_t>(state) < words.size() ? words[static_cast<std::size_t>(state)]
                                                                        : words[0];
}

std::optional<std::string> Domain::xml(unsigned flags) const
{
    char* text = library_.virDomainGetXMLDesc(domain_, flags);
    if (!text)
        return std::nullopt;
    std::string out{text};
    std::free(text);
    return out.erase(out.find_last_not_of(" \t\r\n") + 1);
}

std::optional<LibvirtDomain> Domain::describe() const
{
    std::array<char, VIR_UUID_STRING_BUFLEN> uuid{};
    int state{}, autostart{};
    const char* name = library_.virDomainGetName(domain_);
    const int saved = library_.virDomainHasManagedSaveImage(domain_, 0);
    const int active = library_.virDomainIsActive(domain_), persistent = library_.virDomainIsPersistent(domain_);
    auto config = xml(VIR_DOMAIN_XML_INACTIVE);
    auto live = active == 1 ? xml(0) : std::string{};
    if (!name || active < 0 || persistent < 0 || !config || !live ||
        library_.virDomainGetUUIDString(domain_, uuid.data()) != 0 ||
        library_.virDomainGetState(domain_, &state, nullptr, 0) != 0)
        return std::nullopt;
    if (persistent == 1 && library_.virDomainGetAutostart(domain_, &autostart) != 0)
        return std::nullopt;
    return LibvirtDomain{.uuid = uuid.data(),
                         .name = name,
                         .state = std::string{state_word(state)},
                         .persistent = persistent == 1,
                         .autostart = autostart == 1,
                         .saved = saved == 1,
                         .config_xml = std::move(*config),
                         .live_xml = std::move(*live)};
}

Answer list_domains(const LibvirtLibrary& library, virConnectPtr connection)
{
    virDomainPtr* found{};
    const int count = library.virConnectListAllDomains(connection, &found, 0);
    if (count < 0)
        return libvirt_failure(library);
    std::vector<LibvirtDomain> domains;
    std::optional<Answer> failure;
    for (virDomainPtr pointer : std::span{found, static_cast<std::size_t>(count)}) {
        const Domain domain{library, pointer};
        if (failure)
            continue;
        if (auto described = domain.describe())
            domains.push_back(std::move(*described));
        else if (const auto* error = library.virGetLastError(); !error || error->code != VIR_ERR_NO_DOMAIN)
            failure = libvirt_failure(library);
    }
    std::free(found);
    return failure ? *failure : Answer{.out = to_text(domains), .err = {}};
}

std::string dotted(unsigned long version)
{
    return std::to_string(version / 1'000'000) + '.' + std::to_string(version / 1'000 % 1'000) + '.' +
        std::to_string(version % 1'000);
}

Answer tell_versions(const LibvirtLibrary& library, virConnectPtr connection)
{
    unsigned long ours{}, daemon{}, hypervisor{};
    const char* type = library.virConnectGetType(connection);
    if (!type || library.virGetVersion(&ours, nullptr, nullptr) != 0 ||
        library.virConnectGetLibVersion(connection, &daemon) != 0 ||
        library.virConnectGetVersion(connection, &hypervisor) != 0)
        return libvirt_failure(library);
    return {.out = "library " + dotted(ours) + "\nhypervisor " + type + ' ' + dotted(hypervisor) + "\ndaemon " +
                dotted(daemon) + '\n',
            .err = {}};
}

int change(const LibvirtLibrary& library, virDomainPtr domain, const Libvirt& query)
{
    const char* xml = query.xml.c_str();
    switch (query.call) {
    case Libvirt::Call::attach_config: return library.virDomainAttachDeviceFlags(domain, xml, VIR_DOMAIN_AFFECT_CONFIG);
    case Libvirt::Call::detach_config: return library.virDomainDetachDeviceFlags(domain, xml, VIR_DOMAIN_AFFECT_CONFIG);
    case Libvirt::Call::start: return library.virDomainCreate(domain);
    case Libvirt::Call::shutdown: return library.virDomainShutdown(domain);
    case Libvirt::Call::destroy: return library.virDomainDestroy(domain);
    case Libvirt::Call::domains:
    case Libvirt::Call::version:
    case Libvirt::Call::agent: break;
    }
    return -1;
}

/// Seconds that libvirt waits for the agent's answer. A guest that boots has no agent yet: that is said at once.
constexpr int agent_seconds = 60;

Answer ask_agent(const LibvirtLibrary& library, virDomainPtr domain, const std::string& command)
{
    const auto ask = libvirt_agent_command();
    if (!ask)
        return {.exit_code = 127, .out = {}, .err = "libvirt-qemu.so.0 is not installed\n"};
    char* text = ask(domain, command.c_str(), agent_seconds, 0);
    if (!text)
        return libvirt_failure(library);
    Answer answer{.out = text, .err = {}};
    std::free(text);
    return answer;
}

}  // namespace

Answer libvirt_failure(const LibvirtLibrary& library)
{
    const auto* error = library.virGetLastError();
    return {.exit_code = 1,
            .out = {},
            .err = std::string{error && error->message ? error->message : "libvirt tells no reason"} + '\n'};
}

Answer call_libvirt(const LibvirtLibrary& library, virConnectPtr connection, const Libvirt& query)
{
    if (query.call == Libvirt::Call::domains)
        return list_domains(library, connection);
    if (query.call == Libvirt::Call::version)
        return tell_versions(library, connection);
    const Domain domain{library, library.virDomainLookupByUUIDString(connection, query.domain.c_str())};
    if (domain.get() && query.call == Libvirt::Call::agent)
        return ask_agent(library, domain.get(), query.xml);
    return domain.get() && change(library, domain.get(), query) == 0 ? Answer{} : libvirt_failure(library);
}

}  // namespace gpupass
