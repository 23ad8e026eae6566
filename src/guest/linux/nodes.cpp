#include "guest/linux/nodes.hpp"

#include "guest/linux/files.hpp"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace gpupass::guest {

namespace {

// Of the kernel's include/uapi/drm/i915_drm.h, which not every system has.
struct I915GetParam {
    std::int32_t param;
    int* value;
};
constexpr unsigned long i915_get_param = _IOWR('d', 0x46, I915GetParam);
constexpr std::int32_t i915_param_eu_total = 34;

std::string user_name(uid_t id)
{
    const passwd* entry = getpwuid(id);
    return entry ? entry->pw_name : std::to_string(id);
}

std::string group_name(gid_t id)
{
    const group* entry = getgrgid(id);
    return entry ? entry->gr_name : std::to_string(id);
}

int error_of_opening(const std::string& path)
{
    const int file = open(path.c_str(), O_RDWR | O_CLOEXEC | O_NONBLOCK);
    if (file < 0)
        return errno;
    close(file);
    return 0;
}

}  // namespace

NodeFacts read_node(const std::string& root, const std::string& name)
{
    const std::string path = root + "/dev/dri/" + name;
    NodeFacts node{.name = name};
    struct stat status {};
    if (stat(path.c_str(), &status) != 0)
        return node;
    node.exists = true;
    node.mode = status.st_mode & 07777;
    node.group = group_name(status.st_gid);
    node.owner = user_name(status.st_uid) + ":" + node.group;
    node.open_error = error_of_opening(path);
    return node;
}

std::string own_name() { return user_name(geteuid()); }

std::vector<std::string> own_groups()
{
    std::vector<gid_t> ids(1024);
    const int count = getgroups(static_cast<int>(ids.size()), ids.data());
    ids.resize(static_cast<std::size_t>(std::max(count, 0)));
    ids.push_back(getegid());
    std::vector<std::string> names;
    for (const gid_t id : ids)
        names.push_back(group_name(id));
    std::ranges::sort(names);
    names.erase(std::unique(names.begin(), names.end()), names.end());
    return names;
}

unsigned i915_execution_units(const std::string& node)
{
    const int file = open(node.c_str(), O_RDWR | O_CLOEXEC | O_NONBLOCK);
    if (file < 0)
        return 0;
    int value = 0;
    I915GetParam wanted{i915_param_eu_total, &value};
    const bool told = ioctl(file, i915_get_param, &wanted) == 0;
    close(file);
    return told && value > 0 && value <= 4096 ? static_cast<unsigned>(value) : 0;
}

}  // namespace gpupass::guest
