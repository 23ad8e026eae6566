#pragma once

#include "model/facts.hpp"
#include "model/result.hpp"
#include "transport/machine.hpp"

#include <cstddef>
#include <functional>
#include <string>

// Many hosts behind one address, read in bulk.

namespace gpupass {

/// One of them. `group`: the cluster it is in, "" when it stands alone.
struct FleetHost {
    std::string name;
    std::string group;
};

class Fleet {
public:
    virtual ~Fleet() = default;
    /// How many there are.
    virtual Result<std::size_t> size(Deadline deadline) = 0;
    /// Facts of every host, one after another by name; those of one host may be an error, the others come all the same. What
    /// costs a question a host stays unknown. `group`: only the hosts of that one; "" takes all.
    virtual Result<void> probe_all(const std::string& group, const std::function<void(const FleetHost&, Result<HostFacts>)>& take, Deadline deadline) = 0;
};

}  // namespace gpupass
