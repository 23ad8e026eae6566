# variation: default
# deadline: 600
# Runs in the lab's machine: the step that moves the card against the bare writes to sysfs, the whole commands against
# virsh, inspect against lspci. Each figure is the median of several rounds, taken in turn. Writes $LAB_OUT/figures.
. /lab/guest-setup.sh

rounds=${LAB_ROUNDS:-9}
device=/sys/bus/pci/devices/$gpu

median() { sort -g | awk '{ all[NR] = $1 } END { print all[int((NR + 1) / 2)] }'; }
calculate() { awk "BEGIN { printf \"%.${2:-3}f\\n\", $1 }"; }
microseconds() { echo $((${EPOCHREALTIME/./})); }
seconds_of() { # seconds_of COMMAND...: its wall time; it must work
    local begin
    begin=$(microseconds)
    "$@" >/tmp/out 2>&1 || { cat /tmp/out >&2; return 1; }
    calculate "($(microseconds) - $begin) / 1000000" 6
}

# No process is started between the writes.
bare_there() { echo vfio-pci >"$device/driver_override"; echo "$gpu" >"$device/driver/unbind"; echo "$gpu" >/sys/bus/pci/drivers_probe; }
bare_back() { echo >"$device/driver_override"; echo "$gpu" >"$device/driver/unbind"; echo "$gpu" >/sys/bus/pci/drivers_probe; }
bare() { bare_there; has_driver "$gpu" vfio-pci; bare_back; has_driver "$gpu" bochs-drm; }
bare_round() { # without the looks in between
    local begin
    begin=$(microseconds)
    bare_there
    bare_back
    calculate "($(microseconds) - $begin) / 1000000" 6
}

step_seconds() { grep -A3 "\"id\": \"$1\"" "$2" | sed -n 's/.*"seconds": \([0-9.e-]*\).*/\1/p' | head -n1; } # step_seconds ID DOCUMENT

virsh_round() { virsh -q nodedev-detach "$(nodedev "$gpu")" && virsh -q nodedev-reattach "$(nodedev "$gpu")"; }
there_round() { "$gpupass_bin" attach "$gpu" --vm guest --yes --json >/tmp/there.json; }
back_round() { "$gpupass_bin" detach "$gpu" --yes --json >/tmp/back.json; }

modprobe vfio-pci
for ((i = 0; i < 5; i++)); do # libvirt is not there: what a command costs that only reads
    seconds_of "$gpupass_bin" inspect >>/tmp/inspect
    seconds_of lspci -nnk >>/tmp/lspci
done

start_libvirt
define_guest
check "the card goes there and back by bare writes" bare
there_round && back_round # what is cold gets warm
virsh_round
for ((i = 0; i < rounds; i++)); do
    bare_round >>/tmp/bare
    seconds_of there_round >>/tmp/there
    seconds_of back_round >>/tmp/back
    calculate "$(step_seconds bind-driver /tmp/there.json) + $(step_seconds return-driver /tmp/back.json)" 6 >>/tmp/step
    seconds_of virsh_round >>/tmp/virsh
    echo "round $i: bare $(tail -n1 /tmp/bare) step $(tail -n1 /tmp/step) there $(tail -n1 /tmp/there) back $(tail -n1 /tmp/back) virsh $(tail -n1 /tmp/virsh)"
done
check "the card is back with its driver" has_driver "$gpu" bochs-drm

bare_s=$(median </tmp/bare) step_s=$(median </tmp/step) virsh_s=$(median </tmp/virsh)
ours_s=$(calculate "$(median </tmp/there) + $(median </tmp/back)" 6)
inspect_s=$(median </tmp/inspect) lspci_s=$(median </tmp/lspci)
{
    echo "name=lab-step ratio=$(calculate "$bare_s / $step_s" 2) seconds=$step_s peer=sysfs-writes peer_seconds=$bare_s limit_ratio=$(calculate "1 / 1.3" 2)"
    echo "name=lab-command ratio=$(calculate "$virsh_s / $ours_s" 2) seconds=$ours_s peer=virsh-nodedev peer_seconds=$virsh_s limit_ratio=2"
    echo "name=lab-inspect ratio=$(calculate "$lspci_s / $inspect_s" 2) seconds=$inspect_s peer=lspci-nnk peer_seconds=$lspci_s limit_ratio=$(calculate "1 / 1.5" 2)"
} | tee "$LAB_OUT/figures"
