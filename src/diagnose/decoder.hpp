#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <span>
#include <string_view>

// Logs come as plain text, as Windows writes it (UTF-16), and as journald exports it. What comes out is UTF-8 with as many
// lines as went in, so that line numbers fit the file.

namespace gpupass {

class Decoder {
public:
    using Out = std::function<void(std::string_view)>;
    virtual ~Decoder() = default;
    virtual void feed(std::string_view bytes, const Out& out) = 0;
    virtual void finish(const Out& out) = 0;
};

/// Takes out what colours a terminal (CSI and OSC sequences, choices of a character set): logs are often saved with it.
class EscapeFilter {
public:
    /// The bytes as they are when there is none in them, else what is left of them, in `room`.
    std::string_view without(std::string_view bytes, std::string& room);

private:
    enum class State { text, escape, one_more, control, string };
    static State after_escape(char c);
    State state_{};
};

/// By the first bytes of a log; null: it is text already.
std::unique_ptr<Decoder> decoder_for(std::string_view head);

/// Many control characters in what is not UTF-16 and no short note: nothing that people read. NUL bytes alone do not count: a log may have
/// holes of them after a power cut.
bool is_binary(std::string_view head);
/// A Windows event log in its own binary form.
bool is_event_log(std::string_view head);

}  // namespace gpupass
