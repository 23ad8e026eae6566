#include "guest/linux/vaapi/display.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

// Counts and texts come from the driver, and are bounded.

namespace gpupass::guest::vaapi {

namespace {

constexpr std::size_t most_lines = 32;
constexpr std::size_t longest_line = 300;
constexpr int most_listed = 256;

std::string bounded(const char* text) { return text ? std::string{text, strnlen(text, longest_line)} : ""; }

void remember(void* messages, const char* text) { static_cast<Messages*>(messages)->add(text); }

/// How many entries a driver may write; it says so itself.
std::size_t room(int most, const char* what)
{
    if (most < 1 || most > most_listed)
        throw VaError{fmt::format("the driver speaks of {} {}", most, what)};
    return static_cast<std::size_t>(most);
}

template <class Value>
void cut(std::vector<Value>& list, int count)
{
    list.resize(std::min(list.size(), static_cast<std::size_t>(std::max(count, 0))));
}

std::string without_prefix(const std::string& text, const std::string& prefix)
{
    return text.rfind(prefix, 0) == 0 ? text.substr(prefix.size()) : text;
}

}  // namespace

void Messages::add(const char* text) noexcept
{
    try {
        std::string line = bounded(text);
        line.erase(std::find(line.begin(), line.end(), '\n'), line.end());
        if (!line.empty() && lines_.size() < most_lines)
            lines_.push_back(std::move(line));
    } catch (const std::bad_alloc&) {  // C code called
    }
}

/// libva 2.2 to 2.22: "Trying to open /usr/lib/x86_64-linux-gnu/dri/iHD_drv_video.so" (va.c, va_openDriver)
std::vector<std::string> Messages::tried() const
{
    const std::string words = "Trying to open ";
    std::vector<std::string> files;
    for (const std::string& line : lines_)
        if (line.rfind(words, 0) == 0)
            files.push_back(line.substr(words.size()));
    return files;
}

Display::File::File(const std::string& path) : number{open(path.c_str(), O_RDWR | O_CLOEXEC)}
{
    if (path.empty())
        throw VaError{"the GPU has no render node"};
    if (number < 0)
        throw VaError{fmt::format("cannot open {}: {}", path, std::strerror(errno))};
}

Display::File::~File() { close(number); }

Display::Display(const VaLibrary& library, const std::string& render_node) : va_{library}, file_{render_node}
{
    handle_ = va_.get_display(file_.number);
    if (!handle_)
        throw VaError{"libva-drm takes " + render_node + " for no GPU"};
    va_.on_error(handle_, remember, &messages_);
    va_.on_info(handle_, remember, &messages_);
    int major{};
    int minor{};
    const VAStatus status = va_.initialize(handle_, &major, &minor);
    version_ = fmt::format("VA-API {}.{}", major, minor);
    if (status == VA_STATUS_SUCCESS)
        return;
    const std::string why = why_not(status);
    va_.terminate(handle_);
    throw VaError{why};
}

Display::~Display() { va_.terminate(handle_); }

/// The files that libva wanted tell which package is missing; what was said after them, why one that is there did not work.
std::string Display::why_not(VAStatus status) const
{
    std::string why = fmt::format("vaInitialize failed with {} ({})", status, bounded(va_.error_text(status)));
    if (const auto files = messages_.tried(); !files.empty())
        why += fmt::format("; libva wanted {}", fmt::join(files, ", "));
    else
        why += "; libva knows no driver for it";
    for (const std::string& line : messages_.lines())
        if (line.find("failed") != std::string::npos || line.find("has no function") != std::string::npos)
            why += "; " + line;
    return why;
}

std::string Display::vendor() const { return bounded(va_.vendor(handle_)); }

std::vector<Ability> Display::abilities() const
{
    std::vector<VAProfile> profiles(room(va_.most_profiles(handle_), "profiles"));
    int count{};
    check(va_.profiles(handle_, profiles.data(), &count), "vaQueryConfigProfiles");
    cut(profiles, count);
    std::vector<Ability> abilities;
    for (const VAProfile profile : profiles) {
        std::vector<VAEntrypoint> entrypoints(room(va_.most_entrypoints(handle_), "entrypoints"));
        if (va_.entrypoints(handle_, profile, entrypoints.data(), &count) != VA_STATUS_SUCCESS)
            continue;  // the other profiles are none the worse
        cut(entrypoints, count);
        for (const VAEntrypoint entrypoint : entrypoints)
            if (abilities.size() < most_listed)
                abilities.push_back({profile, entrypoint});
    }
    return abilities;
}

std::string Display::name(const Ability& ability) const
{
    const std::string profile = bounded(va_.profile_text(ability.profile));
    const std::string entrypoint = bounded(va_.entrypoint_text(ability.entrypoint));
    return without_prefix(profile, "VAProfile") + ":" + without_prefix(entrypoint, "VAEntrypoint");
}

unsigned Display::attribute(const Ability& ability, VAConfigAttribType type) const
{
    VAConfigAttrib attribute{type, VA_ATTRIB_NOT_SUPPORTED};
    const VAStatus status = va_.attributes(handle_, ability.profile, ability.entrypoint, &attribute, 1);
    return status == VA_STATUS_SUCCESS ? attribute.value : VA_ATTRIB_NOT_SUPPORTED;
}

}  // namespace gpupass::guest::vaapi
