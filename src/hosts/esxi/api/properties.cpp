#include "hosts/esxi/api/properties.hpp"

#include <thread>

namespace gpupass::esxi {

namespace {

constexpr int most_pages = 10'000;

std::string spec_of(const PropertySpec& spec)
{
    std::string inside = leaf("type", spec.type) + leaf("all", "false");
    for (const char* path : spec.paths)
        inside += leaf("pathSet", path);
    return branch("propSet", inside);
}

std::string spec_of(const ObjectSpec& spec)
{
    std::string inside = leaf("obj", spec.object) + leaf("skip", word(!spec.itself));
    if (!spec.follow_type.empty())
        inside += branch("selectSet", leaf("type", spec.follow_type) + leaf("path", spec.follow_path) + leaf("skip", "false"), "TraversalSpec");
    return branch("objectSet", inside);
}

std::string filter_of(const char* element, const std::vector<PropertySpec>& properties, const std::vector<ObjectSpec>& objects)
{
    std::string inside;
    for (const PropertySpec& spec : properties)
        inside += spec_of(spec);
    for (const ObjectSpec& spec : objects)
        inside += spec_of(spec);
    return branch(element, inside);
}

ObjectContent content_of(const pugi::xml_node& node)
{
    ObjectContent content{.object = ref_of(node.child("obj")), .properties = {}, .missing = {}};
    for (const pugi::xml_node& property : node.children("propSet"))
        content.properties.insert_or_assign(std::string{text_of(property, "name")}, property.child("val"));
    for (const pugi::xml_node& missing : node.children("missingSet"))
        content.missing.insert_or_assign(std::string{text_of(missing, "path")}, fault_of(missing.child("fault")));
    return content;
}

/// Filters live in a session: a new one has none.
class Filter {
public:
    Filter(Session& session, const PropertySpec& properties, const std::vector<Ref>& objects) : session_{session}
    {
        arguments_ = filter_of("spec", {properties}, objects_of(objects)) + leaf("partialUpdates", "false");
    }

    ~Filter()
    {
        if (!filter_.id.empty())
            (void)session_.call({.method = "DestroyPropertyFilter", .object = filter_, .arguments = {}, .name = {}}, Deadline::in(std::chrono::seconds{10}));
    }
    Filter(const Filter&) = delete;
    Filter& operator=(const Filter&) = delete;

    Result<Reply> next(Deadline deadline)
    {
        const auto content = session_.open(deadline);
        if (!content)
            return std::unexpected(content.error());
        if (filter_.id.empty()) {
            const auto made = session_.ask({.method = "CreateFilter", .object = content->property_collector, .arguments = arguments_, .name = {}}, deadline);
            if (!made)
                return std::unexpected(made.error());
            filter_ = ref_of(made->value());
            version_.clear();
        }
        const std::string arguments = (version_.empty() ? "" : leaf("version", version_)) + branch("options", leaf("maxWaitSeconds", "2"));
        auto reply = session_.ask({.method = "WaitForUpdatesEx", .object = content->property_collector, .arguments = arguments, .name = {}, .changes = true}, deadline);
        if (reply && reply->value())
            version_ = text_of(reply->value(), "version");
        return reply;
    }

    void forget()
    {
        filter_ = {};
        version_.clear();
    }

private:
    Session& session_;
    std::string arguments_;
    Ref filter_;
    std::string version_;
};

void take_update(const pugi::xml_node& update, Properties& properties)
{
    for (const pugi::xml_node& filter : update.children("filterSet"))
        for (const pugi::xml_node& object : filter.children("objectSet")) {
            const Ref ref = ref_of(object.child("obj"));
            if (text_of(object, "kind") == "leave") {
                properties.erase(ref);
                continue;
            }
            for (const pugi::xml_node& change : object.children("changeSet")) {
                pugi::xml_document& kept = properties[ref][std::string{text_of(change, "name")}];
                kept.reset();
                if (const pugi::xml_node value = change.child("val"))
                    kept.append_copy(value);
            }
        }
}

/// What a new session or another try may mend.
bool may_pass(const Error& error)
{
    return error.kind == ErrorKind::unreachable || error.kind == ErrorKind::not_found || error.kind == ErrorKind::timeout;
}

}  // namespace

pugi::xml_node ObjectContent::node(std::string_view path) const
{
    const auto found = properties.find(path);
    return found == properties.end() ? pugi::xml_node{} : found->second;
}

std::string_view ObjectContent::text(std::string_view path) const
{
    return node(path).child_value();
}

std::vector<ObjectContent> contents_of(const Reply& reply)
{
    std::vector<ObjectContent> contents;
    for (const pugi::xml_node& object : reply.value().children("objects"))
        contents.push_back(content_of(object));
    return contents;
}

std::vector<ObjectSpec> objects_of(const std::vector<Ref>& refs)
{
    std::vector<ObjectSpec> objects;
    for (const Ref& ref : refs)
        objects.push_back({.object = ref});
    return objects;
}

Result<void> retrieve(Session& session, const std::vector<PropertySpec>& properties, const std::vector<ObjectSpec>& objects,
                      const std::string& name, const std::function<void(std::vector<ObjectContent>)>& take, Deadline deadline)
{
    const auto content = session.open(deadline);
    if (!content)
        return std::unexpected(content.error());
    Call call{.method = "RetrievePropertiesEx", .object = content->property_collector,
              .arguments = filter_of("specSet", properties, objects) + "<options></options>", .name = name};
    for (int page = 1; page <= most_pages; ++page) {
        const auto reply = session.ask(call, deadline);
        if (!reply)
            return std::unexpected(reply.error());
        take(contents_of(*reply));
        const std::string token{text_of(reply->value(), "token")};
        if (token.empty())
            return {};
        call = {.method = "ContinueRetrievePropertiesEx", .object = content->property_collector, .arguments = leaf("token", token),
                .name = name + ", page " + std::to_string(page + 1)};
    }
    return fail(ErrorKind::parse, "the host has no end of pages");
}

Result<void> wait_for(Session& session, const PropertySpec& properties, const std::vector<Ref>& objects,
                      const std::function<Result<bool>(const Properties&)>& look, const std::function<Result<void>()>& pulse, Deadline deadline)
{
    constexpr std::chrono::milliseconds before_next_try{1'000};
    Filter filter{session, properties, objects};
    Properties seen;
    while (true) {
        const auto reply = filter.next(deadline);
        if (!reply) {
            if (!may_pass(reply.error()) || deadline.left() <= before_next_try)
                return std::unexpected(reply.error());
            filter.forget();
            std::this_thread::sleep_for(before_next_try);
        } else if (reply->value()) {
            take_update(reply->value(), seen);
            const auto done = look(seen);
            if (!done || *done)
                return done ? Result<void>{} : std::unexpected(done.error());
        }
        if (auto fine = pulse(); !fine)
            return fine;
        if (deadline.passed())
            return fail(ErrorKind::timeout, "it did not happen in time");
    }
}

pugi::xml_node value_at(const Properties& seen, const Ref& object, const std::string& path)
{
    const auto properties = seen.find(object);
    if (properties == seen.end())
        return {};
    const auto found = properties->second.find(path);
    return found == properties->second.end() ? pugi::xml_node{} : found->second.child("val");
}

}  // namespace gpupass::esxi
