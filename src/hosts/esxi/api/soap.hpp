#pragma once

#include "hosts/esxi/api/element.hpp"
#include "model/result.hpp"

#include <pugixml.hpp>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// SOAP 1.1 as vSphere speaks it: envelopes out, replies and faults in. Pure.

namespace gpupass::esxi {

/// A call of a method: `arguments` are its elements after _this, in their order.
struct Call {
    std::string method;  // "RetrievePropertiesEx"
    Ref object;
    std::string arguments;
    std::string name;    // in recordings; "" is not recorded
    bool changes{};      // it is not sent again when the connection breaks
};

std::string envelope_of(const Call& call);

/// What to do where the licence forbids changes.
inline constexpr const char* way_past_licence = "give gpupass a way by SSH as well: `ssh: esxi+ssh://root@HOST` for this host in hosts.yaml, or reach it as esxi+ssh://root@HOST";

/// What went wrong on the other side, by the type of the fault; its text depends on the server's language.
struct Fault {
    std::string type;                   // "RestrictedVersion"
    std::string text;
    std::vector<std::string> messages;  // faultMessage: the real reasons
};

/// The <returnval> elements of an answer, or the fault it was instead.
struct Reply {
    std::unique_ptr<pugi::xml_document> document;
    pugi::xml_node response;     // of the method: its children are the returned values
    std::optional<Fault> fault;
    pugi::xml_node value() const { return response.child("returnval"); }
};

/// `method`: the answer must be to it. Bounded: 128 MiB, 64 elements deep.
Result<Reply> parse_reply(std::string_view xml, std::string_view method);

/// A LocalizedMethodFault: of a task, of a property that could not be read.
Fault fault_of(const pugi::xml_node& localized);

/// The fault as an error, with what a person can do about it.
Error error_of(const Fault& fault);

/// The type without its namespace: `vim25:HostSystem` is `HostSystem`. "" when there is none.
std::string type_of(const pugi::xml_node& node);
/// A managed object reference.
Ref ref_of(const pugi::xml_node& node);
/// Text of a child, "" when it is not there.
std::string_view text_of(const pugi::xml_node& node, const char* child);
std::optional<bool> bool_of(std::string_view text);
std::optional<std::int64_t> number_of(std::string_view text);
/// `2026-11-30T23:12:49.123Z` and with an offset, as Unix seconds.
std::optional<std::int64_t> time_of(std::string_view text);

}  // namespace gpupass::esxi
