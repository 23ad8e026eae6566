#include "hosts/linux/libvirt/version.hpp"

#include <fmt/format.h>

#include <charconv>

namespace gpupass::linux_host {

namespace {

constexpr int largest_part = 99'999;

std::optional<int> take_number(std::string_view& text)
{
    int number{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || number < 0 || number > largest_part)
        return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return number;
}

/// The number behind a dot at the front of `text`.
std::optional<int> take_next(std::string_view& text)
{
    if (!text.starts_with('.'))
        return std::nullopt;
    text.remove_prefix(1);
    return take_number(text);
}

}  // namespace

std::string to_string(const Version& version)
{
    return fmt::format("{}.{}.{}", version.major, version.minor, version.micro);
}

std::optional<Version> parse_version(std::string_view text)
{
    const auto major = take_number(text);
    const auto minor = major ? take_next(text) : std::nullopt;
    if (!minor)
        return std::nullopt;
    return Version{*major, *minor, take_next(text).value_or(0)};
}

}  // namespace gpupass::linux_host
