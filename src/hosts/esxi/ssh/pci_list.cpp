#include "hosts/esxi/ssh/pci_list.hpp"

#include "hosts/esxi/text.hpp"

#include <algorithm>
#include <array>

namespace gpupass::esxi {

namespace {

Result<std::uint16_t> hex_field(const Fields& fields, std::string_view name)
{
    const auto field = need_field(fields, name);
    if (!field)
        return std::unexpected(field.error());
    if (const auto value = parse_hex16(field->value))
        return *value;
    return bad_text(field->line, name, "not a 16-bit hexadecimal number: `" + excerpt(field->value, 40) + "`");
}

/// An id that may be missing; 0 then, and when it is no number.
std::uint16_t optional_hex(const Fields& fields, std::string_view name)
{
    return parse_hex16(value_of(fields, name)).value_or(0);
}

/// "PCI 0:232:0:0" is segment, bus, slot and function in decimal: 0000:e8:00.0.
std::optional<PciAddress> decimal_address(std::string_view text)
{
    if (!text.starts_with("PCI "))
        return std::nullopt;
    text.remove_prefix(4);
    constexpr std::array<std::int64_t, 4> most{0xffff, 0xff, 0x1f, 7};
    std::array<std::int64_t, 4> part{};
    for (std::size_t i = 0; i < part.size(); ++i) {
        const auto colon = i + 1 < part.size() ? text.find(':') : text.size();
        const auto value = colon == std::string_view::npos ? std::nullopt : parse_int(text.substr(0, colon));
        if (!value || *value < 0 || *value > most[i])
            return std::nullopt;
        part[i] = *value;
        text.remove_prefix(std::min(colon + 1, text.size()));
    }
    return PciAddress{static_cast<std::uint16_t>(part[0]), static_cast<std::uint8_t>(part[1]),
                      static_cast<std::uint8_t>(part[2]), static_cast<std::uint8_t>(part[3])};
}

Result<std::optional<PciAddress>> address_field(const Fields& fields, std::string_view name)
{
    const Field* field = find_field(fields, name);
    if (!field || field->value.empty() || equals_ignoring_case(field->value, "none"))
        return std::nullopt;
    if (const auto address = decimal_address(field->value))
        return address;
    return bad_text(field->line, name, "not a decimal PCI address: `" + excerpt(field->value, 40) + "`");
}

/// "Unknown" as configured owner is a function that was never configured: the host has it.
std::string owner_of(std::string_view text, bool configured)
{
    if (text == "VM Passthru")
        return "passthrough";
    return text == "VMkernel" || (configured && text == "Unknown") ? "host" : "";
}

std::string_view known(std::string_view text)
{
    return text == "None" || text == "N/A" ? std::string_view{} : text;
}

Result<void> read_ids(const Fields& fields, PciDevice& device)
{
    const auto vendor = hex_field(fields, "Vendor ID");
    const auto id = hex_field(fields, "Device ID");
    const auto class_code = hex_field(fields, "Device Class");
    for (const auto* value : {&vendor, &id, &class_code})
        if (!*value)
            return std::unexpected(value->error());
    device.id = {*vendor, *id};
    device.class_code = *class_code;
    device.subsystem = {optional_hex(fields, "SubVendor ID"), optional_hex(fields, "SubDevice ID")};
    return {};
}

Result<PciRecord> read_record(const PciAddress& address, const Fields& fields)
{
    PciRecord record;
    PciDevice& device = record.device;
    device.address = address;
    if (const Field* field = find_field(fields, "Address"); field && parse_pci_address(field->value) != address)
        return bad_text(field->line, "Address", "not the address the record began with");
    if (auto ids = read_ids(fields, device); !ids)
        return std::unexpected(ids.error());
    device.vendor_name = as_utf8(value_of(fields, "Vendor Name"));
    device.device_name = as_utf8(value_of(fields, "Device Name"));
    device.driver = known(value_of(fields, "Module Name"));
    device.configured_owner = owner_of(value_of(fields, "Configured Owner"), true);
    device.current_owner = owner_of(value_of(fields, "Current Owner"), false);
    device.passthrough_capable = parse_bool(value_of(fields, "Passthru Capable"));
    device.reset_method = value_of(fields, "Reset Method");
    record.vmkernel_name = value_of(fields, "VMkernel Name");
    const auto parent = address_field(fields, "Parent Device");
    const auto dependent = address_field(fields, "Dependent Device");
    if (!parent || !dependent)
        return std::unexpected(parent ? dependent.error() : parent.error());
    record.parent = *parent;
    record.dependent = *dependent;
    return record;
}

}  // namespace

Result<std::vector<PciRecord>> parse_pci_list(std::string_view text)
{
    const auto lines = split_lines(text);
    const auto begins = [](const TextLine& line) { return parse_pci_address(trim(line.text)).has_value(); };
    std::vector<PciRecord> records;
    for (auto first = std::ranges::find_if(lines, begins); first != lines.end();) {
        const auto next = std::find_if(first + 1, lines.end(), begins);
        const auto address = parse_pci_address(trim(first->text));
        auto record = read_record(*address, fields_of(std::span{first + 1, next}));
        if (!record)
            return at(std::move(record.error()), "device " + to_string(*address) + " (line " + std::to_string(first->number) + ")");
        records.push_back(std::move(*record));
        first = next;
    }
    if (records.empty())
        return bad_text(0, "", "no device in `" + excerpt(text, 60) + "`");
    return records;
}

std::map<PciId, std::string> parse_passthru_map(std::string_view text)
{
    std::map<PciId, std::string> entries;
    for (const TextLine& line : split_lines(text)) {
        std::vector<std::string_view> words;
        for (std::string_view rest = trim(line.text); !rest.empty();) {
            const auto blank = rest.find_first_of(" \t");
            words.push_back(rest.substr(0, blank));
            rest = blank == std::string_view::npos ? std::string_view{} : trim(rest.substr(blank));
        }
        if (words.size() < 3 || words[0].starts_with('#'))
            continue;
        const auto vendor = parse_hex16(words[0]);
        const auto device = parse_hex16(words[1]);
        if (vendor && device && *vendor != 0xffff && *device != 0xffff)
            entries[{*vendor, *device}] = std::string{words[2]} + " " + std::string{words.size() > 3 ? words[3] : "default"};
    }
    return entries;
}

}  // namespace gpupass::esxi
