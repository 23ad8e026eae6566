# variation: default
# deadline: 600
# The lab itself: without gpupass, each thing that gpupass relies on.
. /lab/guest-setup.sh

check "the GPU is driven by bochs-drm" has_driver "$gpu" bochs-drm
check "the GPU is in an IOMMU group" test -d "/sys/kernel/iommu_groups/$(group_of "$gpu")"
check_same "nothing else is in that group" "$gpu" "$(ls "/sys/bus/pci/devices/$gpu/iommu_group/devices")"
check "interrupts are remapped" grep -q "DMAR-IR: Enabled" <(dmesg)

check_same "the NVMe disk can have 4 functions" 4 "$(cat "/sys/bus/pci/devices/$nvme/sriov_totalvfs")"
echo 2 >"/sys/bus/pci/devices/$nvme/sriov_numvfs"
check "virtual functions appear" wait_for 10 test -e "/sys/bus/pci/devices/$nvme/virtfn1/iommu_group"
echo 0 >"/sys/bus/pci/devices/$nvme/sriov_numvfs"
check "virtual functions go" test ! -e "/sys/bus/pci/devices/$nvme/virtfn0"

start_libvirt
virsh -q nodedev-detach "$(nodedev "$gpu")"
check "nodedev-detach gives the GPU to vfio-pci" has_driver "$gpu" vfio-pci
virsh -q nodedev-reattach "$(nodedev "$gpu")"
check "nodedev-reattach gives it back" has_driver "$gpu" bochs-drm

define_guest
check_same "the guest is defined and off" "shut off" "$(virsh -q domstate guest | head -n1)"
check "its secret is kept" grep -q "passwd='$guest_secret'" <(virsh dumpxml --security-info guest)
check "its secret is not shown" not grep -q "$guest_secret" <(virsh dumpxml guest)
hostdev_xml "$gpu" >/tmp/gpu.xml
virsh -q attach-device guest --config /tmp/gpu.xml
virsh -q start guest
say "the guest starts"
check "the running guest has the GPU" has_driver "$gpu" vfio-pci
check "the guest is ready" wait_for 300 guest_says guest "NESTED READY"
say "the guest is ready"
check "its driver initialised the GPU" guest_says guest "Initialized bochs-drm"
check "the guest shuts down when asked" shut_down guest 60
check "the GPU is back" wait_for 10 has_driver "$gpu" bochs-drm
cp "$(console_of guest)" "$LAB_OUT/"
