#include "applets.hpp"
#include "text.hpp"

#include <fmt/core.h>
#include <regex.h>

#include <algorithm>
#include <cstring>

// cat, head, tail, grep, sort, wc, cut: programs that read text.

namespace gpupass::sim {

std::optional<std::string> read_operand(Process& process, const std::string& name)
{
    if (name.empty() || name == "-")
        return process.io.in->read_all();
    const auto path = process.shell.path(name);
    if (process.shell.disk().is_folder(path)) {
        process.fail(fmt::format("{}: read error: Is a directory", process.argv[0]));
        return std::nullopt;
    }
    auto text = process.shell.disk().read(path);
    if (text)
        return std::move(*text);
    process.fail(fmt::format("{}: {}{}: {}", process.argv[0], process.argv[0] == "grep" ? "" : "can't open '",
                             name + (process.argv[0] == "grep" ? "" : "'"), std::strerror(text.error())));
    return std::nullopt;
}

namespace {

template <class Use>
int for_each_file(Process& process, std::vector<std::string> names, Use&& use)
{
    if (names.empty())
        names.push_back("");
    int status = 0;
    for (const auto& name : names) {
        if (const auto text = read_operand(process, name))
            use(name, *text);
        else
            status = 1;
    }
    return status;
}

int cat(Process& process)
{
    const auto arguments = parse_arguments(process, "u");
    if (!arguments.unknown.empty())
        return bad_option(process, arguments);
    bool written = true;
    const int status = for_each_file(process, arguments.rest, [&](const auto&, const std::string& text) {
        written = process.print(text) && written;
    });
    return written ? status : process.fail("cat: write error: No space left on device");
}

std::string first_lines(const std::string& text, long long count)
{
    std::size_t at = 0;
    for (; count > 0 && at < text.size(); --count)
        at = std::min(text.find('\n', at), text.size() - 1) + 1;
    return text.substr(0, at);
}

std::string last_lines(const std::string& text, long long count)
{
    std::size_t at = text.ends_with('\n') ? text.size() - 1 : text.size();
    if (text.empty() || count <= 0)
        return "";
    for (;; --at) {
        if (at == 0 || (text[at - 1] == '\n' && --count == 0))
            return text.substr(at);
    }
}

int head_or_tail(Process& process)
{
    if (process.argv.size() > 1 && process.argv[1].size() > 1 && process.argv[1][0] == '-' &&
        to_number(process.argv[1].substr(1)))
        process.argv[1].insert(1, "n");
    const auto arguments = parse_arguments(process, "q", "nc");
    if (!arguments.unknown.empty())
        return bad_option(process, arguments);
    const bool bytes = arguments.values.contains('c');
    const auto wanted = arguments.values.empty() ? "10" : arguments.values.at(bytes ? 'c' : 'n');
    const bool from_start = wanted.starts_with('+');
    const auto count = to_number(from_start ? wanted.substr(1) : wanted);
    if (!count || *count < 0)
        return process.fail(fmt::format("{}: invalid number '{}'", process.argv[0], wanted));
    const bool head = process.argv[0] == "head";
    return for_each_file(process, arguments.rest, [&](const auto&, const std::string& text) {
        const auto size = std::min(static_cast<std::size_t>(*count), text.size());
        if (from_start && !head)
            process.print(bytes ? text.substr(size > 0 ? size - 1 : 0)
                                : text.substr(first_lines(text, *count - 1).size()));
        else if (bytes)
            process.print(head ? text.substr(0, size) : text.substr(text.size() - size));
        else
            process.print(head ? first_lines(text, *count) : last_lines(text, *count));
    });
}

struct Pattern {
    Pattern(const std::string& text, int flags) { valid = ::regcomp(&compiled, text.c_str(), flags) == 0; }
    ~Pattern()
    {
        if (valid)
            ::regfree(&compiled);
    }
    Pattern(const Pattern&) = delete;
    Pattern& operator=(const Pattern&) = delete;
    regex_t compiled{};
    bool valid{};
};

std::string literal(const std::string& text)
{
    std::string pattern;
    for (const char c : text) {
        if (std::string_view{"\\.[]*^$+?(){}|"}.contains(c))
            pattern += '\\';
        pattern += c;
    }
    return pattern;
}

struct Grep {
    Process& process;
    const Arguments& arguments;
    const Pattern& pattern;
    bool with_name{};
    std::size_t found{};

    bool matches(const std::string& line, regmatch_t* where) const
    {
        return (::regexec(&pattern.compiled, line.c_str(), 1, where, 0) == 0) != arguments.has('v');
    }

    void file(const std::string& name, const std::string& text)
    {
        const auto after = arguments.values.contains('A') ? to_number(arguments.values.at('A')).value_or(0) : 0;
        const auto prefix = with_name ? name + ":" : "";
        const auto lines = lines_of(text);
        std::size_t here = 0;
        long long still = 0;
        for (std::size_t i = 0; i < lines.size(); ++i) {
            regmatch_t where{};
            const bool hit = matches(lines[i], &where);
            here += hit ? 1 : 0;
            still = hit ? after + 1 : still;
            if (still-- > 0 && !arguments.has('q') && !arguments.has('c') && !arguments.has('l'))
                process.print(prefix + (arguments.has('n') ? std::to_string(i + 1) + ":" : "") +
                              (arguments.has('o') && hit
                                   ? lines[i].substr(static_cast<std::size_t>(where.rm_so),
                                                     static_cast<std::size_t>(where.rm_eo - where.rm_so))
                                   : lines[i]) +
                              "\n");
        }
        if (arguments.has('c'))
            process.print(prefix + std::to_string(here) + "\n");
        if (arguments.has('l') && here > 0)
            process.print(name + "\n");
        found += here;
    }
};

int grep(Process& process)
{
    auto arguments = parse_arguments(process, "EFivcqnloHhs", "eAm");
    if (!arguments.unknown.empty())
        return bad_option(process, arguments);
    if (!arguments.values.contains('e') && arguments.rest.empty())
        return process.fail("Usage: grep [-EFivcqnloHh] PATTERN [FILE]...", 2);
    std::string text;
    if (arguments.values.contains('e')) {
        text = arguments.values['e'];
    } else {
        text = arguments.rest.front();
        arguments.rest.erase(arguments.rest.begin());
    }
    const bool fixed = arguments.has('F');
    const Pattern pattern{fixed ? literal(text) : text,
                          (fixed || arguments.has('E') ? REG_EXTENDED : 0) | (arguments.has('i') ? REG_ICASE : 0)};
    if (!pattern.valid)
        return process.fail("grep: bad regex '" + text + "'", 2);
    Grep run{process, arguments, pattern, arguments.rest.size() > 1 || arguments.has('H'), 0};
    const int status =
        for_each_file(process, arguments.rest, [&](const auto& name, const auto& content) { run.file(name, content); });
    return status != 0 ? 2 : run.found > 0 ? 0 : 1;
}

int sort(Process& process)
{
    const auto arguments = parse_arguments(process, "urn");
    if (!arguments.unknown.empty())
        return bad_option(process, arguments);
    std::vector<std::string> all;
    const int status = for_each_file(process, arguments.rest, [&](const auto&, const std::string& text) {
        for (auto& line : lines_of(text))
            all.push_back(std::move(line));
    });
    const auto number = [](const std::string& line) { return std::atoll(line.c_str()); };
    std::ranges::stable_sort(all, [&](const auto& a, const auto& b) {
        return arguments.has('n') && number(a) != number(b) ? number(a) < number(b) : a < b;
    });
    if (arguments.has('u'))
        all.erase(std::unique(all.begin(), all.end()), all.end());
    if (arguments.has('r'))
        std::ranges::reverse(all);
    for (const auto& line : all)
        process.print(line + "\n");
    return status;
}

int wc(Process& process)
{
    const auto arguments = parse_arguments(process, "lcw");
    if (!arguments.unknown.empty())
        return bad_option(process, arguments);
    return for_each_file(process, arguments.rest, [&](const std::string& name, const std::string& text) {
        std::size_t words = 0;
        for (bool inside = false; const char c : text) {
            const bool blank = c == ' ' || c == '\n' || c == '\t';
            words += !blank && !inside ? 1 : 0;
            inside = !blank;
        }
        std::string shown;
        for (const auto& [flag, value] : {std::pair{'l', static_cast<std::size_t>(std::ranges::count(text, '\n'))},
                                          std::pair{'w', words}, std::pair{'c', text.size()}})
            if (arguments.flags.empty() || arguments.has(flag))
                shown += (shown.empty() ? "" : " ") + std::to_string(value);
        process.print(shown + (name.empty() ? "" : " " + name) + "\n");
    });
}

int cut(Process& process)
{
    const auto arguments = parse_arguments(process, "s", "df");
    const auto field = arguments.values.contains('f') ? to_number(arguments.values.at('f')) : std::nullopt;
    if (!field || *field < 1)
        return process.fail("cut: one field only: -f N [-d C]");
    const char separator = arguments.values.contains('d') ? arguments.values.at('d')[0] : '\t';
    return for_each_file(process, arguments.rest, [&](const auto&, const std::string& text) {
        for (const auto& line : lines_of(text)) {
            const auto parts = split(line, separator);
            const auto index = static_cast<std::size_t>(*field) - 1;
            process.print((parts.size() == 1 ? line : index < parts.size() ? parts[index] : "") + "\n");
        }
    });
}

}  // namespace

void add_text_programs(std::map<std::string, Program>& programs)
{
    programs["cat"] = cat;
    programs["head"] = head_or_tail;
    programs["tail"] = head_or_tail;
    programs["grep"] = grep;
    programs["sort"] = sort;
    programs["wc"] = wc;
    programs["cut"] = cut;
}

}  // namespace gpupass::sim
