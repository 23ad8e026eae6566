#include "transport/script.hpp"

#include "transport/script_parts.hpp"

#include <sys/random.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <random>
#include <ranges>

namespace gpupass {
namespace {

constexpr std::size_t longest_code_line = 8;  // " 255\n", with room
constexpr std::size_t longest_preamble = 500;

bool is_harmless(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view{"_-./:,+@%"}.contains(c);
}

std::string octal(int mode)
{
    std::array<char, 8> text{};
    std::snprintf(text.data(), text.size(), "%04o", static_cast<unsigned>(mode) & 07777u);
    return text.data();
}

std::string render(const ReadFile& query)
{
    if (query.tail)
        return "tail -c " + std::to_string(*query.tail) + ' ' + quote_word(query.path);
    return "cat " + quote_word(query.path);
}

std::string render(const ReadLink& query) { return "readlink " + quote_word(query.path); }
std::string render(const ListDir& query) { return "ls -1A " + quote_word(query.path); }

/// The name of the program is quoted even when it is harmless letters that the shell would take for its own grammar.
std::string render_program(const std::string& name)
{
    constexpr std::array<std::string_view, 16> words{"if",   "then", "else", "elif",   "fi",       "do",     "done", "case",
                                                     "esac", "for",  "while", "until", "function", "select", "in",   "time"};
    return std::ranges::find(words, name) == words.end() ? quote_word(name) : "'" + name + "'";
}

std::string render(const Run& query)
{
    std::string command = render_program(query.argv.front());
    for (const auto& word : query.argv | std::views::drop(1))
        command += ' ' + quote_word(word);
    if (query.input.empty())
        return command + " </dev/null";
    return "printf '%s' " + quote_word(query.input) + " | " + command;
}

/// Compare and swap without checksum tools. $(...) drops newlines at the end, so both sides of the comparison end in x.
std::string render(const WriteFile& query)
{
    const std::string path = quote_word(query.path);
    const std::string fresh = quote_word(new_name(query.path));
    const std::string fill = "printf '%s' " + quote_word(query.content) + " >" + fresh;
    const std::string clean_up = " && mv " + fresh + ' ' + path + " || { rm -f " + fresh + "; false; }; fi";
    const std::string head = "if [ -L " + path + " ] || [ ";
    if (!query.expected)
        return head + "-e " + path + " ]; then (exit 3); else rm -f " + fresh + " && (umask 077; " + fill + ") && chmod " +
               octal(query.mode) + ' ' + fresh + clean_up;
    return head + "\"$(cat " + path + " && echo x)\" != " + quote_word(*query.expected + "x") +
           " ]; then (exit 3); else rm -f " + fresh + " && cp -p " + path + ' ' + fresh + " && " + fill + clean_up;
}

std::string render(const Present& query)
{
    std::string words;
    for (const std::string& path : query.paths)
        words += ' ' + quote_word(path);
    return "(for p in" + words + "; do if [ -d \"$p\" ]; then [ -n \"$(ls -A \"$p\" 2>/dev/null)\" ] || continue; else [ -e \"$p\" ] || continue; fi; "
           "printf '%s\\n' \"$p\"; done)";
}

std::string render(const FindOpen& query) { return render_find_open(query); }
std::string render(const ReadEach& query) { return render_read_each(query); }
std::string render(const Poke& query) { return render_poke(query); }
std::string render(const Libvirt& query) { return render_libvirt(query); }
std::string render(const Http&) { return "(exit 127)"; }  // no web service is asked by SSH

std::string marker_lines(std::string_view mark)
{
    const std::string name{mark};
    return "printf '\\n%s %d\\n' " + name + " $?; printf '\\n%s\\n' " + name + " >&2\n";
}

}  // namespace

std::string quote_word(std::string_view word)
{
    if (!word.empty() && std::ranges::all_of(word, is_harmless))
        return std::string{word};
    std::string out = "'";
    for (const char c : word)
        c == '\'' ? out += "'\\''" : out += c;
    return out += '\'';
}

std::string new_name(std::string_view path)
{
    return std::string{path} + ".gpupass-new";
}

std::string render_script(std::span<const Query> queries, std::string_view mark, std::string_view after)
{
    std::string script = marker_lines(mark);
    for (const Query& query : queries) {
        const auto* each = std::get_if<ReadEach>(&query);
        script +=
            (each ? render_read_each(*each, after) : std::visit([](const auto& q) { return render(q); }, query)) + '\n';
        script += marker_lines(mark);
        after = {};
    }
    return script;
}

SectionParser::SectionParser(std::string_view mark, bool has_code, std::size_t limit)
    : marker_{"\n" + std::string{mark}}, has_code_{has_code}, limit_{limit}
{
}

void SectionParser::keep(std::string_view text)
{
    if (!started_) {
        preamble_ += text.substr(0, longest_preamble - preamble_.size());
        return;
    }
    const auto room = limit_ - current_.text.size();
    current_.text += text.substr(0, room);
    current_.truncated |= text.size() > room;
}

void SectionParser::finish(int exit_code)
{
    if (started_) {
        current_.exit_code = exit_code;
        complete_.push_back(std::move(current_));
    }
    started_ = true;
    current_ = {};
}

std::optional<bool> SectionParser::take_marker_line()
{
    const auto tail = std::string_view{buffer_}.substr(marker_.size());
    const auto end = tail.substr(0, longest_code_line).find('\n');
    if (end == tail.npos)
        return tail.size() < longest_code_line ? std::nullopt : std::optional{false};
    int code{};
    const auto word = tail.substr(0, end);
    if (has_code_) {
        const auto stop = word.data() + word.size();
        if (word.size() < 2 || word.front() != ' ' || std::from_chars(word.data() + 1, stop, code).ptr != stop || code < 0 || code > 255)
            return false;
    } else if (!word.empty())
        return false;
    finish(code);
    buffer_.erase(0, marker_.size() + end + 1);
    return true;
}

bool SectionParser::feed(std::string_view data)
{
    buffer_ += data;
    while (true) {
        const auto found = buffer_.find(marker_);
        if (found == buffer_.npos)
            break;
        keep(std::string_view{buffer_}.substr(0, found));
        buffer_.erase(0, found);
        const auto taken = take_marker_line();
        if (!taken || !*taken)
            return !taken;
    }
    const auto held = std::min(buffer_.size(), marker_.size() - 1);  // may be the beginning of a marker
    keep(std::string_view{buffer_}.substr(0, buffer_.size() - held));
    buffer_.erase(0, buffer_.size() - held);
    return true;
}

SectionParser::Section SectionParser::rest() const
{
    SectionParser copy = *this;
    copy.keep(buffer_);
    return copy.current_;
}

std::string new_mark()
{
    std::array<unsigned char, 16> bytes{};
    if (getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size()))
        for (std::random_device device; unsigned char& byte : bytes)
            byte = static_cast<unsigned char>(device());
    std::string mark;
    for (const unsigned byte : bytes)
        (mark += "0123456789abcdef"[byte >> 4]) += "0123456789abcdef"[byte & 15];
    return mark;
}

Result<std::vector<Answer>> ask_by_script(std::span<const Query> queries, std::size_t limit, const RunScript& run)
{
    for (const Query& query : queries)
        if (auto fine = check_query(query); !fine)
            return std::unexpected(fine.error());
    const std::string mark = new_mark();
    const auto outputs = run(render_script(queries, mark));
    if (!outputs)
        return std::unexpected(outputs.error());
    // In slices, and no further than there are queries: who made the streams may know the mark, and write nothing else.
    constexpr std::size_t slice = 32'768;
    const auto read = [&](SectionParser& parts, std::string_view stream) {
        for (; !stream.empty() && parts.complete().size() <= queries.size(); stream.remove_prefix(std::min(slice, stream.size())))
            if (!parts.feed(stream.substr(0, slice)))
                return false;
        return parts.complete().size() == queries.size();
    };
    SectionParser out_parts{mark, true, limit};
    SectionParser err_parts{mark, false, limit};
    if (!read(out_parts, outputs->out) || !read(err_parts, outputs->err))
        return fail(ErrorKind::failed, "the guest's shell did not run the script to its end");
    std::vector<Answer> answers;
    for (std::size_t i = 0; i < queries.size(); ++i) {
        auto& said = out_parts.complete()[i];
        auto& complained = err_parts.complete()[i];
        answers.push_back({.exit_code = said.exit_code, .out = std::move(said.text), .err = std::move(complained.text), .truncated = said.truncated || complained.truncated});
        settle(queries[i], answers.back());
    }
    return answers;
}

}  // namespace gpupass
