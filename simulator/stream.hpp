#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

// What a program of the simulated machine reads from and writes to.

namespace gpupass::sim {

class Output {
public:
    virtual ~Output() = default;
    /// False: nobody reads any more, or there is no room.
    virtual bool write(std::string_view text) = 0;
};

/// Keeps what was written, up to a bound.
class StringOutput : public Output {
public:
    bool write(std::string_view part) override;
    std::string text;
};

class NullOutput : public Output {
public:
    bool write(std::string_view) override { return true; }
};

/// Writes to a file descriptor that it owns. `full`: the file system has no room left.
class FileOutput : public Output {
public:
    FileOutput(int fd, bool full) : fd_{fd}, full_{full} {}
    ~FileOutput() override;
    FileOutput(const FileOutput&) = delete;
    FileOutput& operator=(const FileOutput&) = delete;
    bool write(std::string_view text) override;

private:
    int fd_;
    bool full_;
};

/// Bytes that come; a script and the programs that it starts share one.
class Input {
public:
    virtual ~Input() = default;
    /// Waits for more bytes; false at the end.
    virtual bool fill() { return false; }
    std::string_view buffered() const { return std::string_view{buffer_}.substr(at_); }
    void consume(std::size_t count);
    std::string read_all();
    /// The next line with its newline; nullopt at the end.
    std::optional<std::string> read_line();

protected:
    std::string buffer_;

private:
    std::size_t at_{};
};

class StringInput : public Input {
public:
    explicit StringInput(std::string text) { buffer_ = std::move(text); }
};

struct Streams {
    std::shared_ptr<Input> in;
    std::shared_ptr<Output> out;
    std::shared_ptr<Output> err;
};

/// Tells a running script that its machine or its connection is gone.
class Interrupt {
public:
    virtual ~Interrupt() = default;
    virtual bool stopped() { return false; }
    /// False when it was cut short.
    virtual bool sleep(std::chrono::milliseconds time);
};

}  // namespace gpupass::sim
