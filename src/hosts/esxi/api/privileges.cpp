#include "hosts/esxi/api/privileges.hpp"

namespace gpupass::esxi {

namespace {

Result<std::vector<MissingPrivilege>> ask_about(Session& session, const ServiceContent& content, const std::vector<Ref>& objects, std::span<const char* const> privileges,
                                                const char* name, Deadline deadline)
{
    std::string arguments;
    for (const Ref& object : objects)
        arguments += leaf("entity", object);
    arguments += leaf("sessionId", content.session_key);
    for (const char* privilege : privileges)
        arguments += leaf("privId", privilege);
    const auto reply = session.ask({.method = "HasPrivilegeOnEntities", .object = content.authorization_manager, .arguments = arguments, .name = name}, deadline);
    if (!reply)
        return std::unexpected(reply.error());
    return refused_in(*reply);
}

}  // namespace

std::vector<MissingPrivilege> refused_in(const Reply& reply)
{
    std::vector<MissingPrivilege> out;
    for (const pugi::xml_node& object : reply.response.children("returnval"))
        for (const pugi::xml_node& privilege : object.children("privAvailability"))
            if (bool_of(text_of(privilege, "isGranted")) == false)
                out.push_back({ref_of(object.child("entity")), std::string{text_of(privilege, "privId")}});
    return out;
}

Result<std::vector<MissingPrivilege>> missing_privileges(Session& session, const Ref& host, const std::vector<Ref>& vms, Deadline deadline)
{
    const auto content = session.open(deadline);
    if (!content)
        return std::unexpected(content.error());
    auto missing = ask_about(session, *content, {host}, host_privileges, "privileges on the host", deadline);
    if (!missing || vms.empty())
        return missing;
    const auto more = ask_about(session, *content, vms, vm_privileges, "privileges on the VMs", deadline);
    if (!more)
        return more;
    missing->insert(missing->end(), more->begin(), more->end());
    return missing;
}

}  // namespace gpupass::esxi
