#pragma once

#include "hosts/esxi/api/session.hpp"

#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

// The PropertyCollector: many properties of many objects in one request.

namespace gpupass::esxi {

/// Which properties of the objects of one type: paths like "config.pciPassthruInfo".
struct PropertySpec {
    std::string type;
    std::vector<const char*> paths;
};

/// What is asked for: the objects, and what hangs on them by a property of theirs.
struct ObjectSpec {
    Ref object;
    bool itself{true};
    std::string follow_type{};         // of the object that has the property; "" follows nothing
    std::string follow_path{};         // "view" of a ContainerView, "vm" of a HostSystem
};

/// The objects alone.
std::vector<ObjectSpec> objects_of(const std::vector<Ref>& refs);

/// One object's properties. The nodes live as long as the reply they stand in.
struct ObjectContent {
    Ref object;
    std::map<std::string, pugi::xml_node, std::less<>> properties;
    std::map<std::string, Fault, std::less<>> missing;  // forbidden or unreadable paths
    /// An empty node when it was not answered.
    pugi::xml_node node(std::string_view path) const;
    std::string_view text(std::string_view path) const;
};

/// The objects of an answer to RetrievePropertiesEx. Pure.
std::vector<ObjectContent> contents_of(const Reply& reply);

/// Reads them, page after page, and gives each page to `take`. `name` is what the pages are called in recordings.
Result<void> retrieve(Session& session, const std::vector<PropertySpec>& properties, const std::vector<ObjectSpec>& objects,
                      const std::string& name, const std::function<void(std::vector<ObjectContent>)>& take, Deadline deadline);

/// Calls `look` with all properties as they are and again when one of them has changed, until it returns true. The server tells
/// of changes (WaitForUpdatesEx), so nothing is polled; `pulse` is called every other second, and its error ends the waiting. A
/// session that ends or a connection that breaks meanwhile is made again.
using Properties = std::map<Ref, std::map<std::string, pugi::xml_document>>;
Result<void> wait_for(Session& session, const PropertySpec& properties, const std::vector<Ref>& objects,
                      const std::function<Result<bool>(const Properties&)>& look, const std::function<Result<void>()>& pulse, Deadline deadline);

/// A property's value; an empty node while it is not known.
pugi::xml_node value_at(const Properties& seen, const Ref& object, const std::string& path);

}  // namespace gpupass::esxi
