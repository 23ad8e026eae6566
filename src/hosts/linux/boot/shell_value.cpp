#include "hosts/linux/boot/shell.hpp"

#include <algorithm>
#include <utility>

namespace gpupass::linux_host::boot {

namespace {

bool is_name_char(char c)
{
    return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

constexpr std::size_t longest_expansion = 4096;

class ValueReader {
public:
    explicit ValueReader(std::string_view text) : text_(text) {}

    ShellValue read()
    {
        if (rest().starts_with('~'))
            value_.unclear = "a home directory";
        while (value_.broken.empty() && !at_end() && !std::string_view{" \t\n;"}.contains(rest().front()))
            read_piece();
        value_.size = at_;
        value_.quotes = quotes();
        return std::move(value_);
    }

private:
    std::string_view rest() const { return text_.substr(at_); }
    bool at_end() const { return at_ >= text_.size(); }

    void read_piece()
    {
        const char c = rest().front();
        if (c == '\'')
            return read_single();
        if (c == '"')
            return read_double();
        is_bare_ = true;
        if (c == '$' || c == '`')
            return read_expansion(false);
        if (std::string_view{"&|<>()"}.contains(c)) {
            value_.broken = "more than an assignment";
            return;
        }
        if (c == '\r')
            value_.unclear = "a carriage return, which the shell takes as part of the value";
        if (c == '\\')
            return read_escape("");
        add(c);
    }

    void read_single()
    {
        ++single_;
        const auto end = text_.find('\'', at_ + 1);
        if (end == std::string_view::npos)
            return never_closed();
        for (const char c : text_.substr(at_ + 1, end - at_ - 1))
            text(c);
        at_ = end + 1;
    }

    void read_double()
    {
        ++double_;
        ++at_;
        while (value_.broken.empty()) {
            if (at_end())
                return never_closed();
            const char c = rest().front();
            if (c == '"') {
                ++at_;
                return;
            }
            if (c == '$' || c == '`')
                read_expansion(true);
            else if (c == '\\')
                read_escape("$`\"\\\n");
            else
                add(c);
        }
    }

    /// `\` before one of `special` (before any character when that is empty) takes its meaning; a line end goes.
    void read_escape(std::string_view special)
    {
        const std::string_view next = rest().substr(1, 1);
        if (next.empty() || (!special.empty() && !special.contains(next.front())))
            return add('\\');
        at_ += 2;
        if (next.front() != '\n')
            text(next.front());
    }

    void read_expansion(bool in_quotes)
    {
        const bool braces = rest().starts_with("${");
        const std::size_t begin = at_ + (braces ? 2 : 1);
        const std::size_t length = rest().front() == '$' ? shell_name_length(text_.substr(begin)) : 0;
        const std::size_t end = begin + length;
        if (length > 0 && (!braces || text_.substr(end).starts_with('}'))) {
            value_.parts.push_back({std::string{text_.substr(begin, length)}, true});
            at_ = end + (braces ? 1 : 0);
            return;
        }
        const bool alone = begin >= text_.size() || std::string_view{" \t\n"}.contains(text_[begin]);
        if (rest().front() == '$' && (alone || (in_quotes && text_[begin] == '"')))
            return add('$');
        skip_expansion(in_quotes);
    }

    /// `$(...)`, backquotes, `${NAME:-...}`: gone over only where the end is beyond doubt.
    void skip_expansion(bool in_quotes)
    {
        const char second = at_ + 1 < text_.size() ? text_[at_ + 1] : ' ';
        if (rest().front() == '`')
            return skip_to('`', 1, in_quotes ? "\\\n\"" : "\\\n", "a command's output");
        if (second == '(')
            return skip_to(')', 2, in_quotes ? "(`\\\n#\"" : "(`\\\n#", "a command's output");
        if (second == '{')
            return skip_to('}', 2, "{(`\\\n\"", "an expansion");
        if (!in_quotes && (second == '\'' || second == '"'))
            value_.broken = "a quote of another kind";
        value_.unclear = "an expansion";
        add('$');
    }

    void skip_to(char last, std::size_t opening, std::string_view doubtful, std::string what)
    {
        const auto inside = text_.substr(at_ + opening, longest_expansion);
        const auto size = inside.find(last);
        const auto text = inside.substr(0, size);
        const bool open = std::ranges::count(text, '\'') % 2 || std::ranges::count(text, '"') % 2;
        if (size == std::string_view::npos || open || text.find_first_of(doubtful) != std::string_view::npos) {
            value_.broken = what + " that cannot be told from what follows";
            return;
        }
        value_.unclear = std::move(what);
        at_ += opening + size + 1;
    }

    void never_closed()
    {
        value_.broken = "a quote that is never closed";
        at_ = text_.size();
    }

    void add(char c)
    {
        text(c);
        ++at_;
    }

    void text(char c)
    {
        if (value_.parts.empty() || value_.parts.back().is_variable)
            value_.parts.push_back({});
        value_.parts.back().text += c;
    }

    ShellQuotes quotes() const
    {
        if (single_ + double_ == 0)
            return ShellQuotes::none;
        if (is_bare_ || single_ + double_ > 1)
            return ShellQuotes::mixed;
        return single_ ? ShellQuotes::one : ShellQuotes::two;
    }

    std::string_view text_;
    std::size_t at_{};
    ShellValue value_;
    std::size_t single_{};
    std::size_t double_{};
    bool is_bare_{};
};

}  // namespace

ShellValue read_shell_value(std::string_view text) { return ValueReader{text}.read(); }

std::size_t shell_name_length(std::string_view text)
{
    if (text.empty() || !is_name_char(text.front()) || (text.front() >= '0' && text.front() <= '9'))
        return 0;
    return static_cast<std::size_t>(std::ranges::find_if_not(text, is_name_char) - text.begin());
}

}  // namespace gpupass::linux_host::boot
