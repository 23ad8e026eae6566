# Sourced by jobs: `. /lab/guest-setup.sh`. The machine is up (guest/boot.sh), drivers are loaded by udev, libvirt is
# not started. What is checked is counted: `PASS what` and `FAIL what` lines, on the console and in $LAB_OUT/results;
# the job ends with 1 after a FAIL. It knows $LAB_BOOT (1, 2 ...), $LAB_VARIATION, $LAB_REPO, $LAB_OUT and $HOME;
# /etc, /var, /tmp are kept across reboots of the machine.
set -euo pipefail

gpu=0000:01:00.0
nvme=0000:02:00.0
second_gpu=0000:03:00.0
guest_secret=xyzzy-42
results=$LAB_OUT/results

say() { printf 'lab: %5.1f s  %s\n' "$(cut -d' ' -f1 /proc/uptime)" "$*"; }
pass() { printf 'PASS %s\n' "$*" | tee -a "$results"; }
fail() { printf 'FAIL %s\n' "$*" | tee -a "$results"; }

check() { # check WHAT COMMAND...: counts whether the command succeeds
    local what=$1
    shift
    if "$@"; then
        pass "$what"
    else
        fail "$what"
    fi
}

check_same() { # check_same WHAT WANTED FOUND
    if [ "$2" = "$3" ]; then
        pass "$1"
    else
        fail "$1: wanted \"$2\", found \"$3\""
    fi
}

not() { ! "$@"; }

wait_for() { # wait_for SECONDS COMMAND...: until it succeeds; its own output is dropped
    local end=$((SECONDS + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        [ "$SECONDS" -lt "$end" ] || return 1
        sleep 0.2
    done
}

driver_of() { # driver_of ADDRESS: "" where none is bound
    local link=/sys/bus/pci/devices/$1/driver
    [ ! -e "$link" ] || basename "$(readlink "$link")"
}
has_driver() { [ "$(driver_of "$1")" = "$2" ]; }
group_of() { basename "$(readlink "/sys/bus/pci/devices/$1/iommu_group")"; }
nodedev() { printf 'pci_%s\n' "${1//[:.]/_}"; } # libvirt's name of a PCI address

start_libvirt() {
    virtlogd --daemon
    libvirtd --daemon
    wait_for 60 virsh -q uri
    say "libvirt answers"
}

console_of() { echo "/var/log/nested-$1.log"; } # console_of DOMAIN

define_guest() { # define_guest [NAME=guest]: persistent, off, without any device of the host
    local name=${1:-guest} type=qemu cpu=maximum
    if kvm_works "$LAB/vmlinux" "$LAB/nested"; then
        type=kvm
        cpu=host-passthrough
    fi
    # Copies, because libvirt gives what it boots to its own user, and the share is read-only.
    mkdir -p /var/lib/libvirt/boot
    cp -n "$LAB"/{vmlinux,nested} /var/lib/libvirt/boot/
    sed -e "s|@type@|$type|; s|@cpu@|$cpu|; s|@name@|$name|; s|@secret@|$guest_secret|" \
        -e 's|@kernel@|/var/lib/libvirt/boot/vmlinux|; s|@initrd@|/var/lib/libvirt/boot/nested|' \
        "$LAB/domain.xml.in" >"/tmp/$name.xml"
    virsh -q define "/tmp/$name.xml"
}

# One that can be asked from its host, with gpupass-guest installed: in an emulator within an emulator it takes minutes to bring it
# by a serial port.
define_guest_with_agent() {
    local tree=/tmp/tree program file
    program=$(dirname "$LAB_PROGRAM")/gpupass-guest
    for file in $(ldd "$program" | grep -o '/[^ ]*'); do
        mkdir -p "$tree${file%/*}" && cp -L "$file" "$tree$file"
    done
    mkdir -p "$tree/bin" /var/lib/libvirt/qemu/channel/target && cp "$program" "$tree/bin/"
    define_guest
    cp "$LAB/nested-agent" /var/lib/libvirt/boot/
    (cd "$tree" && find . | busybox cpio -o -H newc 2>/dev/null) >>/var/lib/libvirt/boot/nested-agent
    sed -i -e 's|boot/nested<|boot/nested-agent<|' \
        -e "s|</devices>|<channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel></devices>|" /tmp/guest.xml
    virsh -q undefine guest
    virsh -q define /tmp/guest.xml
}

# Of a check in a report of gpupass verify, as JSON.
report() { sed -n "/\"id\": \"$2\"/,/}/p" "$3" | json "$1"; } # report KEY ID FILE

hostdev_xml() { # hostdev_xml ADDRESS [MANAGED=yes]
    local domain=${1%%:*} rest=${1#*:}
    printf "<hostdev mode='subsystem' type='pci' managed='%s'><source>" "${2:-yes}"
    printf "<address domain='0x%s' bus='0x%s' slot='0x%s' function='0x%s'/></source></hostdev>\n" \
        "$domain" "${rest%%:*}" "$(cut -d. -f1 <<<"${rest#*:}")" "${rest##*.}"
}

guest_is() { [ "$(virsh -q domstate "$1" | head -n1)" = "$2" ]; }   # guest_is NAME STATE
guest_says() { grep -q -- "$2" "$(console_of "$1")"; }              # guest_says NAME PATTERN

# Asked again now and then: a guest that is still starting does not hear it.
shut_down() { # shut_down NAME SECONDS
    local end=$((SECONDS + $2))
    while [ "$SECONDS" -lt "$end" ]; do
        virsh -q shutdown "$1" || true
        ! wait_for 15 guest_is "$1" "shut off" || return 0
    done
    return 1
}

load_module() { # load_module stubborn|refuse|mbochs [PARAMETER]...: with what it needs
    local needed
    IFS=, read -r -a needed < <(modinfo -F depends "$LAB/$1.ko")
    [ ${#needed[@]} -eq 0 ] || modprobe -a "${needed[@]}"
    insmod "$LAB/$1.ko" "${@:2}"
}

# Ends this boot; the machine comes up again with its disk as it is, and runs SCRIPT (this one, where none is named).
reboot_into() { # reboot_into [SCRIPT]
    echo "${1:-$LAB_JOB}" >"$LAB_OUT/next"
    exit 0
}

# A job that fails in the middle has failed, and so has one with a FAIL.
end_of_job() {
    local status=$?
    [ "$status" -eq 0 ] || fail "$LAB_JOB went through (it stopped with $status in boot $LAB_BOOT)"
    if [ "$status" -eq 0 ] && grep -q '^FAIL' "$results" 2>/dev/null; then
        status=1
    fi
    # After a failure the machine must not go on to a boot that expects the first one to have worked.
    [ "$status" -eq 0 ] || rm -f "$LAB_OUT/next"
    exit "$status"
}
trap end_of_job EXIT

. "$LAB/kvm.sh"
export LIBVIRT_DEFAULT_URI=qemu:///system

# gpupass as it was built outside, and what an undo of it has to bring back.
gpupass_bin=$LAB_PROGRAM
gpupass() { "$gpupass_bin" "$@"; }
json() { grep -o "\"$1\": .*" | head -n1 | sed 's/^[^:]*: //; s/,$//'; } # json KEY <DOCUMENT: its first value, on one line
drivers_of_all() { # each function's driver and override
    local device
    for device in /sys/bus/pci/devices/*; do
        printf '%s %s %s\n' "${device##*/}" "$(driver_of "${device##*/}")" "$(cat "$device/driver_override")"
    done
}
# Names and sizes of the files that a person would miss, and the texts of those that say what happens at boot;
# libvirt's own are compared by its own words.
files_of_host() {
    find /etc /var/tmp /run -xdev -type f ! -path '/etc/libvirt/*' ! -path '/run/libvirt/*' ! -path '/run/udev/*' ! -name files.before -printf '%p %s\n' | sort
    find /etc/udev /etc/modprobe.d /etc/default -type f -exec sha256sum {} + | sort -k2
}
