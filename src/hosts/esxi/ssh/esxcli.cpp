#include "hosts/esxi/ssh/esxcli.hpp"

#include "hosts/esxi/text.hpp"

#include <algorithm>

namespace gpupass::esxi {

namespace {

/// "Releasebuild-24585383" is build 24585383.
std::string build_number(std::string_view text)
{
    const auto digits = text.find_last_not_of("0123456789");
    return std::string{digits == std::string_view::npos ? text : text.substr(digits + 1)};
}

Result<std::int64_t> only_number(std::string_view text, std::string_view what)
{
    std::optional<std::int64_t> found;
    for (const TextLine& line : split_lines(text)) {
        const auto number = parse_int(trim(line.text));
        if (number && found)
            return bad_text(line.number, what, "two numbers where one is expected");
        if (number)
            found = number;
    }
    if (!found || *found < 0)
        return bad_text(0, what, "no number in " + (text.empty() ? "an empty text" : "`" + excerpt(text, 60) + "`"));
    return *found;
}

bool is_uuid(std::string_view text)
{
    constexpr std::string_view shape = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
    return std::ranges::equal(text, shape, [](char c, char form) {
        return form == '-' ? c == '-' : std::string_view{"0123456789abcdefABCDEF"}.find(c) != std::string_view::npos;
    });
}

/// Booleans as esxcli prints them in tables: any case in, capitals out.
std::string kernel_value(std::string_view text)
{
    if (equals_ignoring_case(text, "true"))
        return "TRUE";
    return equals_ignoring_case(text, "false") ? "FALSE" : std::string{text};
}

}  // namespace

Result<Version> parse_version(std::string_view text)
{
    const auto lines = split_lines(text);
    const Fields fields = fields_of(lines);
    const auto product = need_field(fields, "Product");
    if (!product)
        return std::unexpected(product.error());
    const auto version = need_field(fields, "Version");
    if (!version)
        return std::unexpected(version.error());
    if (version->value.empty() || version->value.find_first_not_of("0123456789.") != std::string_view::npos)
        return bad_text(version->line, "Version", "not a version: `" + excerpt(version->value, 40) + "`");
    return Version{std::string{product->value}, std::string{version->value}, build_number(value_of(fields, "Build"))};
}

Result<Platform> parse_platform(std::string_view text)
{
    const auto lines = split_lines(text);
    const Fields fields = fields_of(lines);
    if (!find_field(fields, "Product Name") && !find_field(fields, "UUID"))
        return bad_text(0, "Product Name", "a field is missing");
    std::string uuid;
    for (std::string_view rest = value_of(fields, "UUID"); !rest.empty();) {
        const auto blank = rest.find(' ');
        std::string_view byte = rest.substr(0, blank);
        if (byte.starts_with("0x"))
            byte.remove_prefix(2);
        // One byte may be written with one digit: 0x4.
        const std::string digits = hex_digits(byte);
        uuid += digits.size() == 1 ? "0" + digits : digits;
        rest.remove_prefix(blank == std::string_view::npos ? rest.size() : blank + 1);
    }
    return Platform{std::string{value_of(fields, "Product Name")}, std::string{value_of(fields, "Vendor Name")}, uuid};
}

Result<std::int64_t> parse_uptime_us(std::string_view text)
{
    return only_number(text, "uptime");
}

Result<std::int64_t> parse_unix_time(std::string_view text)
{
    return only_number(text, "time");
}

Result<std::string> parse_system_uuid(std::string_view text)
{
    for (const TextLine& line : split_lines(text))
        if (is_uuid(trim(line.text)))
            return lower(trim(line.text));
    return bad_text(0, "UUID", "no UUID in `" + excerpt(text, 60) + "`");
}

Result<bool> parse_maintenance(std::string_view text)
{
    for (const TextLine& line : split_lines(text)) {
        if (equals_ignoring_case(trim(line.text), "Enabled"))
            return true;
        if (equals_ignoring_case(trim(line.text), "Disabled"))
            return false;
    }
    return bad_text(0, "maintenance mode", "neither Enabled nor Disabled: `" + excerpt(text, 60) + "`");
}

Result<KernelOption> parse_kernel_option(std::string_view text, std::string_view name)
{
    const auto table = parse_table(text);
    if (!table)
        return std::unexpected(table.error());
    const auto names = table->column("Name");
    const auto configured = table->column("Configured");
    const auto runtime = table->column("Runtime");
    for (const auto* column : {&names, &configured, &runtime})
        if (!*column)
            return std::unexpected(column->error());
    for (const Table::Row& row : table->rows) {
        if (row.cells[*names] != name)
            continue;
        const KernelOption option{kernel_value(row.cells[*configured]), kernel_value(row.cells[*runtime])};
        if (option.configured.empty() || option.runtime.empty())
            return bad_text(row.line, option.runtime.empty() ? "Runtime" : "Configured", "a value is missing");
        return option;
    }
    return bad_text(0, name, "the table has no such option");
}

Result<std::map<PciAddress, bool>> parse_pcipassthru(std::string_view text)
{
    const auto table = parse_table(text);
    if (!table)
        return std::unexpected(table.error());
    const auto device = table->column("Device ID");
    const auto enabled = table->column("Enabled");
    if (!device || !enabled)
        return std::unexpected(device ? enabled.error() : device.error());
    std::map<PciAddress, bool> found;
    for (const Table::Row& row : table->rows) {
        const auto address = parse_pci_address(row.cells[*device]);
        if (!address)
            continue;
        const auto value = parse_bool(row.cells[*enabled]);
        if (!value)
            return bad_text(row.line, "Enabled", "neither true nor false: `" + excerpt(row.cells[*enabled], 40) + "`");
        found[*address] = *value;
    }
    return found;
}

Result<std::int64_t> parse_int_option(std::string_view text, std::string_view path)
{
    const auto lines = split_lines(text);
    const Fields fields = fields_of(lines);
    const auto found = need_field(fields, "Path");
    if (!found)
        return std::unexpected(found.error());
    if (found->value != path)
        return bad_text(found->line, "Path", "another option was printed: `" + excerpt(found->value, 60) + "`");
    const auto field = need_field(fields, "Int Value");
    if (!field)
        return std::unexpected(field.error());
    if (const auto value = parse_int(field->value))
        return *value;
    return bad_text(field->line, "Int Value", "not a number: `" + excerpt(field->value, 40) + "`");
}

std::map<std::string, std::string> parse_uplinks(std::string_view text)
{
    std::map<std::string, std::string> uplinks;
    std::string current;
    const auto lines = split_lines(text);
    for (const Field& field : fields_of(lines)) {
        if (field.name == "Name")
            current = field.value;
        if (field.name != "Uplinks")
            continue;
        for (std::string_view rest = field.value; !rest.empty();) {
            const auto comma = rest.find(',');
            const std::string_view nic = trim(rest.substr(0, comma));
            if (!nic.empty())
                uplinks.insert_or_assign(std::string{nic}, current);
            rest.remove_prefix(comma == std::string_view::npos ? rest.size() : comma + 1);
        }
    }
    return uplinks;
}

Result<bool> parse_chkconfig(std::string_view text, std::string_view service)
{
    for (const TextLine& line : split_lines(text)) {
        const std::string_view words = trim(line.text);
        const auto blank = words.find_first_of(" \t");
        if (blank == std::string_view::npos || words.substr(0, blank) != service)
            continue;
        const std::string_view state = trim(words.substr(blank));
        if (equals_ignoring_case(state, "on") || equals_ignoring_case(state, "off"))
            return equals_ignoring_case(state, "on");
        return bad_text(line.number, service, "neither on nor off: `" + excerpt(state, 40) + "`");
    }
    return bad_text(0, service, "the list does not have this service");
}

Result<bool> parse_bootbank(std::string_view text)
{
    for (const TextLine& line : split_lines(text)) {
        const auto arrow = line.text.find(" -> ");
        const std::string_view target = trim(arrow == std::string_view::npos ? line.text : line.text.substr(arrow + 4));
        if (target.starts_with("/vmfs/"))
            return true;
        if (target == "/tmp" || target.starts_with("/tmp/"))
            return false;
    }
    return bad_text(0, "/bootbank", "its target is neither a volume nor /tmp: `" + excerpt(text, 60) + "`");
}

}  // namespace gpupass::esxi
