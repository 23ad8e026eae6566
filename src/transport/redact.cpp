#include "transport/recording.hpp"
#include "transport/redact.hpp"

#include <algorithm>
#include <array>

// What must not leave the house is known by its shape, wherever it stands: in a .vmx, in what vim-cmd prints of one,
// in a licence list. Domains of libvirt are XML and have their own scanner.

namespace gpupass {
namespace {

bool is_serial_char(char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }
bool is_word_char(char c) { return is_serial_char(c) || (c >= 'a' && c <= 'z') || c == '-' || c == '_'; }
bool is_hex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

std::string lower(std::string_view text)
{
    std::string out{text};
    std::ranges::transform(out, out.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return out;
}

/// XXXXX-XXXXX-XXXXX-XXXXX-XXXXX at `at`, and nothing like it before or after.
bool is_serial(std::string_view text, std::size_t at)
{
    constexpr std::size_t size = 29;
    if (text.size() - at < size || (at > 0 && is_word_char(text[at - 1])) || (text.size() - at > size && is_word_char(text[at + size])))
        return false;
    for (std::size_t i = 0; i < size; ++i)
        if (i % 6 == 5 ? text[at + i] != '-' : !is_serial_char(text[at + i]))
            return false;
    return true;
}

void hide_serials(std::string& text)
{
    for (std::size_t at = text.find('-'); at != text.npos; at = text.find('-', at + 1))
        if (at >= 5 && is_serial(text, at - 5))
            text.replace(at - 5, 29, "00000-00000-00000-00000-00000");
}

bool is_secret_key(std::string_view key)
{
    const std::string name = lower(key);
    constexpr std::array<std::string_view, 5> beginnings{"encryption.", "vtpm", "guestinfo.", "remotedisplay.vnc.password", "remotedisplay.vnc.key"};
    return name == "annotation" || std::ranges::any_of(beginnings, [&](std::string_view begin) { return name.starts_with(begin); });
}

bool is_mac_key(std::string_view key)
{
    const std::string name = lower(key);
    return name == "macaddress" || (name.starts_with("ethernet") && (name.ends_with(".address") || name.ends_with(".generatedaddress")));
}

/// `KEY = "VALUE"`, from the key to behind the closing quote. The value may go over lines.
struct Pair {
    std::string_view key;
    std::size_t begin{}, end{};  // of the value
};

/// The pair whose opening quote is at `quote`; nullopt when no key and '=' stand before it.
std::optional<Pair> pair_at(std::string_view text, std::size_t quote)
{
    std::size_t i = quote;
    const auto back_over_blanks = [&] {
        while (i > 0 && (text[i - 1] == ' ' || text[i - 1] == '\t'))
            --i;
    };
    back_over_blanks();
    if (i == 0 || text[i - 1] != '=')
        return std::nullopt;
    --i;
    back_over_blanks();
    const std::size_t key_end = i;
    while (i > 0 && (is_word_char(text[i - 1]) || text[i - 1] == '.' || text[i - 1] == ':'))
        --i;
    std::size_t end = quote + 1;
    while (end < text.size() && text[end] != '"')
        end += text[end] == '\\' ? 2 : 1;
    return Pair{text.substr(i, key_end - i), quote + 1, std::min(end, text.size())};
}

/// Of `key = "guestinfo.x", value = "..."`, as vim-cmd prints it, the value is what must go.
std::string hide_pairs(std::string_view text)
{
    std::string out;
    std::size_t done = 0;
    bool value_is_secret = false, value_is_mac = false;
    for (std::size_t quote = text.find('"'); quote != text.npos; quote = text.find('"', done)) {
        const auto pair = pair_at(text, quote);
        out += text.substr(done, quote + 1 - done);
        done = quote + 1;
        if (!pair)
            continue;
        std::string value{text.substr(pair->begin, pair->end - pair->begin)};
        const bool is_value = lower(pair->key) == "value";
        if (is_mac_key(pair->key) || (is_value && value_is_mac))
            value = hide_mac(std::move(value));
        else if ((is_secret_key(pair->key) || (is_value && value_is_secret)) && !value.empty())
            value = removed;
        value_is_secret = pair->key == "key" && is_secret_key(text.substr(pair->begin, pair->end - pair->begin));
        value_is_mac = pair->key == "key" && is_mac_key(text.substr(pair->begin, pair->end - pair->begin));
        out += value;
        out += text.substr(pair->end, 1);
        done = std::min(pair->end + 1, text.size());
    }
    return out += text.substr(done);
}

/// The last column of `vim-cmd vmsvc/getallvms` is the annotation; it may go over lines.
std::string hide_annotations(std::string_view table)
{
    std::string out;
    while (!table.empty()) {
        const auto end = std::min(table.find('\n'), table.size() - 1) + 1;
        const auto line = table.substr(0, end);
        table.remove_prefix(end);
        const bool is_row = line.front() >= '0' && line.front() <= '9';
        const auto version = is_row ? line.rfind(" vmx-") : line.npos;
        if (version != line.npos)
            out += std::string{line.substr(0, line.find_first_of(" \r\n", version + 1))} + "\n";
        else if (line.starts_with("Vmid") || line.starts_with("Skipping"))
            out += line;
    }
    return out;
}

bool is_vm_table(const Query& query)
{
    const auto* run = std::get_if<Run>(&query);
    return run && std::ranges::find(run->argv, "vmsvc/getallvms") != run->argv.end();
}

/// Domains of libvirt, however they were asked for.
bool is_domain_xml(const Query& query)
{
    if (const auto* file = std::get_if<ReadFile>(&query))
        return file->path.ends_with(".xml");
    const auto* run = std::get_if<Run>(&query);
    return std::holds_alternative<Libvirt>(query) ||
        (run && std::ranges::find(run->argv, "dumpxml") != run->argv.end());
}

/// MAC addresses that stand alone between two tags.
std::string hide_element_macs(std::string text)
{
    constexpr std::size_t size = 17;
    for (auto at = text.find('>'); at != text.npos; at = text.find('>', at + 1))
        if (at + size + 1 < text.size() && text[at + size + 1] == '<')
            text.replace(at + 1, size, hide_mac(text.substr(at + 1, size)));
    return text;
}

}  // namespace

std::string hide_mac(std::string value)
{
    constexpr std::size_t size = 17;
    for (std::size_t i = 0; i < value.size() && value.size() == size; ++i)
        if (i % 3 == 2 ? value[i] != ':' : !is_hex(value[i]))
            return value;
    return value.size() == size ? value.substr(0, 9) + "00:00:00" : value;
}

Recording redact(Recording recording)
{
    for (auto& [query, answer] : recording.answers) {
        if (is_vm_table(query))
            answer.out = hide_annotations(answer.out);
        for (std::string* text : {&answer.out, &answer.err}) {
            *text = is_domain_xml(query) ? hide_xml_secrets(*text) : hide_pairs(*text);
            if (std::holds_alternative<Http>(query))
                *text = hide_element_macs(std::move(*text));
            hide_serials(*text);
        }
    }
    return recording;
}

}  // namespace gpupass
