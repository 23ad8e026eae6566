#pragma once

#include "host.hpp"
#include "shell.hpp"

#include <map>
#include <string>
#include <vector>

// esxcli: namespaces, commands, options, and its four ways to print a result.

namespace gpupass::sim {

struct EsxField {
    enum class Type { string, integer, boolean };
    std::string name;
    std::string value;
    Type type{Type::string};
};

struct EsxStructure {
    std::string title;  // the line above the fields of a list, as the address of a PCI device
    std::vector<EsxField> fields;
};

/// What a command found.
struct EsxResult {
    enum class Shape { nothing, simple, structure, list, table } shape{Shape::nothing};
    std::string type_name;  // in XML
    std::vector<EsxStructure> structures;
    EsxField simple;
};

struct EsxOutcome {
    EsxResult result;
    std::string error;     // printed as it is; the exit status is 1
    bool not_yet{};        // ask again a little later
};

struct EsxOption {
    char letter;
    std::string name;
    bool flag{};
    bool required{};
};

/// Options by their long name.
using EsxOptions = std::map<std::string, std::string>;

struct EsxCommand {
    std::vector<EsxOption> options;
    EsxOutcome (*run)(Host& host, const EsxOptions& options);
};

using EsxCommands = std::map<std::string, EsxCommand>;
void add_system_commands(EsxCommands& commands);
void add_pci_commands(EsxCommands& commands);
void add_vm_commands(EsxCommands& commands);

std::string as_text(const EsxResult& result);
std::string as_xml(const EsxResult& result);
std::string as_csv(const EsxResult& result);
std::string as_keyvalue(const EsxResult& result);
std::string as_json(const EsxResult& result);

EsxOutcome esx_simple(std::string value, EsxField::Type type = EsxField::Type::string);
EsxOutcome esx_error(std::string text);
/// TRUE, true, yes, on and their opposites.
std::optional<bool> to_bool(std::string_view text);

int esxcli(Host& host, Process& process);

}  // namespace gpupass::sim
