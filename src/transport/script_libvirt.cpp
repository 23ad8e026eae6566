#include "transport/script.hpp"
#include "transport/script_parts.hpp"

namespace gpupass {
namespace {

/// Two virsh for all domains, not three for each (30 ms a process): it takes several commands as one word, which is sent
/// off before it becomes longer than the kernel lets a word be. The separators are those of libvirt.hpp.
constexpr std::string_view domains = R"(l=$(v list --all --uuid) || exit
u=$(printf '\037'); r=$(printf '\036'); c=
for d in $l; do
case $d in *[!0-9a-f-]*) continue; esac
c="$c dominfo $d; echo $u; dumpxml --inactive $d; echo $u; dumpxml $d; echo $r;"
if [ ${#c} -gt 60000 ]; then v -q "$c" || exit; c=; fi
done
if [ -n "$c" ]; then v -q "$c" || exit; fi
exit 0)";

constexpr std::string_view version = R"(l=$(v version --daemon) || exit
IFS='
'
for x in $l; do
case $x in
"Using library: libvirt "*) printf 'library %s\n' "${x#Using library: libvirt }";;
"Running hypervisor: "*) printf 'hypervisor %s\n' "${x#Running hypervisor: }";;
"Running against daemon: "*) printf 'daemon %s\n' "${x#Running against daemon: }";;
esac
done
exit 0)";

std::string with_device(std::string_view command, const Libvirt& query, std::string_view which)
{
    return "printf %s " + quote_word(query.xml) + " | virsh -c \"$uri\" " + std::string{command} + ' ' + query.domain +
        " /dev/stdin " + std::string{which};
}

std::string command_of(const Libvirt& query)
{
    switch (query.call) {
    case Libvirt::Call::domains: return std::string{domains};
    case Libvirt::Call::attach_config: return with_device("attach-device", query, "--config");
    case Libvirt::Call::detach_config: return with_device("detach-device", query, "--config");
    case Libvirt::Call::start: return "v start " + query.domain;
    case Libvirt::Call::shutdown: return "v shutdown " + query.domain;
    case Libvirt::Call::destroy: return "v destroy " + query.domain;
    case Libvirt::Call::version: return std::string{version};
    case Libvirt::Call::agent: return "v qemu-agent-command --timeout 60 " + query.domain + ' ' + quote_word(query.xml);
    }
    return "false";
}

}  // namespace

/// virsh gets no standard input, which is this very script.
std::string render_libvirt(const Libvirt& query, std::string_view uri)
{
    return "(LC_ALL=C; export LC_ALL; uri=" + quote_word(uri) + "\nv() { virsh -c \"$uri\" \"$@\" </dev/null; }\n" +
        command_of(query) + ')';
}

}  // namespace gpupass
