#include "vim_object.hpp"

namespace gpupass::sim {

VimNode vim_text(std::string name, const std::string& value)
{
    return {std::move(name), "\"" + value + "\"", "", '\0', {}};
}

VimNode vim_raw(std::string name, std::string value) { return {std::move(name), std::move(value), "", '\0', {}}; }

VimNode vim_bool(std::string name, bool value) { return vim_raw(std::move(name), value ? "true" : "false"); }

VimNode vim_unset(std::string name) { return vim_raw(std::move(name), "<unset>"); }

VimNode vim_null(std::string name, const std::string& type) { return vim_raw(std::move(name), "(" + type + ") null"); }

VimNode vim_object(std::string name, std::string type, std::vector<VimNode> members)
{
    return {std::move(name), "", std::move(type), '{', std::move(members)};
}

VimNode vim_list(std::string name, std::string type, std::vector<VimNode> members)
{
    return {std::move(name), "", std::move(type), '[', std::move(members)};
}

namespace {

void print(const VimNode& node, std::size_t depth, bool last, std::string& text)
{
    const std::string indent(depth * 3, ' ');
    const std::string end = last ? "\n" : ", \n";
    text += indent + (node.name.empty() ? "" : node.name + " = ");
    if (node.bracket == '\0') {
        text += node.value + end;
        return;
    }
    text += "(" + node.type + ") " + node.bracket;
    const char* closing = node.bracket == '{' ? "}" : "]";
    if (node.members.empty()) {
        text += closing + end;
        return;
    }
    text += "\n";
    for (std::size_t i = 0; i < node.members.size(); ++i)
        print(node.members[i], depth + 1, i + 1 == node.members.size(), text);
    text += indent + closing + end;
}

}  // namespace

std::string to_text(const VimNode& node)
{
    std::string text;
    print(node, 0, true, text);
    return text;
}

}  // namespace gpupass::sim
