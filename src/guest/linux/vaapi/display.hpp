#pragma once

#include "guest/linux/vaapi/library.hpp"

#include <string>
#include <vector>

namespace gpupass::guest::vaapi {

/// What libva and its driver say, instead of printing it; bounded.
class Messages {
public:
    void add(const char* text) noexcept;
    const std::vector<std::string>& lines() const { return lines_; }
    /// The driver files that libva tried to open.
    std::vector<std::string> tried() const;

private:
    std::vector<std::string> lines_;
};

struct Ability {
    VAProfile profile{};
    VAEntrypoint entrypoint{};
};

/// The driver of a render node, opened. Throws VaError with what libva wanted when that fails.
class Display {
public:
    Display(const VaLibrary& library, const std::string& render_node);
    Display(const Display&) = delete;
    Display& operator=(const Display&) = delete;
    ~Display();
    const VaLibrary& va() const { return va_; }
    VADisplay handle() const { return handle_; }
    std::string vendor() const;
    std::string version() const { return version_; }  // "VA-API 1.17"
    std::vector<Ability> abilities() const;
    std::string name(const Ability& ability) const;  // "H264High:EncSlice"
    /// The value of an attribute; VA_ATTRIB_NOT_SUPPORTED when the driver does not know it.
    unsigned attribute(const Ability& ability, VAConfigAttribType type) const;
    void check(VAStatus status, const char* call) const { must(va_, status, call); }

private:
    struct File {
        explicit File(const std::string& path);
        File(const File&) = delete;
        File& operator=(const File&) = delete;
        ~File();
        int number;
    };
    std::string why_not(VAStatus status) const;
    const VaLibrary& va_;
    File file_;
    Messages messages_;
    VADisplay handle_{};
    std::string version_;
};

}  // namespace gpupass::guest::vaapi
