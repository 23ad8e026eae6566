#include "cli/exit_code.hpp"

namespace gpupass::cli {

int exit_code(ErrorKind kind)
{
    switch (kind) {
    case ErrorKind::usage: return exit_usage;
    case ErrorKind::blocked: return exit_blocked;
    case ErrorKind::unreachable:
    case ErrorKind::unauthorised:
    case ErrorKind::timeout: return exit_unreachable;
    case ErrorKind::busy:
    case ErrorKind::interrupted: return exit_open;
    case ErrorKind::failed:
    case ErrorKind::not_found:
    case ErrorKind::unsupported:
    case ErrorKind::parse:
    case ErrorKind::changed:
    case ErrorKind::unknown: return exit_failed;
    }
    return exit_failed;
}

}  // namespace gpupass::cli
