#pragma once

#include "transport/machine.hpp"

#include <memory>
#include <string>

namespace gpupass {

/// libvirt of this computer. Its library is loaded with the first call, its daemon stays connected after it; when the daemon
/// was started anew, the next call connects again. Neither a daemon that hangs nor a library that is missing harms us.
class LibvirtLink {
public:
    explicit LibvirtLink(std::string uri);
    ~LibvirtLink();
    LibvirtLink(const LibvirtLink&) = delete;

    Answer answer(const Libvirt& query, Deadline deadline);

private:
    class Connection;
    std::string uri_;
    std::shared_ptr<Connection> connection_;  // a thread that was given up has the other share
};

}  // namespace gpupass
