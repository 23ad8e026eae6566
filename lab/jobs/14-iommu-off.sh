# variation: iommu-off
# needs: gpupass
. /lab/guest-setup.sh
start_libvirt
define_guest
check "inspect says that the IOMMU is off" grep -q '"iommu": false' <(gpupass inspect --json)
gpupass attach "$gpu" --vm guest --yes >/tmp/out 2>&1 && code=0 || code=$?
check_same "attach is blocked" 3 "$code"
check "with the firmware's switch as the fix" grep -q "VT-d" /tmp/out
check "the card keeps its driver" has_driver "$gpu" bochs-drm
