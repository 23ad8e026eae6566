#pragma once

#include "cli/surroundings.hpp"

#include <functional>

// attach and detach on many hosts behind one address: a run a host, in the one journal.

namespace gpupass::cli {

/// What shall be so on one of the hosts. An error of kind not_found: it is not meant (it has no such GPU or VM).
using GoalOf = std::function<Result<Goal>(const Host& host, const HostFacts& facts)>;

/// What the person named, opened.
struct Address {
    HostChoice choice;
    OpenedHost opened;
    bool many{};  ///< more than one host is behind it
};
Result<Address> open_address(Context& context);

/// Plans for every host that the filters choose, shows and asks once, then changes them: as many at once as --at-once says, of one
/// cluster never two, and none any more once --stop-after of them have failed. `command` is what history calls each run.
Result<int> change_fleet(Context& context, Address& address, const std::string& command, const GoalOf& goal_of);

}  // namespace gpupass::cli
