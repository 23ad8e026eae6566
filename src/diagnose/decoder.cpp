#include "diagnose/decoder.hpp"

#include "diagnose/journal_decoder.hpp"
#include "model/text.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

namespace gpupass {
namespace {

using namespace std::string_view_literals;

constexpr std::size_t shortest_binary = 512;

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
        append_utf8(value, text);
    }

    bool big_endian_;
    std::optional<unsigned char> first_;
    std::uint32_t high_{};
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
    return head.size() >= shortest_binary && controls * 20 > std::ssize(head) - zeros;
}

EscapeFilter::State EscapeFilter::after_escape(char c)
{
    switch (c) {
    case '[': return State::control;
    case ']': return State::string;
    case '(':
    case ')': return State::one_more;
    default: return State::text;
    }
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
        case State::escape: state_ = after_escape(c); break;
        case State::one_more: state_ = State::text; break;
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
        return make_journal_export_decoder();
    if (first.starts_with('{') && first.contains("\"MESSAGE\""))
        return make_journal_json_decoder();
    if (head.contains('\r') && !head.contains('\n') && !is_binary(head))
        return std::make_unique<ReturnsOnly>();
    return nullptr;
}

}  // namespace gpupass
