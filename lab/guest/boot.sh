#!/bin/bash
# The first process of the lab machine once its root is there: does what systemd would do as far as gpupass can see it,
# runs the job, leaves its exit status in the writable share, and turns the machine off. The kernel panics when this
# process ends, so nothing here may.
set -uo pipefail
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8
export TERM=${TERM:-linux} HOME=/tmp/home
export LAB=/lab LAB_OUT=/lab-out
set -a
. /lab/env
set +a

say() { printf 'lab: %5.1f s  %s\n' "$(cut -d' ' -f1 /proc/uptime)" "$*"; }

mount_the_rest() {
    mkdir -p /dev/pts /dev/shm /run/lock "$HOME"
    mount -t devpts -o mode=620,ptmxmode=666 devpts /dev/pts
    mount -t tmpfs -o mode=1777 tmpfs /dev/shm
    mount -t cgroup2 none /sys/fs/cgroup
    mount -t debugfs none /sys/kernel/debug
    ln -sf /proc/self/fd /dev/fd
    ln -sf fd/0 /dev/stdin
    ln -sf fd/1 /dev/stdout
    ln -sf fd/2 /dev/stderr
    ip link set lo up
    printf 'lab' >/proc/sys/kernel/hostname
}

# /dev/vfio/vfio and the like are there before their modules are: libvirt takes their absence for a host without VFIO.
make_static_nodes() { kmod static-nodes --format=tmpfiles | systemd-tmpfiles --create --boot --prefix=/dev -; }

# Drivers come from udev, as on a real host, so that rules and modprobe.d written by the job before a reboot decide.
# Only where it matters here: each device costs a tenth of a second without KVM.
load_drivers() {
    local subsystem match=()
    for subsystem in pci virtio drm graphics net block nvme mem misc; do
        match+=(--subsystem-match="$subsystem")
    done
    /lib/systemd/systemd-modules-load 2>/dev/null
    /lib/systemd/systemd-udevd --daemon
    udevadm trigger --type=subsystems --action=add
    udevadm trigger --type=devices --action=add "${match[@]}"
    udevadm settle --timeout=60
    [ "$LAB_ACCELERATOR" != kvm ] || modprobe -q kvm_intel || modprobe -q kvm_amd
}

run_job() {
    if [ "$LAB_JOB" = shell ]; then
        say "a shell; \"exit\" turns the machine off, Ctrl-A X kills it"
        (cd "$HOME" && setsid --ctty --wait bash -i </dev/console)
        return
    fi
    (cd "$HOME" && setsid --wait bash "/lab/$LAB_JOB" </dev/null)
}

power_off() {
    kill -TERM -1
    sleep 0.5
    kill -KILL -1
    sync
    mount -o remount,ro /run/lab-disk 2>/dev/null || echo s >/proc/sysrq-trigger
    echo o >/proc/sysrq-trigger
    while :; do :; done # nothing can be executed any more
}

trap '' INT TERM
mount_the_rest
make_static_nodes
exec {serial}<>/dev/ttyS0 # somebody waits for a login at the serial console, as a getty would
say "root is mounted"
load_drivers
say "drivers are loaded"
run_job
status=$?
say "$LAB_JOB ended with $status"
echo "$status" >"$LAB_OUT/status"
power_off
