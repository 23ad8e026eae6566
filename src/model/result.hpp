#pragma once

#include <expected>
#include <iosfwd>
#include <string>
#include <utility>
#include <vector>

namespace gpupass {

/// What a caller can do about a failure. The CLI maps kinds to exit codes (see cli/exit_code.hpp).
enum class ErrorKind {
    failed,        // it was tried and did not work
    usage,         // the words of the command are wrong
    blocked,       // a fact forbids it; a person must change the fact
    unreachable,   // no connection, or it broke
    unauthorised,  // host key, certificate, password or key refused
    busy,          // another gpupass, or an unfinished run, holds the host
    timeout,       // a deadline passed
    not_found,     // no such device, VM, file, rule
    unsupported,   // this platform or version cannot do it
    parse,         // foreign text was not what its format promises
    interrupted,   // the person asked to stop
    changed,       // what was probed is not what is there now
    unknown,       // a recording does not have the answer
};

/// "unreachable", "parse" ...: stable words, used in JSON.
std::string to_string(ErrorKind kind);

/// An expected failure: what, where, what next. Carries no secret, ever.
struct Error {
    ErrorKind kind{ErrorKind::failed};
    std::string what;                // one fact, no capital, no full stop: "device is busy"
    std::vector<std::string> where;  // innermost first: line, file, device, step, host
    std::string next;                // what a person can do now; empty when we do not know
    bool operator==(const Error&) const = default;
};

std::ostream& operator<<(std::ostream& out, const Error& error);

template <class T>
using Result = std::expected<T, Error>;

inline std::unexpected<Error> fail(ErrorKind kind, std::string what, std::string next = {})
{
    return std::unexpected(Error{.kind = kind, .what = std::move(what), .where = {}, .next = std::move(next)});
}

/// Adds a place on the way up and leaves the cause as it was.
inline std::unexpected<Error> at(Error error, std::string place)
{
    error.where.push_back(std::move(place));
    return std::unexpected(std::move(error));
}

}  // namespace gpupass
