#include "transport/script.hpp"
#include "transport/script_parts.hpp"

#include <algorithm>

namespace gpupass {
namespace {

/// `each_file` adds the line of the name $f of the entry $e to $o. `read` reads byte by byte, which is little for
/// attributes of the kernel. The target of a link to a folder is where `cd -P` leads: `readlink` would be a process a link.
constexpr std::string_view each_file = R"(each_file() {
p=./$e/$f
if [ -L "$p" ]; then
if cd -P "$p"; then v=\>$PWD; cd "$base"; else v=\>$(readlink "$p") || return; fi
elif [ -d "$p" ]; then
v=; for m in "$p"/*; do
case ${m##*/} in *[$t$n]*) continue; esac
if [ -e "$m" ] || [ -L "$m" ]; then v="$v;${m##*/}"; fi
done
v=/${v#;}
elif [ -e "$p" ]; then
v='='; s=; l=
while IFS= read -r l || [ -n "$l" ]; do
v="$v$s$l"; s=';'; l=
if [ ${#v} -gt 4097 ]; then v=$(printf %.4097s "$v"); break; fi
done <"$p" || return
else return; fi
case $v in *"$n"*) return; esac
o="$o$e$t$f$t$v$n"
}
)";

/// Standard error stays silent but for the folder itself: what cannot be read is left out.
constexpr std::string_view each_entry = R"(for e in *; do
[ -d "./$e" ] || continue
case $e in *[$t$n]*) continue; esac
if [ -n "$after" ]; then if [ "$e" = "$after" ]; then after=; fi; continue; fi
printf '\t%s\n' "$e"
o=
for f in "$@"; do each_file; done
printf %s "$o"
done 2>/dev/null
)";

}  // namespace

std::string render_read_each(const ReadEach& query, std::string_view after)
{
    std::string words;
    for (const auto& name : query.names)
        words += ' ' + quote_word(name);
    return "(LC_ALL=C; export LC_ALL; unset CDPATH; t=$(printf '\\t'); n='\n'; after=" + quote_word(after) +
        "\nset --" + words + "\ncd -P " + quote_word(query.folder) + " || exit 1; base=$PWD\n" +
        std::string{each_file} + std::string{each_entry} + "exit 0)";
}

std::string render_find_open(const FindOpen& query)
{
    std::string patterns;
    for (const std::string& prefix : query.prefixes)
        patterns += (patterns.empty() ? "*' -> " : "|*' -> ") + prefix + "'*";
    return "(LC_ALL=C; export LC_ALL; p=; ls -l /proc/[0-9]*/fd 2>/dev/null </dev/null | while IFS= read -r l; do\n"
           "case $l in\n"
           "/proc/*/fd:) p=${l#/proc/}; p=${p%%/*};;\n" +
        patterns + ") n=; IFS= read -r n 2>/dev/null </proc/$p/comm; printf '%s\\t%s\\t%s\\n' \"$p\" \"$n\" \"${l##* -> }\";;\n"
        "esac; done; exit 0)";
}

std::optional<std::string> take_stalled_entry(std::string& printed)
{
    const auto begin = printed.starts_with('\t') && !printed.contains("\n\t") ? 0 : printed.rfind("\n\t") + 1;
    const auto end = printed.find('\n', begin);
    if (end == printed.npos || printed[begin] != '\t')
        return std::nullopt;
    std::string entry = printed.substr(begin + 1, end - begin - 1);
    printed.resize(begin);
    return entry;
}

std::string without_progress(std::string_view printed)
{
    std::string lines;
    while (!printed.empty()) {
        const auto line = printed.substr(0, std::min(printed.find('\n'), printed.size() - 1) + 1);
        printed.remove_prefix(line.size());
        if (!line.starts_with('\t'))
            lines += line;
    }
    return lines;
}

/// `>` would make a file that is not there; the kernel's attributes are there. Nothing more is written when nobody hears the dots.
std::string render_poke(const Poke& query)
{
    std::string script =
        "(poke() { [ -e \"$1\" ] || { printf '%s: No such file or directory\\n' \"$1\" >&2; exit 2; }\n"
        "printf %s \"$2\" >\"$1\" || { printf '%s: not written\\n' \"$1\" >&2; exit 1; }\nprintf . || exit 1; }\n";
    for (const auto& [path, value] : query.writes)
        script += "poke " + quote_word(path) + ' ' + quote_word(value) + '\n';
    return script + "exit 0)";
}

void settle(const Query& query, Answer& answer)
{
    const bool timed_out = answer.state == Answer::State::timed_out;
    if (const auto* poke = std::get_if<Poke>(&query)) {
        const auto written = std::min(answer.out.size(), poke->writes.size());
        answer.out = std::to_string(written);
        if (timed_out && written < poke->writes.size())
            answer.err += poke->writes[written].first + ": the write does not come back\n";
    }
    if (!std::holds_alternative<ReadEach>(query))
        return;
    if (timed_out)
        take_stalled_entry(answer.out);
    answer.out = without_progress(answer.out);
}

}  // namespace gpupass
