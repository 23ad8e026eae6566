# variation: iommu-not-asked
# needs: gpupass
# The kernel was not told to use the IOMMU: gpupass configures it, waits for the reboot, goes on, and takes it all back.
. /lab/guest-setup.sh
start_libvirt

# Stands in for GRUB: makes the next kernel's words of the files that GRUB's own program reads.
make_update_grub() {
    cat >/usr/sbin/update-grub <<'END'
#!/bin/bash
. /etc/default/grub
for file in /etc/default/grub.d/*.cfg; do [ ! -e "$file" ] || . "$file"; done
echo "$GRUB_CMDLINE_LINUX $GRUB_CMDLINE_LINUX_DEFAULT" >"$LAB_OUT/kernel-words"
END
    chmod +x /usr/sbin/update-grub
}
make_update_grub
exits_with() { # exits_with CODE COMMAND...
    local code=0
    "${@:2}" || code=$?
    [ "$code" -eq "$1" ]
}
iommu_is_on() { [ -n "$(ls /sys/class/iommu)" ]; }

case $LAB_BOOT in
    1)
        define_guest
        rm -rf /etc/default/grub.d
        printf 'GRUB_CMDLINE_LINUX_DEFAULT="quiet"\nGRUB_CMDLINE_LINUX=""\n' >/etc/default/grub
        files_of_host >/var/tmp/files.before
        check "the IOMMU is off" not iommu_is_on
        gpupass attach "$gpu" --vm guest --plan --json >/tmp/plan.json
        check "the plan has the word and the reboot" grep -q '"id": "reboot-host"' /tmp/plan.json
        check "attach waits for the reboot (5)" exits_with 5 gpupass attach "$gpu" --vm guest --yes
        check "the boot loader has the word" grep -q "quiet intel_iommu=on" "$LAB_OUT/kernel-words"
        check "status says that a run waits (5)" exits_with 5 gpupass status
        reboot_into
        ;;
    2)
        check "boot 2: the IOMMU is on" iommu_is_on
        check "boot 2: resume ends well" gpupass resume --yes
        check "boot 2: the card is with vfio-pci" has_driver "$gpu" vfio-pci
        check "boot 2: the VM has it" grep -q ua-gpupass-0 <(virsh dumpxml --inactive guest)
        check "boot 2: undo waits for the reboot back (5)" exits_with 5 gpupass undo --yes
        reboot_into
        ;;
    *)
        check "boot 3: the IOMMU is off" not iommu_is_on
        check "boot 3: the card is with its driver" has_driver "$gpu" bochs-drm
        check "boot 3: resume of the undo ends well" gpupass resume --yes
        check_same "boot 3: every file is as before" "$(cat /var/tmp/files.before)" "$(files_of_host)"
        check "boot 3: nothing is open (0)" gpupass status
        ;;
esac
