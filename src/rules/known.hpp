#pragma once

#include "model/facts.hpp"
#include "rules/condition.hpp"
#include "rules/scanner.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// What is known of the machine that a log comes from: told by the user, read from a host, or seen in the lines.

namespace gpupass {

/// What the user tells (`--fact KEY=VALUE`), in order. `context` is free text.
using Told = std::vector<std::pair<std::string, std::string>>;

class KnownFacts {
public:
    struct Value {
        std::string text;
        std::optional<Evidence> seen;  // the line that showed it
    };

    /// What was told or read from a host stands above what lines show, but for `want`, which gathers all.
    void tell(std::string key, std::string value);
    void see(const std::string& key, std::string value, const Evidence& where);
    /// All until now was told: what is seen from now on adds no further values to it.
    void told_all();
    /// nullptr: not known.
    const std::vector<Value>* find(std::string_view key) const;
    /// The value that meets the condition; nullptr: it is not known to be met. Of versions the one seen last counts; both
    /// "yes" and "no" were seen: not known.
    const Value* meeting(const Condition& condition) const;
    /// All its values meet the condition (of `want`: any). A log of two makers' GPUs does not say whose it is about.
    bool only_meets(const Condition& condition) const;

private:
    struct Entry {
        std::vector<Value> values;
        bool told{};
    };
    std::map<std::string, Entry, std::less<>> facts_;
};

/// All that is known: told, of the host (may be null), seen in the logs, and what follows from the GPUs that were named
/// (gpu.vendor, gpu.codename, gpu.sriov ...).
KnownFacts known_facts(const RuleSet& rules, const std::vector<Sightings>& logs, const Told& told, const HostFacts* host);

}  // namespace gpupass
