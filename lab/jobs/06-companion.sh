# variation: companion
# The GPU and the sound of the same card.
. /lab/guest-setup.sh

sound=0000:01:00.1
members=$(echo $(ls "/sys/bus/pci/devices/$gpu/iommu_group/devices"))
check_same "the GPU and its sound share a group" "$gpu $sound" "$members"
check_same "the companion is a sound device" 0x040300 "$(cat "/sys/bus/pci/devices/$sound/class")"
check "the host drives it" has_driver "$sound" snd_hda_intel
