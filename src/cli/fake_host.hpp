#pragma once

#include "cli/program.hpp"
#include "hosts/host.hpp"

#include <filesystem>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

// For the tests of cli/: a host that lives in memory and surroundings to look at afterwards.

namespace gpupass::cli {

/// What a FakeHost stands for; outlives the hosts opened on it.
struct FakeWorld {
    HostFacts facts;
    std::vector<Blocker> blockers;
    std::vector<Warning> warnings;
    std::string failing_step;       // its apply() fails
    std::optional<Error> probe_error;
    int applied{};
};

/// One GPU at 0000:00:02.0 that the console holds, a NIC at 0000:02:00.0, VMs debian (off) and windows11 (off).
FakeWorld nuc_world();

std::unique_ptr<Host> make_fake_host(FakeWorld& world);

/// Runs the program in a fresh state folder on fake hosts. `fake:NAME` opens worlds[NAME]; `sim:NAME`
/// too, with the Linux guest linux+ssh://user@guest.
class Desk {
public:
    Desk();
    ~Desk();
    Desk(const Desk&) = delete;
    Desk& operator=(const Desk&) = delete;

    /// Words are split at blanks. Output of the call before is forgotten.
    int run(const std::string& words);
    std::string out() const { return out_.str(); }
    std::string err() const { return err_.str(); }
    /// What a person at a terminal types from now on.
    void types(const std::string& lines);

    std::map<std::string, FakeWorld> worlds;
    std::map<std::string, std::shared_ptr<Machine>> guests;  // by URI
    std::filesystem::path folder;

private:
    std::istringstream in_;
    std::ostringstream out_;
    std::ostringstream err_;
    bool has_person_{};
};

}  // namespace gpupass::cli
