#include "arrows.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <map>
#include <regex>
#include <set>
#include <sstream>

namespace gpupass {
namespace {

namespace fs = std::filesystem;

// A folder may link and include what stands in an earlier layer; the folders of one layer do not know each other.
const std::map<std::string, int> layers = {{"model", 0}, {"knowledge", 1}, {"rules", 2}, {"transport", 3}, {"hosts", 4},
                                           {"apply", 5}, {"diagnose", 5},  {"guest", 5}, {"display", 5},
                                           {"cli", 6},   {"web", 6}};

// Outside of transport nobody opens sockets or starts processes.
const std::regex network_or_process{
    R"(#\s*include\s*<(sys/socket|sys/un|netinet/|arpa/|netdb|poll|sys/epoll|sys/wait|spawn|libssh/|curl/|libvirt/))"
    R"(|\b(popen|posix_spawnp?|execvp?e?|execlp?e?|system|v?fork)\s*\()"};

// Files are for transport, and for those who keep the state folder, read a person's files or speak to a terminal.
const std::regex file_access{
    R"(#\s*include\s*<(unistd\.h|fcntl\.h|sys/file|sys/stat|sys/mman|dirent|fstream)|\b(fopen|freopen)\s*\()"
    R"(|\b(fs|std::filesystem)::(exists|create_|remove|rename|copy|resize_|permissions|is_|file_size|last_write|read_sym|(recursive_)?directory_iterator))"};
const std::set<std::string> may_touch_files = {
    "apply/journal.cpp", "apply/lock.cpp",     "apply/run.cpp",  // the state folder
    "cli/change.cpp",    "cli/demo_stage.cpp", "cli/host_choice.cpp", "cli/open_host.cpp", "cli/real_surroundings.cpp",
    "cli/own_rules.cpp", "cli/prompts.cpp",    "cli/secrets.cpp",   "cli/undo.cpp",       "cli/verify.cpp"};

// What runs in the guest is a program of its own, without transport: it reads its system, and starts itself for each API.
bool is_own_program(const std::string& file) { return file.starts_with("guest/linux/") || file.starts_with("guest/windows/"); }

struct Folder {
    std::string path;             // hosts/esxi
    std::set<std::string> links;  // targets, as written
    std::set<std::string> tests;  // sources of its test program
};
using Folders = std::map<std::string, Folder>;  // by target: hosts_esxi

std::string read(const fs::path& file)
{
    std::ifstream in{file};
    return {std::istreambuf_iterator<char>{in}, {}};
}

std::string target_of(std::string path)
{
    std::ranges::replace(path, '/', '_');
    return path;
}

/// The words of one `folder(...)`: what stands after LINK and PRIVATE are its arrows.
Folder read_folder(const std::string& words)
{
    std::istringstream in{words};
    Folder folder;
    in >> folder.path;
    std::string list;
    for (std::string word; in >> word;) {
        if (word == "SOURCES" || word == "TESTS" || word == "LINK" || word == "PRIVATE")
            list = word;
        else if (list == "TESTS")
            folder.tests.insert(word);
        else if (list != "SOURCES" && !word.contains("::"))
            folder.links.insert(word);
    }
    return folder;
}

Folders read_folders(const fs::path& root)
{
    static const std::regex comment{"#[^\n]*"};
    static const std::regex call{R"(\bfolder\s*\(([^)]*)\))"};
    Folders folders;
    for (const auto& entry : fs::recursive_directory_iterator{root}) {
        if (entry.path().filename() != "CMakeLists.txt")
            continue;
        const std::string text = std::regex_replace(read(entry.path()), comment, "");
        for (std::sregex_iterator found{text.begin(), text.end(), call}, end; found != end; ++found) {
            Folder folder = read_folder((*found)[1].str());
            folders.emplace(target_of(folder.path), std::move(folder));
        }
    }
    return folders;
}

/// All folders that `target` sees: what it links, and what those link.
std::set<std::string> seen_from(const Folders& folders, const std::string& target)
{
    std::set<std::string> seen;
    std::vector<std::string> open{target};
    while (!open.empty()) {
        const std::string next = open.back();
        open.pop_back();
        const auto folder = folders.find(next);
        if (folder == folders.end() || !seen.insert(folder->second.path).second)
            continue;
        open.insert(open.end(), folder->second.links.begin(), folder->second.links.end());
    }
    return seen;
}

int layer_of(const std::string& path)
{
    const auto found = layers.find(path.substr(0, path.find('/')));
    return found == layers.end() ? -1 : found->second;
}

/// Down to an earlier layer, or inside one layer between a folder and one around it: hosts/esxi/ssh to hosts/esxi.
bool points_down(const std::string& from, const std::string& to)
{
    return from == to || layer_of(to) < layer_of(from) || from.starts_with(to + "/") || to.starts_with(from + "/");
}

void check_links(const Folders& folders, std::vector<std::string>& complaints)
{
    for (const auto& [target, folder] : folders) {
        if (layer_of(folder.path) < 0) {
            complaints.push_back(folder.path + " is in no layer");
            continue;
        }
        for (const std::string& link : folder.links)
            if (const auto to = folders.find(link); to != folders.end() && !points_down(folder.path, to->second.path))
                complaints.push_back(folder.path + " links " + to->second.path + ": arrows point down");
    }
}

void check_includes(const Folder& folder, const std::string& file, const std::string& text, const Folders& folders,
                    std::vector<std::string>& complaints)
{
    static const std::regex include{R"(#\s*include\s*"([^"]+)/[^"/]+")"};
    const std::set<std::string> seen = seen_from(folders, target_of(folder.path));
    for (std::sregex_iterator found{text.begin(), text.end(), include}, end; found != end; ++found) {
        const std::string to = (*found)[1].str();
        if (!points_down(folder.path, to))
            complaints.push_back(file + " includes " + to + ": arrows point down");
        else if (!seen.contains(to))
            complaints.push_back(file + " includes " + to + ", which " + folder.path + " does not link");
    }
}

void check_reach(const std::string& file, const std::string& text, std::vector<std::string>& complaints)
{
    std::smatch found;
    if (is_own_program(file))
        return;
    if (std::regex_search(text, found, network_or_process))
        complaints.push_back(file + " reaches the network or a process: " + found.str());
    if (!may_touch_files.contains(file) && std::regex_search(text, found, file_access))
        complaints.push_back(file + " touches files: " + found.str());
}

bool is_source(const fs::path& file) { return file.extension() == ".cpp" || file.extension() == ".hpp"; }

}  // namespace

std::vector<std::string> arrow_complaints(const fs::path& source_root)
{
    static const std::regex comment{"//[^\n]*"};
    const Folders folders = read_folders(source_root);
    std::vector<std::string> complaints;
    check_links(folders, complaints);
    for (const auto& [target, folder] : folders)
        for (const auto& entry : fs::directory_iterator{source_root / folder.path}) {
            if (!is_source(entry.path()))
                continue;
            const std::string name = entry.path().filename().string();
            const std::string file = folder.path + "/" + name;
            const std::string text = std::regex_replace(read(entry.path()), comment, "");
            check_includes(folder, file, text, folders, complaints);
            if (folder.path != "transport" && !folder.tests.contains(name))
                check_reach(file, text, complaints);
        }
    return complaints;
}

}  // namespace gpupass
