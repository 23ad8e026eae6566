# variation: multifunction
# needs: gpupass
# The card shares its IOMMU group with a network card of the host.
. /lab/guest-setup.sh
nic=0000:01:00.1
start_libvirt
define_guest
nic_driver=$(driver_of "$nic")
gpupass attach "$gpu" --vm guest --yes >/tmp/out 2>&1 && code=0 || code=$?
check_same "attach is blocked" 3 "$code"
check "the other function is named" grep -q "$nic" /tmp/out
check "with its driver" grep -q "driver $nic_driver" /tmp/out
check "the card keeps its driver" has_driver "$gpu" bochs-drm
check "with the neighbour accepted attach ends well" gpupass attach "$gpu" --vm guest --accept "$nic" --yes
check "both are with vfio-pci" has_driver "$nic" vfio-pci
check "only the card is in the VM" test "$(grep -c "<hostdev" <(virsh dumpxml --inactive guest))" = 1
check "undo ends well" gpupass undo --yes
check "the card is with its driver" has_driver "$gpu" bochs-drm
check "and so is the network card" has_driver "$nic" "$nic_driver"

# What QEMU says when only the card goes to vfio-pci.
echo vfio-pci >"/sys/bus/pci/devices/$gpu/driver_override"
echo "$gpu" >/sys/bus/pci/drivers/bochs-drm/unbind
echo "$gpu" >/sys/bus/pci/drivers_probe
timeout 20 qemu-system-x86_64 -machine q35 -nodefaults -display none -S -device "vfio-pci,host=$gpu" \
    </dev/null >/tmp/qemu.log 2>&1 || true
gpupass diagnose --json /tmp/qemu.log >/tmp/found && code=0 || code=$?
check_same "diagnose finds a problem in it" 1 "$code"
check "and names the group" grep -q '"id": "iommu-group-not-viable"' /tmp/found
