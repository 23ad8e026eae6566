#pragma once

#include "transport/machine.hpp"

#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace gpupass {

/// What was asked and what came back. Knows nothing of time: a replay gives each query its recorded answer.
struct Recording {
    std::string host;  // URI of the machine, without secrets
    std::string kind;  // "esxi"
    std::map<Query, Answer> answers;
};

/// JSON text of a recording; the format is in docs/json.md. Bytes that are not UTF-8 survive.
std::string to_text(const Recording& recording);
/// Hostile input: size and nesting bounded; errors name the entry and field.
Result<Recording> parse_recording(std::string_view text);

/// The same without what must not leave the house: licence serial numbers, keys and passwords of .vmx files, what
/// guests were told (guestinfo), annotations, secrets in the XML of libvirt, the last half of MAC addresses. Sizes of texts may change.
Recording redact(Recording recording);

/// Passes everything on to `machine` and keeps reads and runs in `recording` (writes are not kept; of
/// a query that was asked twice, the last answer is).
std::unique_ptr<Machine> make_recorder(std::unique_ptr<Machine> machine, Recording& recording);
/// Answers from the recording alone; writes are refused with ErrorKind::unsupported.
std::unique_ptr<Machine> make_replay(Recording recording);

}  // namespace gpupass
