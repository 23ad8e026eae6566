#include "integration/world.hpp"

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>
#include <stdexcept>
#include <thread>

namespace gpupass::test {

namespace fs = std::filesystem;
using nlohmann::json;

namespace {

/// Keys that the host writes by itself whenever a VM changes power.
bool is_hosts_own(const std::string& line)
{
    return line.starts_with("cleanShutdown");
}

std::multiset<std::string> lines_of(const std::string& text)
{
    std::multiset<std::string> lines;
    std::istringstream stream{text};
    for (std::string line; std::getline(stream, line);)
        if (!is_hosts_own(line))
            lines.insert(line);
    return lines;
}

}  // namespace

World::World(std::vector<std::string> options) : folder(make_folder())
{
    fs::create_directories(folder / "sim");
    fs::create_directories(folder / "home");
    start(options);
}

World::~World()
{
    simulator_.reset();
    std::error_code ignored;
    fs::remove_all(folder, ignored);
}

void World::start(const std::vector<std::string>& options)
{
    std::vector<std::string> argv{GPUPASS_SIM, "--state", (folder / "sim").string(), "--reboot-time", "0.2"};
    argv.insert(argv.end(), options.begin(), options.end());
    const fs::path access = folder / "sim" / "access.json";
    fs::remove(access);
    simulator_ = std::make_unique<Background>(argv, std::map<std::string, std::string>{{"HOME", folder / "home"}}, folder / "sim.log");
    for (int i = 0; i < 3000 && simulator_->is_alive(); ++i) {
        if (fs::exists(access)) {
            access_ = json::parse(read_file(access));
            return;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds{10});
    }
    throw std::runtime_error("gpupass-sim did not start: " + read_file(folder / "sim.log"));
}

void World::restart(std::vector<std::string> options)
{
    simulator_.reset();
    const int port = access_.at("host_port");
    options.insert(options.end(), {"--port", std::to_string(port)});
    start(options);
}

std::string World::uri(const std::string& host) const
{
    return "esxi+ssh://root@" + host + ":" + std::to_string(access_.at("host_port").get<int>());
}

Launch World::launch(const std::vector<std::string>& args) const
{
    Launch launch;
    launch.argv = {GPUPASS, "--host", uri(), "--identity", access_.at("identity"), "--known-hosts", access_.at("known_hosts")};
    launch.argv.insert(launch.argv.end(), args.begin(), args.end());
    launch.environment = {{"HOME", folder / "home"}, {"XDG_STATE_HOME", folder / "state"}, {"XDG_CONFIG_HOME", folder / "config"}};
    return launch;
}

Finished World::gpupass(std::vector<std::string> args, const Launch& how)
{
    Launch full = launch(args);
    full.kill_after = how.kill_after;
    full.kill_when = how.kill_when;
    full.interrupt_when = how.interrupt_when;
    full.limit = how.limit;
    full.input = how.input;
    full.environment.insert(how.environment.begin(), how.environment.end());
    return run(full);
}

json World::gpupass_json(std::vector<std::string> args, const Launch& how)
{
    args.push_back("--json");
    const Finished finished = gpupass(args, how);
    json document = json::parse(finished.out, nullptr, false);
    if (document.is_discarded())
        throw std::runtime_error("no JSON (exit " + std::to_string(finished.exit_code) + "): " + finished.out + finished.err);
    document["exit"] = finished.exit_code;
    return document;
}

void World::set_faults(const std::vector<std::string>& faults)
{
    std::ofstream file{folder / "sim" / "faults.new"};
    for (const std::string& fault : faults)
        file << fault << '\n';
    file.close();
    fs::rename(folder / "sim" / "faults.new", folder / "sim" / "faults");
}

json World::calls() const
{
    return json::parse(read_file(folder / "sim" / "calls.json"));
}

void World::settle() const
{
    for (int i = 0; i < 3000; ++i) {
        const json world = json::parse(read_file(folder / "sim" / "world.json"), nullptr, false);
        if (!world.is_discarded() && world.at("up") && world.at("events").empty())
            return;
        std::this_thread::sleep_for(std::chrono::milliseconds{10});
    }
    throw std::runtime_error("the simulated host does not come to rest");
}

std::string World::simulator_log() const
{
    return read_file(folder / "sim.log");
}

fs::path World::datastore() const
{
    // As on the host, its name is a link to its UUID; the link's target is meant below the simulated root.
    const fs::path volumes = folder / "sim" / "disk" / "vmfs" / "volumes";
    return volumes / fs::read_symlink(volumes / "datastore1").filename();
}

std::map<std::string, std::string> World::files() const
{
    std::map<std::string, std::string> found;
    const fs::path root = datastore();
    for (const auto& entry : fs::recursive_directory_iterator{root})
        if (entry.is_regular_file() && entry.path().extension() != ".log")
            found[fs::relative(entry.path(), root).string()] = read_file(entry.path());
    return found;
}

json essence(json inspected)
{
    json out;
    out["console_gpu"] = inspected.at("host").at("console_gpu");
    for (const json& gpu : inspected.at("gpus"))
        out["gpus"].push_back({gpu.at("address"), gpu.at("owner"), gpu.at("vm"), gpu.at("state")});
    for (const json& vm : inspected.at("vms"))
        out["vms"].push_back({vm.at("name"), vm.at("power"), vm.at("memory_reserved_mb"), vm.at("viommu"), vm.at("devices")});
    return out;
}

std::string difference(const std::map<std::string, std::string>& before, const std::map<std::string, std::string>& after)
{
    std::string out;
    for (const auto& [name, text] : before) {
        const auto now = after.find(name);
        if (now == after.end()) {
            out += "lost: " + name + "\n";
            continue;
        }
        const auto was = lines_of(text);
        const auto is = lines_of(now->second);
        std::vector<std::string> gone, come;
        std::ranges::set_difference(was, is, std::back_inserter(gone));
        std::ranges::set_difference(is, was, std::back_inserter(come));
        for (const std::string& line : gone)
            out += name + " lost: " + line + "\n";
        for (const std::string& line : come)
            out += name + " gained: " + line + "\n";
    }
    for (const auto& [name, text] : after)
        if (!before.contains(name))
            out += "left behind: " + name + "\n";
    return out;
}

}  // namespace gpupass::test
