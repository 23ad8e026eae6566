#pragma once

#include "diagnose/decoder.hpp"

#include <memory>

namespace gpupass {

/// `journalctl -o export`
std::unique_ptr<Decoder> make_journal_export_decoder();
/// `journalctl -o json`
std::unique_ptr<Decoder> make_journal_json_decoder();

}  // namespace gpupass
