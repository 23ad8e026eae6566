#include "machines/tree.hpp"

#include "transport/local.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace gpupass::test {

namespace fs = std::filesystem;

namespace {

/// Files are the tree's, libvirt's answers the text's.
class TreeMachine : public Machine {
public:
    TreeMachine(const fs::path& root, std::vector<LibvirtDomain> domains, std::string no_libvirt)
        : local_(make_local_machine(root)), domains_(std::move(domains)), no_libvirt_(std::move(no_libvirt))
    {
    }
    std::string name() const override { return "local:"; }
    Result<std::vector<Answer>> ask(std::span<const Query> queries, Deadline deadline) override
    {
        std::vector<Answer> answers;
        for (const Query& query : queries) {
            if (std::holds_alternative<Libvirt>(query)) {
                answers.push_back(no_libvirt_.empty() ? Answer{.out = to_text(domains_), .err = {}} : Answer{.exit_code = 1, .out = {}, .err = no_libvirt_});
                continue;
            }
            auto answer = ask_one(*local_, query, deadline);
            if (!answer)
                return std::unexpected(answer.error());
            answers.push_back(std::move(*answer));
        }
        return answers;
    }

private:
    std::unique_ptr<Machine> local_;
    std::vector<LibvirtDomain> domains_;
    std::string no_libvirt_;
};

std::vector<std::string> words_of(const std::string& line)
{
    std::istringstream in{line};
    std::vector<std::string> words;
    for (std::string word; in >> word;)
        words.push_back(word);
    return words;
}

std::string with_lines(std::string text)
{
    std::ranges::replace(text, ';', '\n');
    return text + "\n";
}

std::string hostdev(const std::string& address)
{
    return fmt::format("<hostdev mode='subsystem' type='pci' managed='yes'><source><address domain='0x{}' bus='0x{}' slot='0x{}' function='0x{}'/></source></hostdev>",
                       address.substr(0, 4), address.substr(5, 2), address.substr(8, 2), address.substr(11));
}

}  // namespace

Tree::Tree(const std::string& text, fs::path root) : root_(std::move(root))
{
    std::istringstream in{text};
    int number = 0;
    for (std::string line; std::getline(in, line);) {
        ++number;
        if (line.starts_with('#') && title_.empty())
            title_ = line.substr(2);
        const auto words = line.starts_with('#') ? std::vector<std::string>{} : words_of(line);
        if (words.empty())
            continue;
        try {
            if (words[0] == "file") {
                std::string content;
                for (std::string next; std::getline(in, next) && ++number && next != "end";)
                    content += next + "\n";
                write(words.at(1), content);
            } else
                add_line(words, line);
        } catch (const std::exception& error) {
            throw std::runtime_error(fmt::format("line {}: {} ({})", number, line, error.what()));
        }
    }
}

std::unique_ptr<Machine> Tree::machine() const
{
    return std::make_unique<TreeMachine>(root_, domains_, no_libvirt_);
}

void Tree::add_line(const std::vector<std::string>& words, const std::string& line)
{
    if (words[0] == "pci")
        add_pci(words);
    else if (words[0] == "link")
        link(words.at(1), words.at(2));
    else if (words[0] == "folder") {
        fs::create_directories(root_ / words.at(1).substr(1));
        for (std::size_t i = 2; i < words.size(); ++i)
            write(words[1] + "/" + words[i], "");
    } else if (words[0] == "open") {
        write("/proc/" + words.at(1) + "/comm", words.at(2) + "\n");
        if (!fs::is_symlink(root_ / "proc" / words[1] / "exe"))
            link("/proc/" + words[1] + "/exe", "/usr/bin/" + words[2]);
        link(fmt::format("/proc/{}/fd/{}", words[1], 3 + opened_++), words.at(3));
        if (words.size() > 4)
            write("/proc/" + words[1] + "/cgroup", "0::" + words[4] + "\n");
    } else if (words[0] == "domain")
        add_domain(words);
    else if (words[0] == "no-libvirt")
        no_libvirt_ = line.substr(line.find(' ') + 1);
    else if (words[0] == "attach")
        wishes_.push_back({line, words});
    else
        throw std::runtime_error("no such word");
}

void Tree::add_pci(const std::vector<std::string>& words)
{
    const std::string device = "/sys/bus/pci/devices/" + words.at(1);
    write(device + "/vendor", "0x" + words.at(2).substr(0, 4) + "\n");
    write(device + "/device", "0x" + words.at(2).substr(5) + "\n");
    write(device + "/class", "0x" + words.at(3) + "00\n");
    write(device + "/driver_override", "(null)\n");
    if (words.at(4) != "-") {
        fs::create_directories(root_ / ("sys/bus/pci/drivers/" + words[4]));
        link(device + "/driver", "../../drivers/" + words[4]);
    }
    if (words.at(5) != "-") {
        fs::create_directories(root_ / ("sys/kernel/iommu_groups/" + words[5]));
        link(device + "/iommu_group", "../../../../kernel/iommu_groups/" + words[5]);
    }
    for (std::size_t i = 6; i < words.size(); ++i)
        add_value(device, words[i].substr(0, words[i].find('=')), words[i].substr(words[i].find('=') + 1));
}

void Tree::add_value(const fs::path& device, const std::string& name, const std::string& value)
{
    if (name == "drm" || name == "net") {
        std::istringstream names{with_lines(value)};
        for (std::string entry; std::getline(names, entry);)
            fs::create_directories(root_ / (device / name / entry).string().substr(1));
    } else if (name == "memory")  // FIRST-LAST, without 0x: the first BAR, 64 bits and prefetchable
        write(device / "resource", fmt::format("0x{:0>16} 0x{:0>16} 0x000000000014220c\n", value.substr(0, value.find('-')), value.substr(value.find('-') + 1)));
    else
        write(device / name, with_lines(value));
}

void Tree::add_domain(const std::vector<std::string>& words)
{
    const std::string& os = words.at(4);
    const std::string uuid = fmt::format("00000000-0000-4000-8000-{:012}", domains_.size() + 1);
    std::string devices;
    for (std::size_t i = 5; i < words.size(); ++i)
        devices += hostdev(words[i]);
    domains_.push_back({.uuid = uuid, .name = words.at(1), .state = words.at(2), .persistent = true,
                        .config_xml = fmt::format("<domain type='kvm'><name>{}</name><uuid>{}</uuid><metadata><libosinfo:libosinfo xmlns:libosinfo='http://libosinfo.org/xmlns/libvirt/domain/1.0'>"
                                                  "<libosinfo:os id='{}'/></libosinfo:libosinfo></metadata><memory unit='MiB'>{}</memory>"
                                                  "<os><type arch='x86_64' machine='pc-q35-7.2'>hvm</type></os><devices>{}</devices></domain>",
                                                  words[1], uuid, os == "win11" ? "http://microsoft.com/win/11" : "http://debian.org/debian/12", words.at(3), devices)});
}

void Tree::write(const std::string& path, const std::string& text) const
{
    const fs::path file = root_ / path.substr(1);
    fs::create_directories(file.parent_path());
    if (!(std::ofstream{file} << text))
        throw std::runtime_error("cannot write " + file.string());
}

void Tree::link(const std::string& path, const std::string& target) const
{
    const fs::path file = root_ / path.substr(1);
    fs::create_directories(file.parent_path());
    fs::create_symlink(target, file);
}

}  // namespace gpupass::test
