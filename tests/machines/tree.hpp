#pragma once

#include "transport/libvirt.hpp"
#include "transport/machine.hpp"

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

// A machine as a text that a person can write, made a tree of files below a folder: what the local machine reads is what the
// kernel shows, by the same code as on a real one. Lines:
//
//   # a comment
//   pci ADDRESS VENDOR:DEVICE CLASS DRIVER GROUP [NAME=VALUE]...   `-` for none; values: `;` between several
//   file PATH            the lines up to `end` are its text
//   link PATH TARGET
//   folder PATH NAME...  with empty files of these names
//   open PID NAME PATH [CGROUP]   a process that has a device file open
//   domain NAME STATE MEMORY_MIB OS [ADDRESS]...   a VM of libvirt with functions of the host; OS: debian, win11
//   no-libvirt TEXT      what libvirt says instead of an answer
//   attach ADDRESS VM [start] [persist] [move] [accept=WHAT]...    to be planned

namespace gpupass::test {

struct Wish {
    std::string line;  // as it stands there
    std::vector<std::string> words;
};

class Tree {
public:
    /// Writes the tree below `root`. Throws std::runtime_error with the line's number for a line of another form.
    Tree(const std::string& text, std::filesystem::path root);

    std::unique_ptr<Machine> machine() const;
    const std::vector<Wish>& wishes() const { return wishes_; }
    const std::string& title() const { return title_; }

private:
    void add_line(const std::vector<std::string>& words, const std::string& line);
    void add_pci(const std::vector<std::string>& words);
    void add_value(const std::filesystem::path& device, const std::string& name, const std::string& value);
    void add_domain(const std::vector<std::string>& words);
    void write(const std::string& path, const std::string& text) const;
    void link(const std::string& path, const std::string& target) const;

    std::filesystem::path root_;
    std::string title_;
    std::vector<LibvirtDomain> domains_;
    std::string no_libvirt_;
    std::vector<Wish> wishes_;
    int opened_{};
};

}  // namespace gpupass::test
