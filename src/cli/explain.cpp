#include "cli/commands.hpp"
#include "cli/diagnose_view.hpp"
#include "cli/exit_code.hpp"
#include "cli/json_views.hpp"
#include "cli/own_rules.hpp"
#include "cli/text.hpp"
#include "rules/rules.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <ostream>

namespace gpupass::cli {

namespace {

std::string list(const char* title, const std::vector<std::string>& lines, std::size_t width)
{
    std::string text;
    for (const std::string& line : lines)
        text += fmt::format("  - {}\n", wrap(line, width, 4));
    return text.empty() ? text : fmt::format("{}\n{}", title, text);
}

std::string rule_text(const Rule& rule, const Paint& paint, std::size_t width)
{
    return fmt::format("{}  {}\n{}, {}\n\ncause\n  {}\n", paint(Colour::bold, rule.id), rule.title,
                       to_string(rule.severity), to_string(rule.certainty), wrap(rule.cause, width, 2)) +
           list("fix", rule.fix, width) + list("to be surer, collect", rule.collect, width) +
           list("lines that show it", rule.matches, width) + list("sources", rule.links, width);
}

Error unknown_rule(const std::string& id, const std::vector<Rule>& rules)
{
    std::vector<std::string> ids;
    for (const Rule& rule : rules)
        ids.push_back(rule.id);
    const auto near = nearest(id, ids);
    return {.kind = ErrorKind::not_found,
            .what = fmt::format("no rule is called `{}`", printable(id)),
            .where = {},
            .next = near ? fmt::format("did you mean `gpupass explain {}`?", *near) : "`gpupass rules` lists them"};
}

/// Ours, and the user's own.
Result<std::vector<Rule>> all_rules(const Context& context)
{
    std::vector<Rule> all = builtin_rules();
    auto own = own_rules(context.options.rules_folder, context.around.config_folder);
    if (!own)
        return std::unexpected(std::move(own.error()));
    std::ranges::move(*own, std::back_inserter(all));
    std::erase_if(all, &Rule::variant);
    return all;
}

}  // namespace

Result<int> explain(Context& context)
{
    const auto all = all_rules(context);
    if (!all)
        return std::unexpected(all.error());
    const auto rule = std::ranges::find(*all, context.options.rule, &Rule::id);
    if (rule == all->end())
        return std::unexpected(unknown_rule(context.options.rule, *all));
    Surroundings& around = context.around;
    around.out << (context.options.json ? rule_document(*rule)
                                        : rule_text(*rule, around.paint_out(), around.terminal.width));
    return exit_done;
}

Result<int> rules(Context& context)
{
    const auto all = all_rules(context);
    if (!all)
        return std::unexpected(all.error());
    std::ostream& out = context.around.out;
    if (context.options.json) {
        out << rules_document(*all);
        return exit_done;
    }
    if (context.options.markdown) {
        out << rules_page(*all);
        return exit_done;
    }
    Table table;
    table.header = {"ID", "SEVERITY", "TITLE"};
    for (const Rule& rule : *all)
        table.rows.push_back({{rule.id, Colour::bold}, {to_string(rule.severity)}, {rule.title}});
    out << table.render(context.around.paint_out());
    return exit_done;
}

}  // namespace gpupass::cli
