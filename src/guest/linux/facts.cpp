#include "guest/linux/facts.hpp"

#include "guest/linux/files.hpp"
#include "guest/linux/nodes.hpp"

#include <sys/klog.h>

#include <algorithm>
#include <charconv>

namespace gpupass::guest {

namespace {

constexpr int read_whole_log = 3;  // SYSLOG_ACTION_READ_ALL, syslog(2)
constexpr std::size_t largest_log = 4u << 20;

struct Place {
    const std::string& root;
    std::string folder;  // of the function

    std::string path(const std::string& name) const { return folder + "/" + name; }
};

/// card1-HDMI-A-1: the connectors of card1.
std::vector<Connector> read_connectors(const Place& place, const std::string& below, const std::string& card)
{
    std::vector<Connector> connectors;
    const std::string folder = place.path(below);
    for (const std::string& name : names_in(folder)) {
        if (name.rfind(card + "-", 0) != 0)
            continue;
        const auto modes = read_text(folder + "/" + name + "/modes");
        connectors.push_back({name.substr(card.size() + 1), read_text(folder + "/" + name + "/status").value_or("unknown"),
                              lines_of(modes.value_or(""))});
    }
    return connectors;
}

std::optional<unsigned> read_number(const std::string& path)
{
    const auto text = read_text(path);
    unsigned value{};
    if (!text || std::from_chars(text->data(), text->data() + text->size(), value).ec != std::errc{})
        return std::nullopt;
    return value;
}

/// i915: drm/cardN/gt/gt0/rps_RP0_freq_mhz, older gt_RP0_freq_mhz; xe: tile0/gt0/freq0/rp0_freq.
std::optional<unsigned> read_clock(const Place& place, const std::string& card)
{
    for (const std::string& name : {"drm/" + card + "/gt/gt0/rps_RP0_freq_mhz", "drm/" + card + "/gt_RP0_freq_mhz",
                                    std::string{"tile0/gt0/freq0/rp0_freq"}})
        if (const auto clock = read_number(place.path(name)))
            return clock;
    return std::nullopt;
}

/// The folder of its DRM nodes: a virtio GPU has them below its virtio device.
std::string drm_folder(const Place& place)
{
    for (const std::string& name : names_in(place.folder))
        if (name.rfind("virtio", 0) == 0 && !names_in(place.path(name + "/drm")).empty())
            return name + "/drm";
    return "drm";
}

void read_drm(const Place& place, DisplayFunction& function)
{
    const std::string folder = drm_folder(place);
    for (const std::string& name : names_in(place.path(folder))) {
        const bool card = name.rfind("card", 0) == 0;
        if (!card && name.rfind("renderD", 0) != 0)
            continue;
        function.nodes.push_back(read_node(place.root, name));
        if (!card)
            continue;
        function.connectors = read_connectors(place, folder + "/" + name, name);
        function.highest_mhz = read_clock(place, name);
    }
    if (function.driver == "i915" && place.root.empty())
        for (const NodeFacts& node : function.nodes)
            function.execution_units = std::max(function.execution_units, i915_execution_units("/dev/dri/" + node.name));
}

DisplayFunction read_function(const Place& place, const PciAddress& address)
{
    DisplayFunction function{.address = address};
    function.id = {static_cast<std::uint16_t>(read_hex(place.path("vendor")).value_or(0)),
                   static_cast<std::uint16_t>(read_hex(place.path("device")).value_or(0))};
    function.class_code = read_hex(place.path("class")).value_or(0);
    function.driver = link_name(place.path("driver"));
    return function;
}

std::vector<DisplayFunction> read_functions(const std::string& root, const std::optional<PciAddress>& address, const std::optional<PciId>& id)
{
    std::vector<DisplayFunction> functions;
    const std::string all = root + "/sys/bus/pci/devices";
    for (const std::string& name : names_in(all)) {
        const auto parsed = parse_pci_address(name);
        if (!parsed)
            continue;
        const Place place{root, all + "/" + name};
        DisplayFunction function = read_function(place, *parsed);
        if (!function.is_display() && address != parsed && id != function.id)
            continue;
        read_drm(place, function);
        functions.push_back(std::move(function));
    }
    return functions;
}

std::string value_in(const std::string& text, const std::string& key)
{
    for (const std::string& line : lines_of(text)) {
        if (line.rfind(key + "=", 0) != 0)
            continue;
        std::string value = line.substr(key.size() + 1);
        value.erase(std::remove(value.begin(), value.end(), '"'), value.end());
        return value;
    }
    return "";
}

/// The distribution itself, or the one it is like.
std::string read_system(const std::string& root)
{
    const std::string text = read_text(root + "/etc/os-release").value_or(read_text(root + "/usr/lib/os-release").value_or(""));
    const std::string own = value_in(text, "ID");
    const std::string like = " " + value_in(text, "ID_LIKE") + " ";
    for (const char* known : {"debian", "ubuntu", "fedora", "arch"})
        if (own == known)
            return own;
    for (const char* known : {"ubuntu", "debian", "fedora", "arch"})
        if (like.find(std::string{" "} + known + " ") != std::string::npos)
            return known;
    return own;
}

std::optional<std::vector<std::string>> read_log(const std::string& root)
{
    if (!root.empty()) {
        const auto text = read_text(root + "/dmesg");
        return text ? std::optional{lines_of(*text)} : std::nullopt;
    }
    std::string text(largest_log, '\0');
    const int size = klogctl(read_whole_log, text.data(), static_cast<int>(text.size()));
    if (size < 0)
        return std::nullopt;
    text.resize(static_cast<std::size_t>(size));
    return lines_of(text);
}

}  // namespace

LinuxFacts read_linux(const std::string& root, const std::optional<PciAddress>& address, const std::optional<PciId>& id)
{
    return {.functions = read_functions(root, address, id),
            .system = read_system(root),
            .kernel = read_text(root + "/proc/sys/kernel/osrelease").value_or(""),
            .command_line = read_text(root + "/proc/cmdline").value_or(""),
            .log = read_log(root),
            .user = own_name(),
            .groups = own_groups()};
}

}  // namespace gpupass::guest
