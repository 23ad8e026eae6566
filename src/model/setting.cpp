#include "model/setting.hpp"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <set>

namespace gpupass {

namespace {

bool is_pattern(const Want& want)
{
    return !want.value && want.key.ends_with(".*");
}

bool needs_escape(char c)
{
    return c == '.' || c == '%' || static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

std::string escape(std::string_view name)
{
    std::string out;
    for (const char c : name) {
        if (!needs_escape(c)) {
            out += c;
            continue;
        }
        char hex[4];
        std::snprintf(hex, sizeof hex, "%%%02X", static_cast<unsigned>(static_cast<unsigned char>(c)));
        out += hex;
    }
    return out;
}

/// Undoes escape(); a % that escape() cannot have written stays as it is.
std::string unescape(std::string_view text)
{
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        unsigned value{};
        const char* begin = text.data() + i + 1;
        if (text[i] == '%' && i + 2 < text.size() && std::from_chars(begin, begin + 2, value, 16).ptr == begin + 2) {
            out += static_cast<char>(value);
            i += 2;
        } else {
            out += text[i];
        }
    }
    return out;
}

bool value_holds(const Value& value, const Want& want)
{
    return value && want.value && *value == *want.value;
}

}  // namespace

bool holds(const Settings& settings, const Want& want)
{
    const auto found = settings.find(want.key);
    if (found == settings.end())
        return !want.value;
    const bool in_effect = want.configured_only || value_holds(found->second.effective, want);
    return in_effect && value_holds(found->second.configured, want);
}

bool is_configured(const Settings& settings, const Want& want)
{
    const auto found = settings.find(want.key);
    if (found == settings.end())
        return !want.value;
    return value_holds(found->second.configured, want);
}

std::vector<Want> expand(const Settings& settings, const std::vector<Want>& wants)
{
    std::vector<Want> out;
    std::set<std::string_view> named;
    for (const Want& want : wants)
        named.insert(want.key);
    for (const Want& want : wants) {
        if (!is_pattern(want)) {
            out.push_back(want);
            continue;
        }
        const std::string prefix = want.key.substr(0, want.key.size() - 1);
        for (auto it = settings.lower_bound(prefix); it != settings.end() && it->first.starts_with(prefix); ++it)
            if (!named.contains(it->first))
                out.push_back({it->first, std::nullopt});
    }
    return out;
}

std::string kernel_key(std::string_view option)
{
    return "kernel." + std::string{option};
}

std::string owner_key(std::string_view pci_address)
{
    return "pci." + std::string{pci_address} + ".owner";
}

std::string vm_key(std::string_view vm_name, std::string_view key)
{
    return "vm." + escape(vm_name) + "." + std::string{key};
}

std::optional<VmKey> split_vm_key(std::string_view key)
{
    if (!key.starts_with("vm."))
        return std::nullopt;
    key.remove_prefix(3);
    const auto dot = key.find('.');
    if (dot == std::string_view::npos || dot + 1 == key.size())
        return std::nullopt;
    return VmKey{unescape(key.substr(0, dot)), std::string{key.substr(dot + 1)}};
}

}  // namespace gpupass
