#include "hosts/linux/boot/shell.hpp"

#include <algorithm>
#include <utility>

namespace gpupass::linux_host::boot {

namespace {

class Reader {
public:
    explicit Reader(std::string_view text) : text_(text) {}

    std::vector<ShellStatement> read()
    {
        while (skip_to_statement())
            read_statement();
        return std::move(statements_);
    }

private:
    std::string_view rest() const { return text_.substr(at_); }
    bool at_end() const { return at_ >= text_.size(); }

    void advance(std::size_t count)
    {
        line_ += static_cast<std::size_t>(std::ranges::count(text_.substr(at_, count), '\n'));
        at_ = std::min(at_ + count, text_.size());
    }

    void skip_blanks() { advance(std::min(rest().find_first_not_of(" \t"), rest().size())); }
    void skip_line() { advance(std::min(rest().find('\n'), rest().size())); }

    /// Over blanks, empty lines and comments. False at the end of the text.
    bool skip_to_statement()
    {
        while (!at_end()) {
            advance(std::min(rest().find_first_not_of(" \t\n"), rest().size()));
            if (!rest().starts_with('#'))
                return !at_end();
            skip_line();
        }
        return false;
    }

    /// `export NAME=...` assigns all the same.
    void skip_export()
    {
        if (!rest().starts_with("export ") && !rest().starts_with("export\t"))
            return;
        advance(6);
        skip_blanks();
    }

    void read_statement()
    {
        ShellStatement statement{.line = line_};
        const std::size_t before = at_;
        skip_export();
        const std::size_t name = shell_name_length(rest());
        const std::string_view sign = rest().substr(name).starts_with("+=") ? "+=" : "=";
        if (name > 0 && rest().substr(name).starts_with(sign)) {
            statement.name = rest().substr(0, name);
            statement.appends = sign == "+=";
            advance(name + sign.size());
            read_value(statement);
        } else if (at_ > before && name > 0) {
            advance(name);  // `export NAME` changes nothing
            finish(statement);
            if (statement.unclear.empty())
                return;
        } else {
            distrust(statement, "not an assignment");
        }
        statements_.push_back(std::move(statement));
    }

    void read_value(ShellStatement& statement)
    {
        ShellValue value = read_shell_value(rest());
        statement.value_begin = at_;
        statement.value_size = value.size;
        statement.quotes = value.quotes;
        statement.parts = std::move(value.parts);
        statement.unclear = std::move(value.unclear);
        advance(value.size);
        if (value.broken.empty())
            finish(statement);
        else
            distrust(statement, std::move(value.broken));
    }

    /// Behind a statement there may be a comment; anything else makes a command of it.
    void finish(ShellStatement& statement)
    {
        const std::size_t before = at_;
        skip_blanks();
        if (at_ > before && rest().starts_with('#'))
            skip_line();
        if (rest().starts_with(';') && !rest().starts_with(";;"))
            advance(1);
        else if (!at_end() && !rest().starts_with('\n'))
            distrust(statement, "more than an assignment");
    }

    /// The statement may do anything, and what stands behind it on its line is part of it.
    void distrust(ShellStatement& statement, std::string why)
    {
        statement.name.clear();
        statement.parts.clear();
        statement.unclear = std::move(why);
        skip_line();
    }

    std::string_view text_;
    std::size_t at_{};
    std::size_t line_{1};
    std::vector<ShellStatement> statements_;
};

}  // namespace

std::vector<ShellStatement> read_shell(std::string_view text) { return Reader{text}.read(); }

}  // namespace gpupass::linux_host::boot
