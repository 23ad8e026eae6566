#include "shell.hpp"
#include "text.hpp"

#include <cctype>

// printf and the backslashes it shares with echo -e.

namespace gpupass::sim {

int printf_builtin(Process& process);
std::string unescape(std::string_view text, bool octal_needs_zero);

namespace {

struct Escape {
    std::string text;
    std::size_t length;
};

Escape number_escape(std::string_view digits, std::size_t skipped, std::size_t at_most, int base)
{
    int value = 0;
    std::size_t used = 0;
    for (; used < at_most && used < digits.size(); ++used) {
        const char c = lower(digits.substr(used, 1))[0];
        const int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : 99;
        if (digit >= base)
            break;
        value = value * base + digit;
    }
    return {std::string(1, static_cast<char>(value)), skipped + used};
}

// `text` begins with a backslash.
Escape escape_at(std::string_view text, bool octal_needs_zero)
{
    static constexpr std::string_view letters = "ntr\\abfv\"'";
    static constexpr std::string_view meanings = "\n\t\r\\\a\b\f\v\"'";
    if (text.size() < 2)
        return {"\\", 1};
    if (const auto at = letters.find(text[1]); at != letters.npos)
        return {std::string(1, meanings[at]), 2};
    if (text[1] == 'x')
        return number_escape(text.substr(2), 2, 2, 16);
    if (octal_needs_zero && text[1] == '0')
        return number_escape(text.substr(2), 2, 3, 8);
    if (!octal_needs_zero && text[1] >= '0' && text[1] <= '7')
        return number_escape(text.substr(1), 1, 3, 8);
    return {std::string{text.substr(0, 2)}, 2};
}

struct Format {
    std::string flags;
    std::size_t width{};
    std::optional<std::size_t> precision{};
    char conversion{};
};

std::string padded(std::string text, const Format& format)
{
    if (format.flags.contains('-'))
        return pad(text, format.width);
    if (!format.flags.contains('0') || format.conversion == 's')
        return pad_left(text, format.width);
    if (text.size() < format.width)
        text.insert(text.starts_with('-') ? 1 : 0, format.width - text.size(), '0');
    return text;
}

std::string in_base(unsigned long long value, unsigned base, bool upper)
{
    std::string digits;
    do
        digits.insert(digits.begin(), (upper ? "0123456789ABCDEF" : "0123456789abcdef")[value % base]);
    while ((value /= base) > 0);
    return digits;
}

class Printer {
public:
    explicit Printer(Process& process) : process_{process}, format_{process.argv[1]} {}

    int run()
    {
        do {
            const auto before = next_;
            once();
            if (next_ == before)
                break;  // the format takes no arguments
        } while (next_ < process_.argv.size());
        if (!process_.print(text_))
            return process_.fail(process_.shell.report("write error: No space left on device"));
        return status_;
    }

private:
    void once()
    {
        for (std::size_t at = 0; at < format_.size();) {
            const auto rest = std::string_view{format_}.substr(at);
            if (rest[0] == '\\') {
                const auto escape = escape_at(rest, false);
                text_ += escape.text;
                at += escape.length;
            } else if (rest[0] == '%' && rest.size() > 1 && rest[1] == '%') {
                text_ += '%';
                at += 2;
            } else if (rest[0] == '%') {
                at += conversion(rest);
            } else {
                text_ += rest[0];
                ++at;
            }
        }
    }

    std::size_t conversion(std::string_view rest)
    {
        Format format;
        std::size_t at = 1;
        const auto number = [&] {
            std::size_t value = 0;
            for (; at < rest.size() && std::isdigit(static_cast<unsigned char>(rest[at])) && value < 10000; ++at)
                value = value * 10 + static_cast<std::size_t>(rest[at] - '0');
            return value;
        };
        while (at < rest.size() && std::string_view{"-0+ #"}.contains(rest[at]))
            format.flags += rest[at++];
        format.width = number();
        if (at < rest.size() && rest[at] == '.') {
            ++at;
            format.precision = number();
        }
        format.conversion = at < rest.size() ? rest[at] : 's';
        convert(format);
        return std::min(at + 1, rest.size());
    }

    void convert(Format format)
    {
        const std::string value = next_ < process_.argv.size() ? process_.argv[next_] : "";
        ++next_;
        if (format.conversion == 's' || format.conversion == 'b') {
            std::string shown = format.conversion == 'b' ? unescape(value, true) : value;
            format.conversion = 's';
            text_ += padded(format.precision ? shown.substr(0, *format.precision) : shown, format);
        } else if (format.conversion == 'c') {
            text_ += value.substr(0, 1);
        } else if (std::string_view{"diuxXo"}.contains(format.conversion)) {
            text_ += padded(integer(value, format.conversion), format);
        } else {
            status_ = process_.fail(process_.shell.report("printf: invalid format"));
        }
    }

    std::string integer(const std::string& value, char conversion)
    {
        const bool negative = value.starts_with('-');
        const auto number = value.empty() ? 0 : to_c_number(negative ? value.substr(1) : value);
        if (!number)
            status_ = process_.fail(process_.shell.report("printf: " + value + ": invalid number"));
        const auto size = static_cast<unsigned long long>(number.value_or(0));
        if (conversion == 'x' || conversion == 'X' || conversion == 'o')
            return in_base(negative ? 0 - size : size, conversion == 'o' ? 8 : 16, conversion == 'X');
        return (negative ? "-" : "") + std::to_string(size);
    }

    Process& process_;
    std::string format_;
    std::string text_;
    std::size_t next_{2};
    int status_{};
};

}  // namespace

std::string unescape(std::string_view text, bool octal_needs_zero)
{
    std::string result;
    for (std::size_t at = 0; at < text.size();) {
        if (text[at] != '\\') {
            result += text[at++];
            continue;
        }
        const auto escape = escape_at(text.substr(at), octal_needs_zero);
        result += escape.text;
        at += escape.length;
    }
    return result;
}

int printf_builtin(Process& process)
{
    if (process.argv.size() < 2)
        return process.fail(process.shell.report("printf: usage: printf FORMAT [ARG]..."), 2);
    return Printer{process}.run();
}

}  // namespace gpupass::sim
