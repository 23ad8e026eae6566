#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

// Faults on order, from the command line and from a file that is read again at each connection.

namespace gpupass::sim {

class Faults {
public:
    /// Each spec is NAME or NAME:VALUE.
    Faults(std::vector<std::string> specs, std::filesystem::path file);

    void reload();
    /// The value of a fault that stands ("" without one); nullopt when it was not ordered.
    std::optional<std::string> find(const std::string& name) const;
    bool has(const std::string& name) const { return find(name).has_value(); }
    /// All values of a fault that may be ordered several times.
    std::vector<std::string> all(const std::string& name) const;
    /// The same, and it is used up: gone from the file too.
    std::optional<std::string> take(const std::string& name);

    static bool is_known(const std::string& spec);
    static const std::vector<std::string>& names();

private:
    std::vector<std::string> ordered_;
    std::vector<std::string> in_file_;
    std::filesystem::path file_;
};

/// The number in a fault's value, or `otherwise`.
double fault_number(const std::optional<std::string>& value, double otherwise);

}  // namespace gpupass::sim
