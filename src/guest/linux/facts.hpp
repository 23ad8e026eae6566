#pragma once

#include "model/pci.hpp"

#include <optional>
#include <string>
#include <vector>

// What a Linux guest shows of its display devices: sysfs, /dev/dri and the kernel log, read once. The root of the file
// system is a parameter: recorded guests are trees.

namespace gpupass::guest {

struct NodeFacts {
    std::string name;   // renderD128, card0
    bool exists{};      // in /dev/dri
    int open_error{};   // errno of opening it for reading and writing; 0: it opened
    unsigned mode{};    // 0660
    std::string owner;  // "root:render", numbers where there are no names
    std::string group;  // "render"
};

struct Connector {
    std::string name;    // HDMI-A-1
    std::string status;  // connected, disconnected, unknown
    std::vector<std::string> modes;
};

struct DisplayFunction {
    PciAddress address;
    PciId id;
    std::uint32_t class_code{};  // 0x030000
    std::string driver;          // "" when none is bound
    std::vector<NodeFacts> nodes;
    std::vector<Connector> connectors;
    std::optional<unsigned> highest_mhz;  // i915 and xe tell it
    unsigned execution_units{};           // i915 tells it to those who may open its node
    bool is_display() const { return class_code >> 16 == 3; }
};

struct LinuxFacts {
    std::vector<DisplayFunction> functions;  // display devices, and what was named
    std::string system;                      // debian, ubuntu, fedora, arch, or its own word
    std::string kernel;                      // 6.1.0-13-amd64
    std::string command_line;
    std::optional<std::vector<std::string>> log;  // of the kernel; nullopt: may not be read
    std::string user;
    std::vector<std::string> groups;  // of that user, now
};

/// `root` is "" for this very system. `named`: a function that is read too when it is no display device.
LinuxFacts read_linux(const std::string& root, const std::optional<PciAddress>& address, const std::optional<PciId>& id);

}  // namespace gpupass::guest
