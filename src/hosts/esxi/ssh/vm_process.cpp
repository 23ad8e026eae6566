#include "hosts/esxi/ssh/esxcli.hpp"
#include "hosts/esxi/text.hpp"

// `esxcli vm process list`. The names in it are the users': one with a newline tears its record apart, and one can
// imitate fields. So every `Config File` line counts as a VM that runs (too many is safe, too few is not), and a
// process without one is an error.

namespace gpupass::esxi {

namespace {

struct ProcessReader {
    std::vector<VmProcess> found;
    VmProcess current;
    long line{};  // where the current record began; 0 when there is none

    void finish()
    {
        found.push_back(std::exchange(current, {}));
        line = 0;
    }

    Result<void> start(const Field& world)
    {
        if (!current.world_id.empty() && current.config_file.empty())
            return bad_text(line, "Config File", "a process without its file");
        if (!current.world_id.empty())
            finish();
        current.world_id = world.value;
        return {};
    }

    Result<void> take_file(const Field& field)
    {
        if (!field.value.starts_with('/'))
            return bad_text(field.line, field.name, "not an absolute path: `" + excerpt(field.value, 60) + "`");
        if (!current.config_file.empty())
            finish();
        current.config_file = field.value;
        return {};
    }

    Result<void> take(const Field& field)
    {
        if (field.name != "World ID" && field.name != "UUID" && field.name != "Display Name" && field.name != "Config File")
            return {};
        if (line == 0)
            line = field.line;
        if (field.name == "World ID")
            return start(field);
        if (field.name == "Config File")
            return take_file(field);
        if (field.name == "UUID")
            current.uuid = hex_digits(field.value);
        else
            current.name = field.value;
        return {};
    }
};

}  // namespace

Result<std::vector<VmProcess>> parse_vm_processes(std::string_view text)
{
    ProcessReader reader;
    bool blank = true;
    for (const TextLine& text_line : split_lines(text)) {
        blank = blank && text_line.text.empty();
        const bool inside = text_line.text.starts_with(' ') || text_line.text.starts_with('\t');
        if (!inside && !reader.current.config_file.empty())
            reader.finish();
        const auto field = inside ? split_field(text_line) : std::nullopt;
        if (!field)
            continue;
        if (auto taken = reader.take(*field); !taken)
            return std::unexpected(taken.error());
    }
    if (!reader.current.config_file.empty())
        reader.finish();
    if (reader.line > 0)
        return bad_text(reader.line, "Config File", "a process without its file");
    if (reader.found.empty() && !blank)
        return bad_text(1, "Config File", "no process in `" + excerpt(text, 60) + "`");
    return std::move(reader.found);
}

}  // namespace gpupass::esxi
