#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace gpupass::test {

struct Finished {
    int exit_code{};      // of the program; 128 + signal when a signal ended it; 124 when we did after `limit`
    std::string out;
    std::string err;
    std::chrono::milliseconds took{};
};

struct Launch {
    std::vector<std::string> argv;
    std::map<std::string, std::string> environment{};  // on top of PATH and HOME; nothing else is inherited
    std::string input{};
    std::chrono::milliseconds limit{60'000};
    std::optional<std::chrono::milliseconds> kill_after{};  // SIGKILL at that moment
    std::function<bool()> kill_when{};                           // SIGKILL once this is so
    std::function<bool()> interrupt_when{};                      // SIGINT once this is so
};

/// Runs a program without a terminal to its end, or to the moment it is killed.
Finished run(const Launch& launch);

/// All of a file; "" when there is none.
std::string read_file(const std::filesystem::path& path);

/// A new, empty folder; in memory where that can be.
std::filesystem::path make_folder();

/// A program in the background, ended with this object.
class Background {
public:
    Background(const std::vector<std::string>& argv, const std::map<std::string, std::string>& environment, const std::string& log_path);
    ~Background();
    Background(const Background&) = delete;
    Background& operator=(const Background&) = delete;
    bool is_alive() const;

private:
    int pid_;
};

}  // namespace gpupass::test
