# variation: no-vfio
# needs: gpupass
# The kernel has no vfio-pci: the card keeps its driver, and the reason is named.
. /lab/guest-setup.sh
start_libvirt
define_guest
gpupass attach "$gpu" --vm guest --yes >/tmp/out 2>&1 && code=0 || code=$?
check_same "attach fails" 1 "$code"
check "and names the module" grep -q "vfio-pci cannot be loaded" /tmp/out
check "the card keeps its driver" has_driver "$gpu" bochs-drm
check "undo ends well" gpupass undo --yes
check "the VM is as it was" not grep -q hostdev <(virsh dumpxml --inactive guest)
