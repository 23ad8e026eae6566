#pragma once

#include <string>

// Libraries by dlopen or LoadLibrary: a guest without them is a finding, not a program that does not start.

namespace gpupass::guest {

class Library {
public:
    /// Loads it for good: drivers start threads that nobody can end.
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

}  // namespace gpupass::guest
