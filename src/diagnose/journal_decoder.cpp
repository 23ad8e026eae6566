#include "diagnose/journal_decoder.hpp"

#include "model/text.hpp"

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <utility>

namespace gpupass {
namespace {

using namespace std::string_view_literals;

constexpr std::size_t max_line = 256 * 1024;

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
            append_utf8(hex(rest.substr(i + 1)), text);
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

}  // namespace

std::unique_ptr<Decoder> make_journal_export_decoder() { return std::make_unique<JournalExport>(); }
std::unique_ptr<Decoder> make_journal_json_decoder() { return std::make_unique<JournalJson>(); }

}  // namespace gpupass
