# Sourced by both sides of the lab. /dev/kvm may be there and still be of no use (a nested one without all MSRs), so a
# kernel is booted with it, which says so and turns off.

kvm_works() { # kvm_works KERNEL INITRD
    [ -w /dev/kvm ] || return 1
    timeout -k 1 20 qemu-system-x86_64 -machine q35,accel=kvm,kernel-irqchip=split -cpu host -m 256 -nodefaults \
        -display none -no-reboot -serial stdio -kernel "$1" -initrd "$2" \
        -append "console=ttyS0 quiet panic=-1 lab.probe=yes" </dev/null 2>/dev/null | grep -q "LAB PROBE"
}
