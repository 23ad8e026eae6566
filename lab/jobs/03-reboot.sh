# variation: default
# What binds a GPU to vfio-pci for good: a udev rule (for this one card), and modprobe.d (for all cards of its kind).
. /lab/guest-setup.sh

rule=/etc/udev/rules.d/60-lab-vfio.rules
config=/etc/modprobe.d/lab-vfio.conf

case $LAB_BOOT in
    1)
        check "boot 1: the GPU is with bochs-drm" has_driver "$gpu" bochs-drm
        cat >"$rule" <<RULE
ACTION=="add", SUBSYSTEM=="pci", KERNEL=="$gpu", \\
  ATTR{vendor}=="0x1234", ATTR{device}=="0x1111", \\
  ATTR{driver_override}="vfio-pci", RUN{builtin}+="kmod load vfio-pci"
RULE
        reboot_into
        ;;
    2)
        check "boot 2: with a udev rule it comes up with vfio-pci" has_driver "$gpu" vfio-pci
        check_same "boot 2: by the override" vfio-pci "$(cat "/sys/bus/pci/devices/$gpu/driver_override")"
        rm "$rule"
        printf '%s\n' "options vfio-pci ids=1234:1111" "softdep bochs pre: vfio-pci" >"$config"
        reboot_into
        ;;
    3)
        check "boot 3: with ids and softdep in modprobe.d it comes up with vfio-pci" has_driver "$gpu" vfio-pci
        rm "$config"
        reboot_into
        ;;
    *) check "boot 4: without either it is with bochs-drm again" has_driver "$gpu" bochs-drm ;;
esac
