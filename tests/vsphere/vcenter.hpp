#pragma once

#include "integration/process.hpp"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace gpupass::test {

/// A simulated ESXi host or vCenter with its API over HTTPS, and gpupass with folders of its own.
class Vsphere {
public:
    /// `options`: arguments of the simulator.
    explicit Vsphere(const std::vector<std::string>& options);
    ~Vsphere();
    Vsphere(const Vsphere&) = delete;
    Vsphere& operator=(const Vsphere&) = delete;

    /// Runs `gpupass --host THIS ARGS...`; `inner` is a host behind a vCenter.
    Finished gpupass(std::vector<std::string> args, const std::string& inner = {}, Launch how = {});
    /// The same and its standard output as JSON, with the exit code as "exit".
    nlohmann::json gpupass_json(std::vector<std::string> args, const std::string& inner = {}, Launch how = {});

    /// Tells the simulator what shall go wrong, see its control.go.
    void order(const nlohmann::json& what);
    nlohmann::json counters();
    /// Waits until the simulator answers again.
    void settle();

    std::string uri(const std::string& inner = {}) const;
    std::string address() const;  // 127.0.0.1:PORT
    void trust();                 // pins the certificate
    const nlohmann::json& access() const { return access_; }
    std::filesystem::path folder;
    std::filesystem::path requests() const { return folder / "requests"; }  // what was sent, see tests/vsphere/check_requests.py

private:
    std::string control(const std::string& request);
    int keep_alive_{-1};
    std::unique_ptr<Background> simulator_;
    nlohmann::json access_;
};

/// What undo must bring back, as `inspect --json` shows it.
nlohmann::json essence_of(nlohmann::json inspected);

}  // namespace gpupass::test
