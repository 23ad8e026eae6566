#include "transport/ssh_config.hpp"

#include "transport/text.hpp"

#include <glob.h>

#include <algorithm>
#include <charconv>
#include <optional>

namespace gpupass {
namespace {

constexpr std::size_t largest_config = 1u << 20;
constexpr int deepest_include = 8;
constexpr int most_includes = 256;

std::string lower(std::string_view text)
{
    std::string out{text};
    std::ranges::transform(out, out.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return out;
}

bool matches(std::string_view pattern, std::string_view text)
{
    std::size_t p = 0, t = 0, star = pattern.npos, retry = 0;
    while (t < text.size()) {
        if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t]) && pattern[p] != '*') {
            ++p, ++t;
        } else if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            retry = t;
        } else if (star != pattern.npos) {
            p = star + 1;
            t = ++retry;
        } else
            return false;
    }
    return pattern.find_first_not_of('*', p) == pattern.npos;
}

/// Words of a line: blanks and one '=' after the keyword part them, quotes keep them together. nullopt: an open quote.
std::optional<std::vector<std::string>> split_words(std::string_view line)
{
    std::vector<std::string> words;
    const auto is_blank = [&](char c) { return c == ' ' || c == '\t' || c == '\r' || (c == '=' && words.size() == 1); };
    for (std::size_t i = 0; i < line.size();) {
        if (is_blank(line[i])) {
            ++i;
            continue;
        }
        if (line[i] == '#')
            break;
        if (line[i] == '"') {
            const auto close = line.find('"', i + 1);
            if (close == line.npos)
                return std::nullopt;
            words.emplace_back(line.substr(i + 1, close - i - 1));
            i = close + 1;
            continue;
        }
        const auto begin = i;
        while (i < line.size() && !is_blank(line[i]) && line[i] != '"' && !(words.empty() && line[i] == '='))
            ++i;
        words.emplace_back(line.substr(begin, i - begin));
        if (words.size() == 1 && i < line.size() && line[i] == '=')
            ++i;
    }
    return words;
}

class Reader {
public:
    Reader(std::string_view host, const IncludeReader& include) : host_{host}, include_{include} {}

    Result<void> read(const ConfigText& config, int depth)
    {
        long number = 0;
        for (std::size_t begin = 0; begin < config.text.size();) {
            const auto end = std::min(config.text.find('\n', begin), config.text.size());
            ++number;
            auto fine = take_line(std::string_view{config.text}.substr(begin, end - begin), depth);
            if (!fine)
                return at(std::move(fine.error()), printable(config.name) + " line " + std::to_string(number));
            begin = end + 1;
        }
        return {};
    }

    SshHostConfig result() && { return std::move(result_); }

private:
    enum class Block { applies, does_not, not_understood };

    Result<void> take_line(std::string_view line, int depth)
    {
        const auto words = split_words(line);
        if (!words)
            return fail(ErrorKind::parse, "a quote is not closed");
        if (words->empty())
            return {};
        const std::string keyword = lower(words->front());
        const std::vector<std::string> values{words->begin() + 1, words->end()};
        if (values.empty())
            return fail(ErrorKind::parse, "'" + printable(words->front()) + "' has no value");
        if (keyword == "host")
            block_ = matches_host_patterns(values, host_) ? Block::applies : Block::does_not;
        else if (keyword == "match")
            block_ = values.size() == 1 && lower(values[0]) == "all" ? Block::applies : Block::not_understood;
        else if (block_ != Block::does_not)
            return take_value(keyword, values, depth);
        return {};
    }

    Result<void> take_value(const std::string& keyword, const std::vector<std::string>& values, int depth)
    {
        static const std::vector<std::string_view> ours{"hostname",      "user",          "port",      "identityfile",       "identitiesonly",
                                                        "identityagent", "proxyjump",     "include",   "userknownhostsfile", "proxycommand"};
        if (std::ranges::find(ours, keyword) == ours.end())
            return {};
        if (block_ == Block::not_understood)
            return fail(ErrorKind::unsupported, "'" + keyword + "' stands in a Match block, and gpupass reads only `Match all`",
                        "write it in a Host block, or give another config");
        if (keyword == "include")
            return include(values, depth);
        if (keyword == "port")
            return take_port(values.front());
        if (keyword == "proxycommand" || keyword == "proxyjump")
            return take_proxy(keyword, values.front());
        if (keyword == "identityfile")
            result_.identity_files.push_back(values.front());
        else if (keyword == "userknownhostsfile" && result_.known_hosts_files.empty())
            result_.known_hosts_files = values;
        else if (keyword == "identitiesonly")
            identities_only_ = identities_only_.value_or(lower(values.front()) == "yes");
        else
            take_word(keyword, values.front());
        result_.identities_only = identities_only_.value_or(false);
        return {};
    }

    void take_word(const std::string& keyword, const std::string& value)
    {
        std::string* field = keyword == "hostname" ? &result_.host_name : keyword == "user" ? &result_.user : nullptr;
        if (keyword == "identityagent")
            field = &result_.identity_agent;
        if (field && field->empty())
            *field = value;
    }

    Result<void> take_port(const std::string& value)
    {
        std::uint16_t port{};
        const auto end = value.data() + value.size();
        if (std::from_chars(value.data(), end, port).ptr != end || port == 0)
            return fail(ErrorKind::parse, "Port '" + printable(value) + "' is not a number from 1 to 65535");
        if (!result_.port)
            result_.port = port;
        return {};
    }

    /// The first of the two keywords wins, as in ssh.
    Result<void> take_proxy(const std::string& keyword, const std::string& value)
    {
        if (!result_.proxy_jump.empty())
            return {};
        if (keyword == "proxycommand" && lower(value) != "none")
            return fail(ErrorKind::unsupported, "gpupass starts no ProxyCommand", "use ProxyJump where an SSH host is the way");
        result_.proxy_jump = value;
        return {};
    }

    Result<void> include(const std::vector<std::string>& patterns, int depth)
    {
        for (const auto& pattern : patterns)
            for (const auto& text : include_(pattern)) {
                if (depth >= deepest_include || ++included_ > most_includes)
                    return fail(ErrorKind::parse, "Include is nested too deeply or names too many files");
                const Block outside = block_;
                if (auto fine = read(text, depth + 1); !fine)
                    return fine;
                block_ = outside;
            }
        return {};
    }

    std::string host_;
    const IncludeReader& include_;
    Block block_{Block::applies};
    std::optional<bool> identities_only_;
    int included_{};
    SshHostConfig result_;
};

std::vector<ConfigText> read_all(const std::filesystem::path& folder, std::string_view pattern)
{
    std::filesystem::path path{pattern};
    if (pattern.starts_with("~/"))
        path = home_folder() / pattern.substr(2);
    else if (path.is_relative())
        path = folder / path;
    std::vector<ConfigText> found;
    glob_t names{};
    if (glob(path.c_str(), 0, nullptr, &names) == 0)
        for (std::size_t i = 0; i < names.gl_pathc; ++i)
            if (auto text = read_small_file(names.gl_pathv[i], largest_config))
                found.push_back({names.gl_pathv[i], std::move(*text)});
    globfree(&names);
    return found;
}

}  // namespace

bool matches_host_patterns(const std::vector<std::string>& patterns, std::string_view host)
{
    bool found = false;
    for (const std::string_view pattern : patterns) {
        const bool negated = pattern.starts_with('!');
        if (!matches(lower(negated ? pattern.substr(1) : pattern), lower(host)))
            continue;
        if (negated)
            return false;
        found = true;
    }
    return found;
}

Result<SshHostConfig> ssh_config_for(const ConfigText& config, std::string_view host, const IncludeReader& include)
{
    Reader reader{host, include};
    auto fine = reader.read(config, 0);
    return fine ? Result<SshHostConfig>{std::move(reader).result()} : std::unexpected(std::move(fine.error()));
}

Result<SshHostConfig> read_ssh_config(const std::filesystem::path& file, std::string_view host, bool must_exist)
{
    std::error_code ignored;
    if (!must_exist && !std::filesystem::exists(file, ignored))
        return SshHostConfig{};
    auto text = read_small_file(file, largest_config);
    if (!text)
        return fail(ErrorKind::usage, "the ssh config " + file.string() + " cannot be read", "check its name, owner and mode");
    const IncludeReader include = [&](std::string_view pattern) { return read_all(file.parent_path(), pattern); };
    return ssh_config_for({file.string(), std::move(*text)}, host, include);
}

}  // namespace gpupass
