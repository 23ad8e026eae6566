#pragma once

#include "transport/libvirt_library.hpp"
#include "transport/machine.hpp"

namespace gpupass {

/// One call on an open connection. May take as long as the daemon pleases.
Answer call_libvirt(const LibvirtLibrary& library, virConnectPtr connection, const Libvirt& query);

/// What libvirt says of the call of this thread that failed just now.
Answer libvirt_failure(const LibvirtLibrary& library);

}  // namespace gpupass
