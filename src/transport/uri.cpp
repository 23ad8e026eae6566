#include "transport/uri.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

namespace gpupass {
namespace {

constexpr std::size_t longest_uri = 4096;

bool is_plain(char c)
{
    const auto letter = [](char x) { return (x >= 'a' && x <= 'z') || (x >= 'A' && x <= 'Z') || (x >= '0' && x <= '9'); };
    return letter(c) || c == '-' || c == '.' || c == '_' || c == '~';
}

std::string percent_encode(std::string_view text)
{
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (is_plain(c))
            out += c;
        else
            (out += '%').append({digits[byte >> 4], digits[byte & 15]});
    }
    return out;
}

std::optional<std::string> percent_decode(std::string_view text)
{
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out += text[i];
            continue;
        }
        unsigned value{};
        const std::string_view hex = text.substr(i + 1, 2);
        const auto end = hex.data() + hex.size();
        if (hex.size() != 2 || std::from_chars(hex.data(), end, value, 16).ptr != end || value == 0)
            return std::nullopt;
        out += static_cast<char>(value);
        i += 2;
    }
    return out;
}

std::unexpected<Error> bad(std::string_view uri, std::string_view why)
{
    return fail(ErrorKind::usage, "host URI '" + std::string{uri.substr(0, 200)} + "' " + std::string{why},
                "write it as esxi+ssh://USER@HOST:PORT, linux+ssh://HOST, vsphere://USER@HOST, local:, capture:FILE or sim:nuc11");
}

/// Control bytes, '@', blanks and a leading dash have no place in a host name: they are read as something else
/// further down (options, known_hosts patterns).
bool is_host_name(std::string_view host)
{
    const auto fits = [](char c) { return is_plain(c) || c == ':' || c == '%' || static_cast<unsigned char>(c) >= 0x80; };
    return !host.empty() && host.front() != '-' && host.size() <= 255 && std::ranges::all_of(host, fits);
}

bool is_user_name(std::string_view user)
{
    return user.size() <= 255 && std::ranges::none_of(user, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

/// "host", "host:22", "[::1]:22" to its two parts; the port is "" when there is none.
std::optional<std::pair<std::string_view, std::string_view>> split_port(std::string_view text)
{
    if (text.starts_with('[')) {
        const auto close = text.find(']');
        if (close == text.npos)
            return std::nullopt;
        const auto rest = text.substr(close + 1);
        if (!rest.empty() && (rest.front() != ':' || rest.size() == 1))
            return std::nullopt;
        return std::pair{text.substr(1, close - 1), rest.empty() ? rest : rest.substr(1)};
    }
    const auto colon = text.find(':');
    if (colon == text.npos)
        return std::pair{text, std::string_view{}};
    if (colon + 1 == text.size() || text.find(':', colon + 1) != text.npos)
        return std::nullopt;
    return std::pair{text.substr(0, colon), text.substr(colon + 1)};
}

Result<HostUri> parse_authority(HostUri uri, std::string_view text, std::string_view whole)
{
    if (const auto slash = text.find('/'); slash != text.npos) {
        const auto inner = percent_decode(text.substr(slash + 1));
        if (uri.scheme != "vsphere" && slash + 1 != text.size())
            return bad(whole, "has a path; a host is enough");
        if (!inner || !is_user_name(*inner) || inner->contains('/'))
            return bad(whole, "has a name after the address that is no host's");
        uri.inner = *inner;
        text.remove_suffix(text.size() - slash);
    }
    if (const auto sign = text.rfind('@'); sign != text.npos) {
        const auto user = text.substr(0, sign);
        if (user.contains(':'))
            return fail(ErrorKind::usage, "the host URI has a password in it, which every user of this computer could read",
                        "leave it out; gpupass asks for it, or give --password-file FILE");
        const auto decoded = percent_decode(user);
        if (!decoded || decoded->empty() || !is_user_name(*decoded))
            return bad(whole, "has a user name that is not one");
        uri.user = *decoded;
        text.remove_prefix(sign + 1);
    }
    const auto parts = split_port(text);
    if (!parts)
        return bad(whole, "has more colons than host:port; an IPv6 address stands in brackets");
    const auto host = percent_decode(parts->first);
    if (!host || !is_host_name(*host))
        return bad(whole, "has a host name that is not one");
    uri.host = *host;
    const auto [begin, end] = std::pair{parts->second.data(), parts->second.data() + parts->second.size()};
    if (begin != end && (std::from_chars(begin, end, uri.port).ptr != end || uri.port == 0))
        return bad(whole, "has a port that is not a number from 1 to 65535");
    return uri;
}

}  // namespace

std::string HostUri::text() const
{
    if (scheme == "local")
        return "local:";
    if (scheme == "capture" || scheme == "sim")
        return scheme + ":" + host;
    std::string out = scheme + "://";
    if (!user.empty())
        out += percent_encode(user) + "@";
    out += host.contains(':') ? "[" + host + "]" : percent_encode(host);
    if (port)
        out += ":" + std::to_string(port);
    return inner.empty() ? out : out + "/" + percent_encode(inner);
}

Result<HostUri> parse_host_uri(std::string_view text)
{
    constexpr std::array<std::string_view, 3> remote{"esxi+ssh", "linux+ssh", "vsphere"};
    const auto colon = text.find(':');
    if (text.size() > longest_uri || colon == text.npos || text.contains('\0'))
        return bad(text, "has no scheme");
    HostUri uri{.scheme = std::string{text.substr(0, colon)}, .user = {}, .host = {}};
    const auto rest = text.substr(colon + 1);
    if (uri.scheme == "local")
        return rest.empty() ? Result<HostUri>{uri} : bad(text, "has something after local:");
    if (uri.scheme == "capture" || uri.scheme == "sim") {
        uri.host = std::string{rest};
        return rest.empty() ? bad(text, "says nothing after the colon") : Result<HostUri>{uri};
    }
    if (std::ranges::find(remote, uri.scheme) == remote.end())
        return bad(text, "has a scheme that is none of esxi+ssh, linux+ssh, vsphere, local, capture, sim");
    if (!rest.starts_with("//"))
        return bad(text, "lacks // after the scheme");
    return parse_authority(std::move(uri), rest.substr(2), text);
}

}  // namespace gpupass
