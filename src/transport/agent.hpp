#pragma once

#include "transport/machine.hpp"

#include <memory>
#include <string>

namespace gpupass {

/// The Linux guest of a libvirt domain, by the QEMU guest agent in it: each batch is one script for the guest's /bin/sh
/// (guest-exec). `host` is asked and must outlive it; `domain` is a UUID, `label` what messages call the guest. An agent that is
/// not there, or does not allow guest-exec, is an `unsupported` error that says so.
/// Forms: https://qemu.readthedocs.io/en/latest/interop/qemu-ga-ref.html
std::unique_ptr<Machine> make_agent_machine(Machine& host, std::string domain, std::string label);

}  // namespace gpupass
