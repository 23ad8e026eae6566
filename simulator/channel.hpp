#pragma once

#include "shell.hpp"
#include "stream.hpp"

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

// One exec or shell request: a script that runs in a thread of its own, and the bytes between it and the connection,
// which alone speaks to libssh.

namespace gpupass::sim {

class Channel {
public:
    struct Piece {
        std::string text;
        bool is_err{};
    };

    /// `wake`: called when there is something to send or the script has ended.
    Channel(const ShellMachine& machine, std::function<bool()> lost, std::function<void()> wake);
    ~Channel();
    Channel(const Channel&) = delete;
    Channel& operator=(const Channel&) = delete;

    /// Runs `command`, or with "" what comes, line by line, behind `prompt`.
    void start(std::string command, std::string greeting, std::string prompt);
    bool started() const { return worker_.joinable(); }

    void receive(std::string_view data);
    void receive_end();
    /// Takes up to `limit` bytes that wait to be sent; an empty piece when there are none.
    Piece take(std::size_t limit);
    /// The exit status, once all output is taken.
    std::optional<int> ended();
    /// The connection is gone: the script stops where it is.
    void kill();

private:
    class In;
    class Out;
    class Stop;
    bool wait_for_input(std::string& into);
    bool send(std::string_view text, bool is_err);
    bool is_dead() const { return dead_ || lost_(); }

    const ShellMachine& machine_;
    std::function<bool()> lost_;
    std::function<void()> wake_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::string input_;
    bool input_ended_{};
    std::deque<Piece> output_;
    std::size_t waiting_{};
    std::optional<int> status_;
    std::atomic<bool> dead_{};
    std::thread worker_;
};

}  // namespace gpupass::sim
