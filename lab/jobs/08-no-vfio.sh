# variation: no-vfio
# A kernel without vfio-pci.
. /lab/guest-setup.sh

check "vfio-pci cannot be loaded" not modprobe -q vfio-pci
check "there is no vfio-pci" test ! -e /sys/bus/pci/drivers/vfio-pci
check "the GPU is driven by bochs-drm" has_driver "$gpu" bochs-drm
