# variation: companion
# needs: gpupass
# The drivers let go of the card and its sound, and vfio-pci takes only the card: everything is as before (peers case 3).
. /lab/guest-setup.sh
start_libvirt
define_guest
sound=${gpu%.0}.1
domain_before=$(virsh dumpxml --inactive --security-info guest)
modprobe vfio-pci
sysfs_before=$(drivers_of_all)
load_module refuse device="$sound"

gpupass attach "$gpu" --vm guest --yes >/tmp/out 2>&1 && code=0 || code=$?
check_same "attach fails" 1 "$code"
check "and names the function" grep -q "$sound did not go to vfio-pci" /tmp/out
check "and says that all have their drivers back" grep -q "every function has its old driver back" /tmp/out
check_same "every function is as before" "$sysfs_before" "$(drivers_of_all)"
check_same "the domain is as before" "$domain_before" "$(virsh dumpxml --inactive --security-info guest)"
check "undo ends well" gpupass undo --yes
rmmod refuse
check "without the refusal attach ends well" gpupass attach "$gpu" --vm guest --yes
check "the sound went along" has_driver "$sound" vfio-pci
check "undo of that ends well" gpupass undo --yes
check_same "every function is as before again" "$sysfs_before" "$(drivers_of_all)"
