#include "diagnose/decoder.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>

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

/// `journalctl -o export`: the text of messages; other fields become empty lines. A message of several lines stands
/// without its name, and stays as it is.
class JournalExport : public Lines {
    std::string line(std::string_view text) override
    {
        const std::size_t equals = text.find('=');
        if (equals == text.npos)
            return std::string{text};
        const std::string_view name = text.substr(0, equals);
        if (name == "MESSAGE")
            return std::string{text.substr(equals + 1)};
        return is_field_name(name) ? "" : std::string{text};
    }
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

/// `journalctl -o json`: a message a line; a line without one stays as it is.
class JournalJson : public Lines {
    std::string line(std::string_view text) override
    {
        const std::size_t name = text.find("\"MESSAGE\"");
        const std::size_t quote = name == text.npos ? name : text.find('"', name + 9);
        const bool is_text = quote != text.npos && text.substr(name + 9, quote - name - 9).find_first_not_of(" :") == text.npos;
        return is_text ? json_string(text.substr(quote + 1)) : std::string{text};
    }
};

bool looks_utf16(std::string_view head, std::size_t zero_place)
{
    std::size_t zeros = 0;
    for (std::size_t i = zero_place; i < head.size(); i += 2)
        zeros += head[i] == '\0';
    return head.size() >= 16 && zeros * 10 > head.size() * 4;
}

bool is_little_endian(std::string_view head) { return head.starts_with("\xff\xfe"sv) || looks_utf16(head, 1); }
bool is_big_endian(std::string_view head) { return head.starts_with("\xfe\xff"sv) || looks_utf16(head, 0); }

}  // namespace

bool is_event_log(std::string_view head) { return head.starts_with("ElfFile\0"sv); }

bool is_binary(std::string_view head)
{
    return head.contains('\0') && !is_little_endian(head) && !is_big_endian(head);
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
    return nullptr;
}

}  // namespace gpupass
