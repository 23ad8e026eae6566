#pragma once

#include "hosts/linux/pci.hpp"
#include "transport/libvirt.hpp"
#include "transport/machine.hpp"

#include <fmt/format.h>

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

// For tests: a kernel with PCI functions that change hands as the real one lets them, files, and libvirt's domains.

namespace gpupass::linux_host {

struct FakeFunction {
    std::string id{"1234:1111"};
    std::string class_code{"0x038000"};
    std::string native;                   // the driver that takes it when no override forbids it
    std::string driver;
    std::string override_with{};
    std::optional<int> group{};
    bool boot_vga{};
    std::string more{};                   // further lines of its entry, `NAME TAB KIND VALUE`
};

class FakeLinux : public Machine {
public:
    std::map<std::string, FakeFunction> functions;
    std::map<std::string, std::string> files;
    std::map<std::string, std::string> folders{{"/sys/class/iommu", "dmar0\n"}, {"/sys/firmware/acpi/tables", "DMAR\nDSDT\n"}};
    std::map<std::string, std::string> links;
    std::map<std::string, std::string> each;  // answers of ReadEach by folder, but for PCI
    std::vector<LibvirtDomain> domains;
    std::string libvirt_error{};
    std::string open_files{};             // the answer of FindOpen
    std::vector<std::vector<std::string>> ran;
    std::vector<std::pair<std::string, std::string>> written;   // by Poke
    std::function<std::optional<Answer>(const std::string& path)> on_poke;  // an answer: the write ends so, without effect
    std::set<std::string> silent;         // addresses of devices that do not answer
    std::set<std::string> missing;        // programs that are not installed
    bool vfio_loaded{};
    bool vfio_there{true};

    std::string uri{"local:"};
    std::function<void()> on_reboot;      // what the next boot brings

    std::string name() const override { return uri; }
    Result<std::vector<Answer>> ask(std::span<const Query> queries, Deadline) override
    {
        std::vector<Answer> answers;
        for (const Query& query : queries)
            answers.push_back(std::visit([&](const auto& q) { return reply(q); }, query));
        return answers;
    }

    static Answer text(std::string out) { return {.out = std::move(out), .err = {}}; }
    static Answer failure(int code, std::string err) { return {.exit_code = code, .out = {}, .err = std::move(err)}; }

private:
    static Answer found(const std::map<std::string, std::string>& map, const std::string& key, const std::string& end = "")
    {
        const auto place = map.find(key);
        return place == map.end() ? failure(1, key + ": No such file or directory") : text(place->second + end);
    }
    static Answer reply(const Http&) { return {.exit_code = 127, .out = {}, .err = {}}; }
    Answer reply(const ReadFile& query) { return found(files, query.path); }
    Answer reply(const ReadLink& query)
    {
        for (const auto& [address, function] : functions)
            if (query.path == "/sys/bus/pci/devices/" + address + "/driver")
                return function.driver.empty() ? failure(1, "no link") : text("../../../bus/pci/drivers/" + function.driver + "\n");
        return found(links, query.path, "\n");
    }
    Answer reply(const ListDir& query)
    {
        if (query.path == "/sys/bus/pci/drivers/vfio-pci")
            return vfio_loaded ? text("bind\n") : failure(1, "none");
        if (query.path.starts_with("/sys/bus/pci/drivers/"))
            return text("bind\n");
        return found(folders, query.path);
    }
    Answer reply(const ReadEach& query)
    {
        if (query.folder != "/sys/bus/pci/devices")
            return each.contains(query.folder) ? text(each.at(query.folder)) : text("");
        std::string out;
        for (const std::string& address : silent)
            out += address + "\t!\tno answer\n";
        for (const auto& [address, f] : functions) {
            const auto line = [&](const std::string& name, const std::string& value) { out += address + "\t" + name + "\t" + value + "\n"; };
            line("vendor", "=0x" + f.id.substr(0, 4));
            line("device", "=0x" + f.id.substr(5));
            line("class", "=" + f.class_code);
            if (!f.driver.empty())
                line("driver", ">../../../bus/pci/drivers/" + f.driver);
            line("driver_override", "=" + (f.override_with.empty() ? "(null)" : f.override_with));
            if (f.group)
                line("iommu_group", ">../../../kernel/iommu_groups/" + std::to_string(*f.group));
            if (f.boot_vga)
                line("boot_vga", "=1");
            if (!f.more.empty())
                line(f.more.substr(0, f.more.find('\t')), f.more.substr(f.more.find('\t') + 1));
        }
        return text(out);
    }
    Answer reply(const Present& query) const
    {
        std::string out;
        for (const std::string& path : query.paths)
            if (files.contains(path) || (folders.contains(path) && !folders.at(path).empty()))
                out += path + "\n";
        return text(out);
    }
    Answer reply(const FindOpen&) { return text(open_files); }
    Answer reply(const Run& query)
    {
        ran.push_back(query.argv);
        if (missing.contains(query.argv.front()))
            return failure(127, "sh: 1: " + query.argv.front() + ": not found");
        if (query.argv.front() == "modprobe" && query.argv.back() == "vfio-pci") {
            vfio_loaded = vfio_there;
            return vfio_there ? Answer{} : failure(1, "modprobe: FATAL: Module vfio-pci not found");
        }
        if (query.argv == std::vector<std::string>{"systemctl", "reboot"} && on_reboot)
            on_reboot();
        if (query.argv.front() == "rm")
            for (const std::string& path : query.argv)
                files.erase(path);
        return {};
    }
    Answer reply(const WriteFile& query)
    {
        const auto now = files.find(query.path);
        if ((now == files.end() ? std::nullopt : std::optional{now->second}) != query.expected)
            return failure(3, "");
        files[query.path] = query.content;
        return {};
    }
    Answer reply(const Poke& query)
    {
        for (const auto& [path, value] : query.writes) {
            if (on_poke)
                if (const auto answer = on_poke(path))
                    return *answer;
            written.emplace_back(path, value);
            poke(path, value);
        }
        return text(std::to_string(query.writes.size()));
    }
    void poke(const std::string& path, std::string value)
    {
        std::erase(value, '\n');
        if (path == "/sys/bus/pci/drivers_probe") {
            FakeFunction& f = functions.at(value);
            const std::string& taker = f.override_with.empty() ? f.native : f.override_with;
            if (f.driver.empty() && (taker != "vfio-pci" || vfio_loaded))
                f.driver = taker;
            return;
        }
        for (auto& [address, f] : functions) {
            const std::string folder = "/sys/bus/pci/devices/" + address + "/";
            if (path == folder + "driver_override")
                f.override_with = value;
            if (path == folder + "driver/unbind")
                f.driver.clear();
        }
        if (path.starts_with("/sys/class/vtconsole/"))
            files[path] = value;
    }
    Answer reply(const Libvirt& query)
    {
        if (!libvirt_error.empty())
            return failure(1, libvirt_error);
        if (query.call == Libvirt::Call::domains)
            return text(to_text(domains));
        if (query.call == Libvirt::Call::version)
            return text("");
        for (LibvirtDomain& domain : domains)
            if (domain.uuid == query.domain)
                return call(query, domain);
        return failure(1, "Domain not found");
    }
    static Answer call(const Libvirt& query, LibvirtDomain& domain)
    {
        using Call = Libvirt::Call;
        const std::string end = "</devices>";
        if (query.call == Call::attach_config)
            domain.config_xml.insert(domain.config_xml.find(end), query.xml);
        if (query.call == Call::detach_config)
            domain.config_xml.erase(domain.config_xml.find(query.xml), query.xml.size());
        if (query.call == Call::start)
            domain.state = "running";
        if (query.call == Call::shutdown || query.call == Call::destroy)
            domain.state = "shutoff";
        return {};
    }
};

/// The lab's machine: a card with a driver of its own in a group of its own, and VM guest, off.
inline FakeLinux one_card()
{
    FakeLinux machine;
    machine.functions["0000:00:01.0"] = {.id = "1b36:000c", .class_code = "0x060400", .native = "pcieport", .driver = "pcieport", .group = 1};
    machine.functions["0000:01:00.0"] = {.native = "bochs-drm", .driver = "bochs-drm", .group = 2};
    machine.files = {{"/proc/sys/kernel/osrelease", "6.1.0-56-amd64\n"}, {"/proc/sys/kernel/hostname", "hv\n"}, {"/etc/machine-id", "0123456789abcdef0123456789abcdef\n"},
                     {"/proc/uptime", "500.12 900.00\n"}, {"/proc/stat", "cpu  1 2 3\nbtime 1651300000\n"}, {"/proc/meminfo", "MemTotal:  2097152 kB\n"},
                     {"/proc/self/status", "Name:\tcat\nUid:\t0\t0\t0\t0\n"}, {"/sys/class/tty/console/active", "ttyS0\n"}};
    machine.open_files = "1\tagetty\t/dev/ttyS0\n";
    machine.domains = {{.uuid = "11111111-2222-3333-4444-555555555555", .name = "guest", .state = "shutoff", .persistent = true,
                        .config_xml = "<domain type='kvm'><name>guest</name><uuid>11111111-2222-3333-4444-555555555555</uuid><memory unit='MiB'>128</memory>"
                                      "<os><type arch='x86_64' machine='pc'>hvm</type></os><devices><graphics type='vnc'/></devices></domain>"}};
    return machine;
}

}  // namespace gpupass::linux_host
