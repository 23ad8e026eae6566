#include "esxcli.hpp"
#include "text.hpp"

#include <fmt/core.h>

#include <algorithm>

// A result as text, XML, CSV, key=value and JSON.

namespace gpupass::sim {

namespace {

using Shape = EsxResult::Shape;

const char* type_word(EsxField::Type type)
{
    return type == EsxField::Type::integer ? "integer" : type == EsxField::Type::boolean ? "boolean" : "string";
}

// Words stand left, numbers right; of booleans "true" is as wide as "false".
std::string cell(const EsxField& field, std::size_t width)
{
    if (field.type == EsxField::Type::boolean)
        return pad_left(pad(field.value, 5), width);
    return field.type == EsxField::Type::integer ? pad_left(field.value, width) : pad(field.value, width);
}

std::string without_trailing_blanks(std::string line)
{
    line.resize(line.find_last_not_of(' ') + 1);
    return line + "\n";
}

std::string table(const EsxResult& result)
{
    if (result.structures.empty())
        return "";
    const auto& columns = result.structures.front().fields;
    std::vector<std::size_t> widths;
    for (std::size_t i = 0; i < columns.size(); ++i) {
        widths.push_back(columns[i].name.size());
        for (const auto& row : result.structures)
            widths[i] = std::max(widths[i], row.fields[i].value.size());
    }
    if (columns.back().name == "Description")
        widths.back() = columns.back().name.size();  // the dashes of a last description are those of its name
    std::string head;
    std::string dashes;
    for (std::size_t i = 0; i < columns.size(); ++i) {
        head += (i > 0 ? "  " : "") +
            (columns[i].type == EsxField::Type::integer ? pad_left(columns[i].name, widths[i])
                                                        : pad(columns[i].name, widths[i]));
        dashes += (i > 0 ? "  " : "") + std::string(widths[i], '-');
    }
    std::string text = without_trailing_blanks(head) + dashes + "\n";
    for (const auto& row : result.structures) {
        std::string line;
        for (std::size_t i = 0; i < columns.size(); ++i)
            line += (i > 0 ? "  " : "") + cell(row.fields[i], widths[i]);
        text += without_trailing_blanks(line);
    }
    return text;
}

std::string xml_escaped(std::string text)
{
    return replaced(replaced(replaced(std::move(text), "&", "&amp;"), "<", "&lt;"), ">", "&gt;");
}

std::string json_escaped(const std::string& text)
{
    std::string result;
    for (const char c : text) {
        if (c == '"' || c == '\\')
            result += '\\';
        if (static_cast<unsigned char>(c) < 0x20)
            result += fmt::format("\\u{:04x}", static_cast<unsigned char>(c));
        else
            result += c;
    }
    return result;
}

std::string xml_fields(const EsxStructure& structure, const std::string& type_name, const std::string& indent)
{
    std::string text = fmt::format("<structure typeName=\"{}\">\n", type_name);
    for (const auto& field : structure.fields)
        text += fmt::format("{0}  <field name=\"{1}\"><{2}>{3}</{2}></field>\n", indent, without_blanks(field.name),
                            type_word(field.type), xml_escaped(field.value));
    return text + indent + "</structure>";
}

}  // namespace

std::string as_text(const EsxResult& result)
{
    if (result.shape == Shape::simple)
        return result.simple.value + "\n";
    if (result.shape == Shape::table)
        return table(result);
    std::string text;
    for (const auto& structure : result.structures) {
        if (result.shape == Shape::list)
            text += (text.empty() ? "" : "\n") + structure.title + "\n";
        for (const auto& field : structure.fields)
            text += fmt::format("   {}: {}\n", field.name, field.value);
    }
    return text;
}

std::string as_xml(const EsxResult& result)
{
    std::string text = "<output xmlns=\"http://www.vmware.com/Products/ESX/5.0/esxcli\">\n<root>";
    if (result.shape == Shape::simple)
        text += fmt::format("<{0}>{1}</{0}>", type_word(result.simple.type), xml_escaped(result.simple.value));
    else if (result.shape == Shape::structure)
        for (const auto& structure : result.structures)
            text += xml_fields(structure, result.type_name, "");
    else {
        text += "<list type=\"structure\">";
        for (const auto& structure : result.structures)
            text += xml_fields(structure, result.type_name, "");
        text += "</list>";
    }
    return text + "</root></output>\n";
}

// A row of names, then rows of values, each value with its comma.
std::string as_csv(const EsxResult& result)
{
    if (result.shape == Shape::simple)
        return result.simple.value + "\n";
    std::string text;
    for (const auto& structure : result.structures) {
        if (text.empty()) {
            for (const auto& field : structure.fields)
                text += without_blanks(field.name) + ",";
            text += "\n";
        }
        for (const auto& field : structure.fields)
            text += (field.value.contains(',') ? "\"" + field.value + "\"" : field.value) + ",";
        text += "\n";
    }
    return text;
}

std::string as_keyvalue(const EsxResult& result)
{
    if (result.shape == Shape::simple)
        return fmt::format("{}={}\n", type_word(result.simple.type), result.simple.value);
    std::string text;
    for (const auto& structure : result.structures)
        for (const auto& field : structure.fields)
            text += fmt::format("{}.{}.{}={}\n", result.type_name, without_blanks(field.name), type_word(field.type),
                                field.value);
    return text;
}

std::string as_json(const EsxResult& result)
{
    const auto value = [](const EsxField& field) {
        return field.type == EsxField::Type::string ? "\"" + json_escaped(field.value) + "\"" : field.value;
    };
    if (result.shape == Shape::simple)
        return value(result.simple) + "\n";
    std::string text;
    for (const auto& structure : result.structures) {
        text += text.empty() ? "{" : ", {";
        for (std::size_t i = 0; i < structure.fields.size(); ++i)
            text += fmt::format("{}\"{}\": {}", i > 0 ? ", " : "", without_blanks(structure.fields[i].name),
                                value(structure.fields[i]));
        text += "}";
    }
    return result.shape == Shape::structure ? text + "\n" : "[" + text + "]\n";
}

}  // namespace gpupass::sim
