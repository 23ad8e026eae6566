#include "model/result.hpp"

#include <ostream>

namespace gpupass {

std::string to_string(ErrorKind kind)
{
    switch (kind) {
    case ErrorKind::failed: return "failed";
    case ErrorKind::usage: return "usage";
    case ErrorKind::blocked: return "blocked";
    case ErrorKind::unreachable: return "unreachable";
    case ErrorKind::unauthorised: return "unauthorised";
    case ErrorKind::busy: return "busy";
    case ErrorKind::timeout: return "timeout";
    case ErrorKind::not_found: return "not-found";
    case ErrorKind::unsupported: return "unsupported";
    case ErrorKind::parse: return "parse";
    case ErrorKind::interrupted: return "interrupted";
    case ErrorKind::changed: return "changed";
    case ErrorKind::unknown: return "unknown";
    }
    return "failed";
}

std::ostream& operator<<(std::ostream& out, const Error& error)
{
    out << error.what;
    for (const std::string& place : error.where)
        out << "; at " << place;
    if (!error.next.empty())
        out << "; next: " << error.next;
    return out;
}

}  // namespace gpupass
