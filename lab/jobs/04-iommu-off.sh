# variation: iommu-off
# A host whose firmware or kernel leaves the IOMMU off.
. /lab/guest-setup.sh

check "there are no IOMMU groups" test -z "$(ls /sys/kernel/iommu_groups)"
check "the GPU is driven by bochs-drm" has_driver "$gpu" bochs-drm
check "the GPU has no group" test ! -e "/sys/bus/pci/devices/$gpu/iommu_group"
