# variation: two-gpus
# needs: gpupass
# Two cards with the same id: only the one that was named moves.
. /lab/guest-setup.sh
start_libvirt
define_guest
gpupass attach auto --vm guest --yes >/tmp/out 2>&1 && code=0 || code=$?
check_same "auto is refused where there are two" 2 "$code"
check "attach of the second ends well" gpupass attach "$second_gpu" --vm guest --yes
check "the second is with vfio-pci" has_driver "$second_gpu" vfio-pci
check "the first keeps its driver" has_driver "$gpu" bochs-drm
check "undo ends well" gpupass undo --yes
check "the second is back" has_driver "$second_gpu" bochs-drm
