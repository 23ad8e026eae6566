#include "guest/linux/linux_platform.hpp"

#include "guest/linux/checks.hpp"
#include "guest/linux/engine_times.hpp"
#include "guest/linux/files.hpp"
#include "guest/linux/parts.hpp"
#include "guest/linux/vaapi/vaapi.hpp"

namespace gpupass::guest {

namespace {

/// A recorded answer; one that is not there was an API that is not installed.
ApiAnswer recorded(const std::string& folder, const std::string& api)
{
    ApiAnswer missing{.api = api, .missing = "it is not installed (recorded)"};
    return parse_answer(read_text(folder + "/" + api + ".json").value_or("")).value_or(missing);
}

/// "/dev/dri/renderD129"; "" when that function has none.
std::string render_node_of(const std::string& root, const std::optional<PciAddress>& address)
{
    if (!address)
        return "";
    for (const DisplayFunction& function : read_linux(root, address, std::nullopt).functions)
        for (const NodeFacts& node : function.nodes)
            if (function.address == *address && node.name.rfind("renderD", 0) == 0)
                return "/dev/dri/" + node.name;
    return "";
}

}  // namespace

PlatformReport LinuxPlatform::look(const Request& request)
{
    return check_linux(read_linux(root_, request.address, request.id), request);
}

std::vector<std::string> LinuxPlatform::apis() const { return {"opencl", "vulkan", "vaapi"}; }

std::vector<ApiAnswer> LinuxPlatform::ask(const std::vector<std::string>& apis, const std::vector<std::string>& words,
                                          std::chrono::milliseconds time, bool together)
{
    if (answers_.empty())
        return ask_in_processes(apis, words, time, together);
    std::vector<ApiAnswer> answers;
    for (const std::string& api : apis)
        answers.push_back(recorded(answers_, api));
    return answers;
}

ApiAnswer LinuxPlatform::answer_part(const std::string& api, Wish wish)
{
    wish.engine_times = own_engine_times;
    if (api == "opencl")
        return ask_opencl(wish);
    if (api == "vaapi")
        return ask_vaapi(wish, render_node_of(root_, wish.address));
    if (api == "vulkan")
        return ask_vulkan(wish);
    return {.api = api, .missing = "this program knows no such API"};
}

}  // namespace gpupass::guest
