#include "diagnose/decoder.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

namespace gpupass {
namespace {

using namespace std::string_view_literals;

constexpr std::size_t max_line = 256 * 1024;

void append_utf8(std::string& text, std::uint32_t code)
{
    const auto byte = [&](std::uint32_t value) { text += static_cast<char>(value); };
    if (code < 0x80) {
        byte(code);
    } else if (code < 0x800) {
        byte(0xc0 | code >> 6);
        byte(0x80 | (code & 0x3f));
    } else if (code < 0x10000) {
        byte(0xe0 | code >> 12);
        byte(0x80 | (code >> 6 & 0x3f));
        byte(0x80 | (code & 0x3f));
    } else {
        byte(0xf0 | code >> 18);
        byte(0x80 | (code >> 12 & 0x3f));
        byte(0x80 | (code >> 6 & 0x3f));
        byte(0x80 | (code & 0x3f));
    }
}

class Utf16 : public Decoder {
public:
    explicit Utf16(bool big_endian) : big_endian_{big_endian} {}

    void feed(std::string_view bytes, const Out& out) override
    {
        std::string text;
        for (const char c : bytes) {
            const auto byte = static_cast<unsigned char>(c);
            if (!first_) {
                first_ = byte;
                continue;
            }
            unit(big_endian_ ? *first_ * 256U + byte : byte * 256U + *first_, text);
            first_.reset();
        }
        out(text);
    }
    void finish(const Out&) override {}

private:
    void unit(std::uint32_t value, std::string& text)
    {
        if (value == 0xfeff)  // byte order mark
            return;
        if (value >= 0xd800 && value < 0xdc00) {
            high_ = value;
            return;
        }
        if (value >= 0xdc00 && value < 0xe000)
            value = high_ ? 0x10000 + ((high_ - 0xd800) << 10u) + (value - 0xdc00) : 0xfffd;
        high_ = 0;
        append_utf8(text, value);
    }

    bool big_endian_;
    std::optional<unsigned char> first_;
    std::uint32_t high_{};
};

/// Cuts into lines and hands each to line(); very long ones are cut off.
class Lines : public Decoder {
public:
    void feed(std::string_view bytes, const Out& out) override
    {
        std::string text;
        while (!bytes.empty()) {
            const std::size_t end = bytes.find('\n');
            open_ += bytes.substr(0, std::min(end, max_line - std::min(max_line, open_.size())));
            if (end == bytes.npos)
                break;
            text += line(open_);
            text += '\n';
            open_.clear();
            bytes.remove_prefix(end + 1);
        }
        out(text);
    }
    void finish(const Out& out) override
    {
        if (!open_.empty())
            out(line(open_));
    }

protected:
    virtual std::string line(std::string_view text) = 0;

private:
    std::string open_;
};

bool is_field_name(std::string_view text)
{
    const auto fits = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'; };
    return !text.empty() && std::ranges::all_of(text, fits);
}

/// `journalctl -o export`: the text of messages; other fields become empty lines. A field with unusual characters is its
/// name alone, then eight bytes that tell its length (little-endian), then that many bytes.
/// https://systemd.io/JOURNAL_EXPORT_FORMATS/
class JournalExport : public Decoder {
public:
    void feed(std::string_view bytes, const Out& out) override
    {
        std::string text;
        for (const char c : bytes)
            take(c, text);
        out(text);
    }
    void finish(const Out& out) override
    {
        if (!line_.empty())
            out(shown(line_));
    }

private:
    void take(char c, std::string& text)
    {
        if (data_ > 0) {
            --data_;
            if (is_message_ || c == '\n')
                text += c;
        } else if (length_bytes_ > 0) {
            length_ |= std::uint64_t{static_cast<unsigned char>(c)} << (8 * (8 - length_bytes_));
            if (--length_bytes_ == 0)
                data_ = length_;
        } else if (c != '\n') {
            if (line_.size() < max_line)
                line_ += c;
        } else {
            text += shown(line_) + '\n';
            begin_field();
            line_.clear();
        }
    }
    void begin_field()
    {
        if (!is_field_name(line_))
            return;
        is_message_ = line_ == "MESSAGE";
        length_ = 0;
        length_bytes_ = 8;
    }
    static std::string shown(const std::string& line)
    {
        constexpr auto message = "MESSAGE="sv;
        return line.starts_with(message) ? line.substr(message.size()) : "";
    }

    std::string line_;
    bool is_message_{};
    int length_bytes_{};
    std::uint64_t length_{};
    std::uint64_t data_{};
};

std::uint32_t hex(std::string_view digits)
{
    std::uint32_t value = 0;
    for (const char c : digits.substr(0, 4)) {
        const auto digit = "0123456789abcdef"sv.find(static_cast<char>(c | 0x20));
        value = value * 16 + static_cast<std::uint32_t>(digit == std::string_view::npos ? 0 : digit);
    }
    return value;
}

/// The text of a JSON string that begins behind the quotation mark at the front.
std::string json_string(std::string_view rest)
{
    std::string text;
    for (std::size_t i = 0; i < rest.size() && rest[i] != '"'; ++i) {
        if (rest[i] != '\\' || i + 1 == rest.size()) {
            text += rest[i];
            continue;
        }
        const char escaped = rest[++i];
        if (escaped == 'u') {
            append_utf8(text, hex(rest.substr(i + 1)));
            i = std::min(i + 4, rest.size() - 1);
        } else {
            text += escaped == 'n' || escaped == 'r' || escaped == 't' ? ' ' : escaped;
        }
    }
    return text;
}

/// The text of a JSON array of bytes, as journald writes messages that are no UTF-8 or have colours.
std::string json_bytes(std::string_view rest)
{
    std::string text;
    int value = 0;
    for (const char c : rest.substr(0, rest.find(']'))) {
        if (c >= '0' && c <= '9')
            value = std::min(value * 10 + (c - '0'), 255);
        else if (c == ',')
            text += static_cast<char>(std::exchange(value, 0));
    }
    text += static_cast<char>(value);
    std::ranges::replace(text, '\n', ' ');
    return text;
}

/// `journalctl -o json`: a message a line; a line without one stays as it is.
class JournalJson : public Lines {
    std::string line(std::string_view text) override
    {
        constexpr auto key = "\"MESSAGE\""sv;
        const std::size_t name = text.find(key);
        const std::size_t value = name == text.npos ? name : text.find_first_not_of(" :", name + key.size());
        if (value == text.npos)
            return std::string{text};
        if (text[value] == '"')
            return json_string(text.substr(value + 1));
        return text[value] == '[' ? json_bytes(text.substr(value + 1)) : std::string{text};
    }
};

/// Old Macs, and programs that draw over their last line: "\r" alone ends a line.
class ReturnsOnly : public Decoder {
public:
    void feed(std::string_view bytes, const Out& out) override
    {
        std::string text{bytes};
        std::ranges::replace(text, '\r', '\n');
        out(text);
    }
    void finish(const Out&) override {}
};

/// Nearly all bytes of one half are zero, and nearly none of the other.
bool looks_utf16(std::string_view head, std::size_t zero_place)
{
    std::array<std::size_t, 2> zeros{};
    for (std::size_t i = 0; i < head.size(); ++i)
        zeros[i % 2] += head[i] == '\0';
    const std::size_t half = head.size() / 2;
    return half >= 8 && zeros[zero_place] * 10 > half * 7 && zeros[1 - zero_place] * 50 <= half;
}

bool is_little_endian(std::string_view head) { return head.starts_with("\xff\xfe"sv) || looks_utf16(head, 1); }
bool is_big_endian(std::string_view head) { return head.starts_with("\xfe\xff"sv) || looks_utf16(head, 0); }

}  // namespace

bool is_event_log(std::string_view head) { return head.starts_with("ElfFile\0"sv); }

bool is_binary(std::string_view head)
{
    if (is_little_endian(head) || is_big_endian(head))
        return false;
    if (head.starts_with("\x7f" "ELF"))
        return true;
    const auto is_control = [](char c) { return c > 0 && c < ' ' && c != '\t' && c != '\n' && c != '\r' && c != '\x1b' && c != '\b'; };
    const auto controls = std::ranges::count_if(head, is_control);
    const auto zeros = std::ranges::count(head, '\0');
    return controls * 20 > std::ssize(head) - zeros;
}

std::string_view EscapeFilter::without(std::string_view bytes, std::string& room)
{
    if (state_ == State::text && !bytes.contains('\x1b'))
        return bytes;
    room.clear();
    for (const char c : bytes) {
        if (c == '\n')
            state_ = State::text;
        switch (state_) {
        case State::text:
            if (c == '\x1b')
                state_ = State::escape;
            else
                room += c;
            break;
        case State::escape: state_ = c == '[' ? State::control : c == ']' ? State::string : State::text; break;
        case State::control:
            if (c >= '@' && c <= '~')
                state_ = State::text;
            break;
        case State::string:
            if (c == '\a' || c == '\\')
                state_ = State::text;
            break;
        }
    }
    return room;
}

std::unique_ptr<Decoder> decoder_for(std::string_view head)
{
    if (is_little_endian(head))
        return std::make_unique<Utf16>(false);
    if (is_big_endian(head))
        return std::make_unique<Utf16>(true);
    const std::string_view first = head.substr(0, head.find('\n'));
    if (head.starts_with("__CURSOR="))
        return std::make_unique<JournalExport>();
    if (first.starts_with('{') && first.contains("\"MESSAGE\""))
        return std::make_unique<JournalJson>();
    if (head.contains('\r') && !head.contains('\n') && !is_binary(head))
        return std::make_unique<ReturnsOnly>();
    return nullptr;
}

}  // namespace gpupass
