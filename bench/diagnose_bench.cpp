#include "rules/embedded.hpp"
#include "rules/line_finder.hpp"
#include "rules/rule_set.hpp"
#include "rules/rules.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <fcntl.h>
#include <fstream>
#include <iostream>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <unistd.h>
#include <vector>

// What bench/run needs to measure `gpupass diagnose`:
//   generate FILE BYTES   a log of mixed sources in which one line of 2,000 means something to a rule
//   patterns rg|grep      all patterns that are searched, one a line, in the words of other programs
//   scan FILE             the same search tables run over the file by vectorscan, and nothing else
//   rules FOLDER TIMES    as many more rules, TIMES over, as YAML: for growth

namespace {

using namespace gpupass;

constexpr std::size_t block = 512 * 1024;
constexpr int quiet_lines = 2'000;

/// Texts as machines write them day in, day out; # becomes a number.
constexpr std::array<std::string_view, 23> everyday{
    "[#.#] usb 1-#: new high-speed USB device number # using xhci_hcd",
    "[#.#] e1000e 0000:00:1f.6 eno1: NIC Link is Up # Mbps Full Duplex, Flow Control: Rx/Tx",
    "[#.#] audit: type=1400 audit(#.#:#): apparmor=\"STATUS\" operation=\"profile_load\" name=\"/usr/bin/man\" pid=#",
    "[#.#] EXT4-fs (dm-#): mounted filesystem with ordered data mode. Quota mode: none.",
    "[#.#] nvme nvme0: #/0/0 default/read/poll queues",
    "[#.#] pci 0000:00:1c.#: PCI bridge to [bus #]",
    "[#.#] br0: port #(tap#) entered forwarding state",
    "Mar  1 10:00:# nuc systemd[1]: Started Session # of User anna.",
    "Mar  1 10:00:# nuc sshd[#]: Accepted publickey for root from 192.0.2.# port # ssh2: ED25519 SHA256:abc",
    "Mar  1 10:00:# nuc systemd[1]: logrotate.service: Deactivated successfully.",
    "Mar  1 10:00:# nuc CRON[#]: pam_unix(cron:session): session opened for user root(uid=0) by (uid=0)",
    "Mar  1 10:00:# nuc dhclient[#]: DHCPACK of 192.0.2.# from 192.0.2.1",
    "2024-03-01T10:00:#.#Z cpu#:#)ScsiDeviceIO: #: Cmd(0x45b900) 0x1a, CmdSN 0x# from world 0 to dev \"t10.NVMe\" failed H:0x0 D:0x2",
    "2024-03-01T10:00:#.#Z In(182) vmkernel: cpu#:#)NetPort: #: enabled port 0x# with mac 00:50:56:00:00:#",
    "2024-03-01T10:00:#.#Z In(182) vmkernel: cpu#:#)Vmxnet3: #: using default queue delivery for vmxnet3 for port 0x#",
    "2024-03-01T10:00:#.#Z| vmx| | I005: DISKLIB-VMFS  : \"debian-flat.vmdk\" : open successful (#) size = #, hd = #. Type 3",
    "2024-03-01T10:00:#.#Z| vmx| | I005: Tools_SetGuestResolution: Sending rpcMsg = Resolution_Set # #",
    "2024-03-01T10:00:#.#Z info hostd[#] [Originator@6876 sub=Vimsvc.ha-eventmgr] Event # : User root@127.0.0.1 logged in",
    "2024-03-01 10:00:#.#+0000: #: info : virObjectUnref:# : OBJECT_UNREF: obj=0x#",
    "2024-03-01T10:00:#.#Z qemu-system-x86_64: terminating on signal 15 from pid # (/usr/sbin/libvirtd)",
    "{\"component\":\"virt-handler\",\"level\":\"info\",\"msg\":\"Processing event default/vm-#\",\"pos\":\"vm.go:#\"}",
    "INFO: task UPID:nuc:#:#:qmstart:#:root@pam: starting task, memory # MB, cores #",
    "",
};

std::string filled(std::string_view text, std::mt19937& random)
{
    std::string line;
    for (const char c : text)
        if (c == '#')
            line += std::to_string(random() % 100'000);
        else
            line += c;
    return line;
}

int generate(const std::string& path, std::size_t size)
{
    std::mt19937 random{1};
    std::vector<std::string> telling;
    for (const Rule& rule : builtin_rules())
        telling.insert(telling.end(), rule.matches.begin(), rule.matches.end());
    std::ofstream out{path, std::ios::binary};
    std::size_t written = 0;
    for (long number = 1; written < size; ++number) {
        const std::string line = number % quiet_lines == 0 ? telling[random() % telling.size()]
                                                           : filled(everyday[random() % everyday.size()], random);
        out << line << '\n';
        written += line.size() + 1;
    }
    return out.flush() ? 0 : 1;
}

/// Names of groups would stand twice.
std::string for_rg(std::string_view text)
{
    std::string out;
    while (!text.empty()) {
        const std::size_t name = std::min(text.find("(?<"), text.size());
        out += text.substr(0, name);
        text.remove_prefix(name);
        if (text.empty())
            break;
        out += "(?:";
        text.remove_prefix(text.find('>') + 1);
    }
    return out;
}

/// Extended regular expressions have neither (?i) nor \d nor lazy repeats nor groups that are not captured.
std::string for_grep(std::string text)
{
    const bool any_case = text.starts_with("(?i)");
    if (any_case)
        text.erase(0, 4);
    std::string out;
    bool in_class = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (c == '\\' && i + 1 < text.size()) {
            const char next = text[++i];
            const std::string_view digits = in_class ? "0-9" : "[0-9]";
            if (next == 'd')
                out += digits;
            else if (next == 'D')
                out += "[^0-9]";
            else if (in_class)
                out += next == 's' ? std::string{"[:space:]"} : next == 'w' ? std::string{"[:alnum:]_"} : std::string(1, next);
            else
                out += std::string{'\\', next};
            continue;
        }
        if (c == '[' && !in_class)
            in_class = true;
        else if (c == ']' && in_class)
            in_class = false;
        else if (c == '(' && !in_class && text.substr(i, 2) == "(?") {
            out += '(';
            i = text[i + 2] == '<' ? text.find('>', i) : text.find(':', i);
            continue;
        } else if (c == '?' && !in_class && i > 0 && (text[i - 1] == '?' || text[i - 1] == '+' || text[i - 1] == '*' || text[i - 1] == '}')) {
            continue;
        }
        const bool letter = std::isalpha(static_cast<unsigned char>(c)) != 0;
        if (any_case && letter && !in_class)
            out += std::string{'[', static_cast<char>(std::tolower(c)), static_cast<char>(std::toupper(c)), ']'};
        else if (any_case && letter && text[std::min(i + 1, text.size() - 1)] != '-' && text[i - 1] != '-')
            out += std::string{static_cast<char>(std::tolower(c)), static_cast<char>(std::toupper(c))};
        else
            out += c;
    }
    return out;
}

int print_patterns(std::string_view whose)
{
    for (const SearchPattern& pattern : RuleSet::builtin().patterns())
        std::cout << (whose == "grep" ? for_grep(pattern.text) : for_rg(pattern.text)) << "\n";
    return 0;
}

int scan(const char* path)
{
    const auto finder = LineFinder::load(embedded_search_tables());
    const int fd = open(path, O_RDONLY);
    if (!finder || fd < 0)
        return 1;
    LineFinder::Space space{*finder};
    std::vector<char> buffer(block);
    long matches = 0;
    const LineFinder::Found count = [&](std::size_t, std::size_t) { ++matches; };
    for (ssize_t size = 0; (size = read(fd, buffer.data(), buffer.size())) > 0;)
        finder->find({buffer.data(), static_cast<std::size_t>(size)}, space, count);
    std::cout << matches << "\n";
    return 0;
}

int more_rules(const std::string& folder, int times)
{
    for (int copy = 1; copy <= times; ++copy) {
        std::ofstream out{folder + "/more-" + std::to_string(copy) + ".yaml"};
        int number = 0;
        for (const Rule& rule : builtin_rules()) {
            out << "- {id: more-" << copy << "-" << ++number << ", title: t, area: x, cause: c, patterns: [";
            for (const auto* texts : {&rule.patterns, &rule.present, &rule.absent, &rule.settled})
                for (const std::string& text : *texts) {
                    if (text.find_first_of("^$") != text.npos)
                        continue;  // nothing may follow it
                    std::string quoted;
                    for (const char c : text + " copy " + std::to_string(copy))
                        quoted += c == '\'' ? "''" : std::string(1, c);
                    out << "'" << quoted << "', ";
                }
            out << "'never seen " << copy << " " << number << "']}\n";
        }
        if (!out.flush())
            return 1;
    }
    return 0;
}

}  // namespace

int main(int count, char** words)
{
    const std::vector<std::string> arguments(words, words + count);
    if (count == 4 && arguments[1] == "generate")
        return generate(arguments[2], std::stoull(arguments[3]));
    if (count == 3 && arguments[1] == "patterns")
        return print_patterns(arguments[2]);
    if (count == 3 && arguments[1] == "scan")
        return scan(words[2]);
    if (count == 4 && arguments[1] == "rules")
        return more_rules(arguments[2], std::stoi(arguments[3]));
    return 2;
}
