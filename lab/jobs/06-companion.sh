# variation: companion
# needs: gpupass
# The GPU and the sound of the same card.
. /lab/guest-setup.sh

sound=0000:01:00.1
members=$(echo $(ls "/sys/bus/pci/devices/$gpu/iommu_group/devices"))
check_same "the GPU and its sound share a group" "$gpu $sound" "$members"
check_same "the companion is a sound device" 0x040300 "$(cat "/sys/bus/pci/devices/$sound/class")"
check "the host drives it" has_driver "$sound" snd_hda_intel

start_libvirt
define_guest
check "attach takes the sound along" gpupass attach "$gpu" --vm guest --yes
check "it is with vfio-pci too" has_driver "$sound" vfio-pci
check "the VM has both" test "$(grep -c "<hostdev" <(virsh dumpxml --inactive guest))" = 2
check "under different aliases" test "$(grep -o "ua-gpupass-[0-9]" <(virsh dumpxml --inactive guest) | sort -u | wc -l)" = 2
check "undo ends well" gpupass undo --yes
check "the sound is back with its driver" has_driver "$sound" snd_hda_intel
check "the GPU is back with its driver" has_driver "$gpu" bochs-drm
