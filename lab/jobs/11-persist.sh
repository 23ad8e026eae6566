# variation: default
# needs: gpupass
# A binding that is to last: after a reboot of the machine the card comes up with vfio-pci, and one command undoes it.
. /lab/guest-setup.sh
start_libvirt
case $LAB_BOOT in
    1)
        define_guest
        files_of_host >/var/tmp/files.before
        check "attach --persist ends well" gpupass attach "$gpu" --vm guest --persist --yes
        check "a rule was written" test -s /etc/udev/rules.d/10-gpupass.rules
        reboot_into
        ;;
    2)
        check "boot 2: the card comes up with vfio-pci before any VM starts (peers case 4)" has_driver "$gpu" vfio-pci
        check "boot 2: the VM starts with it" virsh -q start guest
        check "boot 2: its driver initialised the card" wait_for 150 guest_says guest "Initialized bochs-drm"
        wait_for 60 guest_says guest "NESTED READY" && shut_down guest 60
        check "boot 2: one command undoes it" gpupass undo --yes
        check "boot 2: the card is with its driver" has_driver "$gpu" bochs-drm
        check_same "boot 2: every file is as before" "$(cat /var/tmp/files.before)" "$(files_of_host)"
        reboot_into
        ;;
    *) check "boot 3: the card comes up with its driver" has_driver "$gpu" bochs-drm ;;
esac
