#include "hosts/linux/boot/grub.hpp"

#include "hosts/linux/boot/cmdline.hpp"
#include "hosts/linux/boot/shell.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <utility>

namespace gpupass::linux_host::boot {

namespace {

// `A=$A$A` on thirty lines would fill the memory, and so would many variables that hold a long one.
constexpr std::size_t longest_value = 16 * 1024;
constexpr std::size_t most_expanded = 1 << 20;

class Evaluator {
public:
    void run(const File& file)
    {
        for (const ShellStatement& statement : read_shell(file.text))
            run(statement, {file.path, statement.line});
    }

    GrubDefaults take()
    {
        if (!defaults_.is_understood)
            for (auto& [name, value] : defaults_.values)
                value.text.reset();
        return std::move(defaults_);
    }

private:
    void run(const ShellStatement& statement, const Place& place)
    {
        if (statement.name.empty()) {
            defaults_.is_understood = false;
            defaults_.unclear.push_back({place, statement.unclear});
            return;
        }
        std::string why = statement.unclear;
        auto text = why.empty() ? expand(statement, why) : std::nullopt;
        if (!why.empty())
            defaults_.unclear.push_back({place, statement.name + ": " + why});
        GrubValue& value = defaults_.values[statement.name];
        value.places.push_back(place);
        value.text = std::move(text);
    }

    std::optional<std::string> expand(const ShellStatement& statement, std::string& why)
    {
        std::optional<std::string> text{""};
        if (statement.appends)
            append({statement.name, true}, *text, why);
        for (const ShellPart& part : statement.parts)
            append(part, *text, why);
        return why.empty() ? text : std::nullopt;
    }

    void append(const ShellPart& part, std::string& text, std::string& why)
    {
        if (!why.empty())
            return;
        // What grub-mkconfig or the environment bring along is known to them only.
        const bool is_foreign =
            part.is_variable && !part.text.starts_with("GRUB_") && !defaults_.values.contains(part.text);
        const auto value = !part.is_variable ? part.text : is_foreign ? std::nullopt : defaults_.value(part.text);
        if (!value)
            why = "the value of $" + part.text + " is not known";
        else if (text.size() + value->size() > longest_value || (expanded_ += value->size()) > most_expanded)
            why = "the value is too long";
        else
            text += *value;
    }

    GrubDefaults defaults_;
    std::size_t expanded_{};
};

}  // namespace

std::optional<std::string> GrubDefaults::value(std::string_view variable) const
{
    const auto found = values.find(variable);
    if (!is_understood)
        return std::nullopt;
    return found == values.end() ? std::optional<std::string>{""} : found->second.text;
}

std::optional<std::string> GrubDefaults::cmdline() const
{
    const auto all = value(grub_cmdline);
    const auto normal = value(grub_cmdline_default);
    if (!all || !normal)
        return std::nullopt;
    return *all + (all->empty() || normal->empty() ? "" : " ") + *normal;
}

Result<GrubDefaults> read_grub_defaults(std::span<const File> files)
{
    Evaluator evaluator;
    for (const File& file : files) {
        if (file.text.size() > largest_file)
            return at(Error{ErrorKind::parse, fmt::format("the text has {} bytes", file.text.size()), {}, {}},
                      file.path);
        evaluator.run(file);
    }
    return evaluator.take();
}

Result<std::string> grub_drop_in(std::span<const std::string> words)
{
    for (const std::string& word : words)
        if (const auto good = check_word(word); !good)
            return std::unexpected(good.error());
    return fmt::format("# Written by gpupass, and taken away by `gpupass undo`. Behind a change by hand: update-grub.\n"
                       "{0}=\"${0} {1}\"\n",
                       grub_cmdline_default, fmt::join(words, " "));
}

}  // namespace gpupass::linux_host::boot
