#pragma once

#include "cli/options.hpp"
#include "cli/table.hpp"
#include "apply/journal.hpp"
#include "hosts/fleet.hpp"
#include "hosts/host.hpp"
#include "transport/recording.hpp"
#include "transport/simulator.hpp"

#include <filesystem>
#include <functional>
#include <iosfwd>
#include <map>
#include <memory>
#include <optional>
#include <string>

// Everything the commands take from outside, as values: tests give their own streams, folders and hosts.

namespace gpupass::cli {

struct Terminal {
    bool in{};   // standard input is a terminal: a person can be asked
    bool out{};  // standard output is one
    bool err{};  // standard error is one: progress bars may be drawn
    bool colour_out{};
    bool colour_err{};
    std::size_t width{80};
};

/// Where a host is and how to get in.
struct HostChoice {
    std::string label;  // what the person called it
    std::string uri;
    std::string identity;
    std::string known_hosts;
    std::string password_file;
    std::string ssh_config{};  // "" is the person's own
    std::string thumbprint{};  // of the certificate that a vsphere: host must show
    std::string ca{};          // file with the authority that signed it
    std::string ssh{};         // URI by which a vsphere: host is changed when its licence forbids it through the API
};

/// A host ready to be probed. The machine belongs to the host, the recording outlives it.
struct OpenedHost {
    std::string uri;  // without secrets; the name of this way to the host in the journal
    std::unique_ptr<Recording> recording;  // filled while the host is asked, when that was wished
    std::unique_ptr<Host> host;
    std::unique_ptr<Fleet> fleet;  // when several hosts may be behind the address; `host` works where there is one
    Machine* machine{};  // null for hosts behind the vSphere API, which have no shell and no files
    std::optional<SimulatorAccess> simulator;
    std::string ssh_config;  // for the guest, when the host had one of its own
    /// The guest of a VM, by VMware Tools, as that user; null: this host has no such way.
    std::function<std::unique_ptr<Machine>(const Vm&, const std::string& user, const std::string& password)> guest_tools;
    bool has_guest_agents{};  // its VMs may have QEMU's guest agent
    bool is_recording_only{};  // a capture: it can be read, not changed
};

struct Surroundings;

struct OpenWish {
    bool record{};
    bool may_ask{true};  // several hosts at once: nobody is asked
};
using HostOpener = std::function<Result<OpenedHost>(const HostChoice&, const OpenWish&, Surroundings&)>;
using GuestOpener = std::function<Result<std::unique_ptr<Machine>>(const HostChoice&, Surroundings&)>;

struct Surroundings {
    std::istream& in;
    std::ostream& out;
    std::ostream& err;
    Terminal terminal;
    std::filesystem::path state_folder;
    std::filesystem::path config_folder;
    std::filesystem::path program_folder;  // where gpupass itself lies; gpupass-sim lies beside it
    std::optional<std::string> password;   // GPUPASS_PASSWORD
    std::optional<std::string> guest_password;  // GPUPASS_GUEST_PASSWORD
    std::map<std::string, std::string> typed;  // passwords that the person typed, by the URI they are for
    HostOpener open;
    /// Opens the journal in the state folder. A test gives one that dies at a chosen write.
    std::function<Result<std::unique_ptr<Journal>>(const std::filesystem::path&)> open_journal = gpupass::open_journal;
    GuestOpener open_guest;

    Paint paint_out() const { return {terminal.colour_out}; }
    Paint paint_err() const { return {terminal.colour_err}; }
};

/// What a command gets.
struct Context {
    const Options& options;
    Surroundings& around;
};

}  // namespace gpupass::cli
