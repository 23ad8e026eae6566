#include "shell.hpp"
#include "text.hpp"

#include <fnmatch.h>

#include <algorithm>

// From words of a script to arguments: variables, command substitution, splitting, patterns.

namespace gpupass::sim {

struct Shell::Field {
    std::string text;
    std::string quoted;  // as long as text: 'q' where a character was quoted
    bool exists{};       // "" is a field, an unset variable is none

    void add(std::string_view part, bool is_quoted)
    {
        text += part;
        quoted.append(part.size(), is_quoted ? 'q' : '-');
        exists = exists || is_quoted || !part.empty();
    }
};

struct Shell::Expansion {
    std::vector<Field> fields{1};

    void add_split(std::string_view part)
    {
        for (const char c : part) {
            if (c != ' ' && c != '\t' && c != '\n')
                fields.back().add({&c, 1}, false);
            else if (fields.back().exists)
                fields.emplace_back();
        }
    }
};

std::string Shell::variable(const std::string& wanted) const
{
    if (wanted == "?")
        return std::to_string(status);
    if (wanted == "#")
        return std::to_string(arguments.size());
    if (wanted == "@" || wanted == "*")
        return join(arguments, " ");
    if (wanted == "$")
        return "2099871";
    if (wanted == "0")
        return name;
    if (wanted == "PWD")
        return folder;
    if (const auto number = to_number(wanted))
        return *number >= 1 && static_cast<std::size_t>(*number) <= arguments.size()
            ? arguments[static_cast<std::size_t>(*number) - 1]
            : "";
    const auto found = variables.find(wanted);
    return found == variables.end() ? "" : found->second;
}

namespace {

// The shortest or longest match of `pattern` at the start or the end of `value`, removed.
std::string without_match(const std::string& value, const std::string& pattern, bool at_end, bool longest)
{
    const auto size = value.size();
    for (std::size_t i = 0; i <= size; ++i) {
        const auto length = longest ? size - i : i;
        const auto piece = at_end ? value.substr(size - length) : value.substr(0, length);
        if (::fnmatch(pattern.c_str(), piece.c_str(), 0) == 0)
            return at_end ? value.substr(0, size - length) : value.substr(length);
    }
    return value;
}

}  // namespace

std::string Shell::variable_with_operation(const Part& part)
{
    const std::string value = variable(part.text);
    const bool is_set = variables.contains(part.text) || !value.empty();
    const auto& op = part.operation;
    if (op == "#")
        return std::to_string(value.size());
    if (op == ":-" || op == "-")
        return (op == "-" ? is_set : !value.empty()) ? value : expand_one(*part.word);
    if (op == ":+" || op == "+")
        return (op == "+" ? is_set : !value.empty()) ? expand_one(*part.word) : "";
    return without_match(value, expand_one(*part.word, true), op[0] == '%', op.size() == 2);
}

std::string Shell::substitute(const List& list)
{
    Shell inner{*this};
    auto out = std::make_shared<StringOutput>();
    inner.io.out = out;
    status = inner.run(list);
    std::erase(out->text, '\0');
    out->text.resize(out->text.find_last_not_of('\n') + 1);
    return std::move(out->text);
}

void Shell::expand_part(const Part& part, Expansion& into)
{
    std::string value;
    switch (part.kind) {
    case Part::Kind::text: return into.fields.back().add(part.text, part.quoted);
    case Part::Kind::command: value = substitute(*part.list); break;
    case Part::Kind::arithmetic: {
        const auto result = evaluate(expand_one(*part.word), variables);
        value = result ? std::to_string(*result) : "";
        if (result)
            break;
        io.err->write(report("arithmetic syntax error") + "\n");
        flow = Flow::exit;
        status = 2;
        break;
    }
    case Part::Kind::variable:
        if (part.text == "@" && part.quoted && part.operation.empty()) {
            for (std::size_t i = 0; i < arguments.size(); ++i) {
                if (i > 0)
                    into.fields.emplace_back();
                into.fields.back().add(arguments[i], true);
            }
            return;
        }
        value = part.operation.empty() ? variable(part.text) : variable_with_operation(part);
    }
    if (part.quoted)
        into.fields.back().add(value, true);
    else
        into.add_split(value);
}

namespace {

// `text` as a pattern in which the quoted characters stand for themselves.
std::string as_pattern_text(const std::string& text, const std::string& quoted)
{
    std::string pattern;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (quoted[i] == 'q' && std::string_view{"*?[]\\"}.contains(text[i]))
            pattern += '\\';
        pattern += text[i];
    }
    return pattern;
}

bool has_pattern(const std::string& text, const std::string& quoted)
{
    for (std::size_t i = 0; i < text.size(); ++i)
        if (quoted[i] != 'q' && std::string_view{"*?["}.contains(text[i]))
            return true;
    return false;
}

}  // namespace

// Name by name; a pattern without a match stays as it is.
std::vector<std::string> Shell::matches(const Field& field) const
{
    std::vector<std::string> found{field.text.starts_with('/') ? "/" : ""};
    std::size_t at = 0;
    while (at < field.text.size()) {
        const auto end = std::min(field.text.find('/', at), field.text.size());
        const auto name_text = field.text.substr(at, end - at);
        const auto name_quoted = field.quoted.substr(at, end - at);
        at = end + 1;
        if (name_text.empty())
            continue;
        const auto pattern = as_pattern_text(name_text, name_quoted);
        std::vector<std::string> next;
        for (const auto& base : found) {
            const auto prefix = base.empty() || base.ends_with('/') ? base : base + "/";
            if (!has_pattern(name_text, name_quoted)) {
                if (disk().status(path(prefix + name_text), Disk::Last::keep))
                    next.push_back(prefix + name_text);
                continue;
            }
            const auto names = disk().list(path(prefix.empty() ? "." : prefix));
            for (const auto& entry : names ? *names : std::vector<std::string>{})
                if (::fnmatch(pattern.c_str(), entry.c_str(), FNM_PERIOD) == 0)
                    next.push_back(prefix + entry);
        }
        found = std::move(next);
    }
    return found.empty() ? std::vector{field.text} : found;
}

std::vector<std::string> Shell::expand(const std::vector<Word>& words)
{
    std::vector<std::string> result;
    for (const auto& word : words) {
        Expansion expansion;
        for (const auto& part : word.parts)
            expand_part(part, expansion);
        for (const auto& field : expansion.fields) {
            if (!field.exists)
                continue;
            if (!has_pattern(field.text, field.quoted))
                result.push_back(field.text);
            else
                for (auto& match : matches(field))
                    result.push_back(std::move(match));
        }
    }
    return result;
}

std::string Shell::expand_one(const Word& word, bool as_pattern)
{
    std::string result;
    for (Part part : word.parts) {
        Expansion expansion;
        const bool was_quoted = part.quoted;
        part.quoted = true;  // no splitting here
        expand_part(part, expansion);
        for (std::size_t i = 0; i < expansion.fields.size(); ++i) {
            const auto& text = expansion.fields[i].text;
            result += i > 0 ? " " : "";
            result += as_pattern ? as_pattern_text(text, std::string(text.size(), was_quoted ? 'q' : '-')) : text;
        }
    }
    return result;
}

}  // namespace gpupass::sim
