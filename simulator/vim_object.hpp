#pragma once

#include <string>
#include <vector>

// Objects as vim-cmd prints them: name = (vmodl.Type) { ... }.

namespace gpupass::sim {

struct VimNode {
    std::string name;
    std::string value;  // of a scalar, as printed
    std::string type;   // of an object or a list
    char bracket{};     // { or [ or none
    std::vector<VimNode> members;
};

VimNode vim_text(std::string name, const std::string& value);  // quotes inside are not escaped
VimNode vim_raw(std::string name, std::string value);          // numbers, true, 'vim.VirtualMachine:1'
VimNode vim_bool(std::string name, bool value);
VimNode vim_unset(std::string name);
VimNode vim_null(std::string name, const std::string& type);
VimNode vim_object(std::string name, std::string type, std::vector<VimNode> members);
VimNode vim_list(std::string name, std::string type, std::vector<VimNode> members);

std::string to_text(const VimNode& node);

}  // namespace gpupass::sim
