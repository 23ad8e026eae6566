#pragma once

#include "integration/process.hpp"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace gpupass::test {

/// A simulated host of its own, and gpupass with a state folder of its own.
class World {
public:
    /// `options`: further arguments of gpupass-sim.
    explicit World(std::vector<std::string> options = {});
    ~World();
    World(const World&) = delete;
    World& operator=(const World&) = delete;

    /// Runs `gpupass --host THIS ARGS...`.
    Finished gpupass(std::vector<std::string> args, const Launch& how = {});
    /// The same and its standard output as JSON.
    nlohmann::json gpupass_json(std::vector<std::string> args, const Launch& how = {});
    /// The arguments that reach this host, and the environment.
    Launch launch(const std::vector<std::string>& args) const;
    std::string uri(const std::string& host = "127.0.0.1") const;

    void set_faults(const std::vector<std::string>& faults);
    void clear_faults() { set_faults({}); }
    /// Ends the simulator process and starts it again on the same world.
    void restart(std::vector<std::string> options = {});
    nlohmann::json calls() const;  // counters of the simulator
    /// Waits until nothing is about to happen on the host by itself: no boot, no VM on its way up or down.
    void settle() const;

    std::filesystem::path datastore() const;
    /// Every file on the datastore with its bytes; logs are left out.
    std::map<std::string, std::string> files() const;
    nlohmann::json access() const { return access_; }
    std::string simulator_log() const;  // what gpupass-sim said on its standard error

    std::filesystem::path folder;

private:
    void start(const std::vector<std::string>& options);
    std::unique_ptr<Background> simulator_;
    nlohmann::json access_;
};

/// What undo must bring back, as `inspect --json` shows it: who owns what, the VMs with their settings and devices.
nlohmann::json essence(nlohmann::json inspected);

/// What differs between the files before and after, apart from keys that the host itself writes at power changes.
/// Empty when all is as it was.
std::string difference(const std::map<std::string, std::string>& before, const std::map<std::string, std::string>& after);

}  // namespace gpupass::test
