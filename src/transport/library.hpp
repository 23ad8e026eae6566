#pragma once

#include <string>

// Libraries by dlopen: what only some commands need would make all of them start slower when linked.

namespace gpupass {

class Library {
public:
    /// Loads it for good.
    explicit Library(const char* name);
    /// Sets `function`; null and a word in missing() when the library does not have it.
    template <class Function>
    void find(const char* name, Function*& function)
    {
        function = reinterpret_cast<Function*>(address(name));
    }
    /// Why it cannot be used; "" when it can.
    const std::string& missing() const { return missing_; }

private:
    void* address(const char* name);
    void* handle_{};
    std::string missing_;
};

}  // namespace gpupass
