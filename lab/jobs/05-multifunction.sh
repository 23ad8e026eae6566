# variation: multifunction
# The GPU shares its group with a network card that the host drives: VFIO must refuse the group.
. /lab/guest-setup.sh

neighbour=0000:01:00.1
members=$(echo $(ls "/sys/bus/pci/devices/$gpu/iommu_group/devices"))
check_same "the GPU and its neighbour share a group" "$gpu $neighbour" "$members"
check "the neighbour is driven by the host" has_driver "$neighbour" e1000e

modprobe vfio-pci
echo vfio-pci >"/sys/bus/pci/devices/$gpu/driver_override"
echo "$gpu" >/sys/bus/pci/drivers/bochs-drm/unbind
echo "$gpu" >/sys/bus/pci/drivers_probe
check "the GPU alone goes to vfio-pci" has_driver "$gpu" vfio-pci
timeout 20 qemu-system-x86_64 -machine q35 -nodefaults -display none -S -device "vfio-pci,host=$gpu" \
    </dev/null >/tmp/qemu.log 2>&1 || true
check "QEMU finds the group not viable" grep -q "is not viable" /tmp/qemu.log
