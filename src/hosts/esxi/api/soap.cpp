#include "hosts/esxi/api/soap.hpp"

#include "hosts/esxi/text.hpp"

#include <array>
#include <charconv>
#include <chrono>

namespace gpupass::esxi {

namespace {

constexpr std::size_t largest_reply = 128u << 20;

std::string_view local_name(std::string_view name)
{
    const auto colon = name.rfind(':');
    return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

pugi::xml_node child_of(const pugi::xml_node& node, std::string_view name)
{
    for (const pugi::xml_node& child : node.children())
        if (local_name(child.name()) == name)
            return child;
    return {};
}

void add_messages(const pugi::xml_node& fault, std::vector<std::string>& messages)
{
    for (const pugi::xml_node& message : fault.children("faultMessage"))
        if (const auto text = text_of(message, "message"); !text.empty())
            messages.emplace_back(text);
}

/// The detail holds one element: RestrictedVersionFault with xsi:type RestrictedVersion.
Fault soap_fault(const pugi::xml_node& node)
{
    Fault fault{.type = {}, .text = std::string{text_of(node, "faultstring")}, .messages = {}};
    for (const pugi::xml_node& detail : child_of(node, "detail").children()) {
        fault.type = type_of(detail);
        std::string_view name = local_name(detail.name());
        if (fault.type.empty() && name.ends_with("Fault"))
            name.remove_suffix(5);
        if (fault.type.empty())
            fault.type = name;
        add_messages(detail, fault.messages);
        break;
    }
    return fault;
}

struct Meaning {
    std::string_view type;
    ErrorKind kind;
    const char* what;
    const char* next;
};

constexpr std::array meanings{
    Meaning{"InvalidLogin", ErrorKind::unauthorised, "user name or password is wrong", "check them; on ESXi too many failures lock the account for 15 minutes"},
    Meaning{"NoPermission", ErrorKind::unauthorised, "the user may not do this", "docs/vsphere.md lists the privileges that gpupass needs"},
    Meaning{"NotAuthenticated", ErrorKind::unauthorised, "the session is over", "try again"},
    Meaning{"RestrictedVersion", ErrorKind::blocked, "the licence of this host forbids changes through its API", way_past_licence},
    Meaning{"InvalidCollectorVersion", ErrorKind::not_found, "the session that waited is over", "`gpupass resume`"},
    Meaning{"ManagedObjectNotFound", ErrorKind::not_found, "the object is gone", "look at `gpupass inspect`"},
    Meaning{"ConcurrentAccess", ErrorKind::changed, "somebody else changed the VM meanwhile", "look at it, then `gpupass resume`"},
    Meaning{"TaskInProgress", ErrorKind::busy, "another task is at work there", "wait until it is done, then `gpupass resume`"},
    Meaning{"InvalidPowerState", ErrorKind::changed, "the VM is not in the power state that this needs", "look at it, then `gpupass resume`"},
    Meaning{"ToolsUnavailable", ErrorKind::blocked, "VMware Tools do not run in the guest", "shut it down from inside, or cut it off: --power-off VM"},
    Meaning{"InvalidGuestLogin", ErrorKind::unauthorised, "the guest refuses this user or password", "check the user in --guest tools:USER and GPUPASS_GUEST_PASSWORD"},
    Meaning{"GuestOperationsUnavailable", ErrorKind::timeout, "VMware Tools do not answer in the guest", "install open-vm-tools in it, and wait until it is up"},
    Meaning{"GuestPermissionDenied", ErrorKind::unauthorised, "the guest does not let this user do that", "name another with --guest tools:USER"},
    Meaning{"OperationDisabledByGuest", ErrorKind::unsupported, "the guest's VMware Tools are told not to run programs", "name a way in with --guest linux+ssh://USER@ADDRESS"},
    Meaning{"OperationNotSupportedByGuest", ErrorKind::unsupported, "the guest's VMware Tools cannot run programs", "name a way in with --guest linux+ssh://USER@ADDRESS"},
    Meaning{"MethodNotFound", ErrorKind::unsupported, "this release has no such call", ""},
};

}  // namespace

std::string envelope_of(const Call& call)
{
    std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                      "<soapenv:Envelope xmlns:soapenv=\"http://schemas.xmlsoap.org/soap/envelope/\" "
                      "xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\">"
                      "<soapenv:Body><";
    out += call.method + " xmlns=\"urn:vim25\">" + leaf("_this", call.object) + call.arguments;
    return out + "</" + call.method + "></soapenv:Body></soapenv:Envelope>\n";
}

Result<Reply> parse_reply(std::string_view xml, std::string_view method)
{
    Reply reply{.document = std::make_unique<pugi::xml_document>(), .response = {}, .fault = {}};
    const XmlBounds bounds{"the answer of the host", largest_reply, 64, "look whether this address is that of an ESXi host or a vCenter"};
    if (auto loaded = load_xml(xml, *reply.document, bounds); !loaded)
        return std::unexpected(std::move(loaded.error()));
    const pugi::xml_node body = child_of(child_of(*reply.document, "Envelope"), "Body");
    if (const pugi::xml_node fault = child_of(body, "Fault")) {
        reply.fault = soap_fault(fault);
        return reply;
    }
    reply.response = child_of(body, std::string{method} + "Response");
    if (!reply.response)
        return fail(ErrorKind::parse, "the answer of the host is no answer to " + std::string{method}, bounds.next);
    return reply;
}

Fault fault_of(const pugi::xml_node& localized)
{
    const pugi::xml_node detail = localized.child("fault");
    Fault fault{.type = type_of(detail), .text = std::string{text_of(localized, "localizedMessage")}, .messages = {}};
    add_messages(detail, fault.messages);
    return fault;
}

Error error_of(const Fault& fault)
{
    Error error{.kind = ErrorKind::failed, .what = excerpt(fault.text, 300), .where = {}, .next = {}};
    for (const Meaning& meaning : meanings)
        if (meaning.type == fault.type)
            error = {.kind = meaning.kind, .what = meaning.what, .where = {}, .next = meaning.next};
    for (const std::string& message : fault.messages)
        error.what += (error.what.empty() ? "" : "; ") + excerpt(message, 300);
    if (error.what.empty())
        error.what = "the host refused it";
    if (!fault.type.empty())
        error.where.push_back("fault " + excerpt(fault.type, 60));
    return error;
}

std::string type_of(const pugi::xml_node& node)
{
    return std::string{local_name(node.attribute("xsi:type").as_string())};
}

Ref ref_of(const pugi::xml_node& node)
{
    return {node.attribute("type").as_string(), node.child_value()};
}

std::string_view text_of(const pugi::xml_node& node, const char* child)
{
    return node.child(child).child_value();
}

std::optional<bool> bool_of(std::string_view text)
{
    if (text == "true" || text == "1")
        return true;
    return text == "false" || text == "0" ? std::optional{false} : std::nullopt;
}

std::optional<std::int64_t> number_of(std::string_view text)
{
    std::int64_t value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc{} && end == text.data() + text.size() ? std::optional{value} : std::nullopt;
}

std::optional<std::int64_t> time_of(std::string_view text)
{
    // YYYY-MM-DDThh:mm:ss, then a fraction, then Z or +hh:mm
    constexpr std::string_view form = "dddd-dd-ddTdd:dd:dd";
    if (text.size() < form.size())
        return std::nullopt;
    for (std::size_t i = 0; i < form.size(); ++i)
        if (form[i] == 'd' ? text[i] < '0' || text[i] > '9' : text[i] != form[i])
            return std::nullopt;
    const auto number = [&](std::size_t from, std::size_t count) { return static_cast<int>(number_of(text.substr(from, count)).value_or(0)); };
    const std::chrono::year_month_day day{std::chrono::year{number(0, 4)}, std::chrono::month{static_cast<unsigned>(number(5, 2))},
                                          std::chrono::day{static_cast<unsigned>(number(8, 2))}};
    if (!day.ok() || number(11, 2) > 23 || number(14, 2) > 59 || number(17, 2) > 60)
        return std::nullopt;
    std::int64_t seconds = std::chrono::sys_days{day}.time_since_epoch().count() * 86'400LL + number(11, 2) * 3600 + number(14, 2) * 60 + number(17, 2);
    std::string_view zone = text.substr(form.size());
    if (zone.starts_with('.'))
        zone.remove_prefix(std::min(zone.find_first_not_of("0123456789", 1), zone.size()));
    if (zone.size() == 6 && (zone[0] == '+' || zone[0] == '-') && zone[3] == ':') {
        const auto hours = number_of(zone.substr(1, 2)), minutes = number_of(zone.substr(4, 2));
        if (!hours || !minutes)
            return std::nullopt;
        seconds -= (zone[0] == '-' ? -1 : 1) * (*hours * 3600 + *minutes * 60);
    } else if (zone != "Z" && !zone.empty()) {
        return std::nullopt;
    }
    return seconds;
}

}  // namespace gpupass::esxi
