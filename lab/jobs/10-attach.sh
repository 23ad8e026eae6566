# variation: default
# needs: gpupass
# deadline: 600
# The card goes to a VM whose driver comes up on it, comes back, and everything is undone.
. /lab/guest-setup.sh
start_libvirt
define_guest_with_agent
domain_before=$(virsh dumpxml --inactive --security-info guest)
sysfs_before=$(drivers_of_all)
files_before=$(files_of_host)

gpupass inspect --json >/tmp/inspect.json
check "inspect shows the card" grep -q "\"address\": \"$gpu\"" /tmp/inspect.json
check "inspect shows its driver" grep -q '"driver": "bochs-drm"' /tmp/inspect.json
check "inspect shows its group" grep -q "\"iommu_group\": $(group_of "$gpu")" /tmp/inspect.json
check_same "inspect finds nothing that it cannot read" "[]" "$(json unknown </tmp/inspect.json)"

gpupass attach "$gpu" --vm guest --start --yes --json >/tmp/attach.json && code=0 || code=$?
check_same "attach ends well" 0 "$code"
check_same "its verdict is unproven: this card computes nothing" '"unproven"' "$(json verdict </tmp/attach.json)"
check "the card is with vfio-pci" has_driver "$gpu" vfio-pci
check "inspect shows who has it" grep -q '"vm": "guest"' <(gpupass inspect --json)
check "the guest's driver initialised the card" wait_for 150 guest_says guest "Initialized bochs-drm"
check "the guest is ready" wait_for 60 guest_says guest "NESTED READY"
gpupass verify --vm guest --json >/tmp/verify.json 2>/tmp/verify.err && code=0 || code=$?
check_same "verify found no proof" 1 "$code"
check_same "verify sees the driver" '"bochs-drm"' "$(report detail driver-bound /tmp/verify.json)"
check "verify sees the outputs" grep -q 'Virtual-1 is connected' /tmp/verify.json
check_same "there is no render node to be missing" '"skip"' "$(report result node-render /tmp/verify.json)"
check "verify says why OpenCL is absent" grep -q 'libOpenCL.so.1' <(report detail opencl-device /tmp/verify.json)
check "verify says why Vulkan is absent" grep -q 'libvulkan.so.1' <(report detail vulkan-device /tmp/verify.json)
check "and what to install" grep -q 'ocl-icd' <(report fix opencl-device /tmp/verify.json)
check "diagnose finds nothing wrong with a host that works" gpupass diagnose
check "attach again has nothing to do" gpupass attach "$gpu" --vm guest --start --yes

shut_down guest 60 || true
check "detach ends well" gpupass detach "$gpu" --yes
check "the card is back with its driver" has_driver "$gpu" bochs-drm
check "the VM has no device any more" not grep -q hostdev <(virsh dumpxml --inactive guest)

check "undo of the detach ends well" gpupass undo --yes
check "the card is with vfio-pci again" has_driver "$gpu" vfio-pci
check "the VM has the device again" grep -q "ua-gpupass-0" <(virsh dumpxml --inactive guest)
check "undo of the attach ends well" gpupass undo 1 --yes
check_same "sysfs is as before" "$sysfs_before" "$(drivers_of_all)"
check_same "the domain is as before, its secret included" "$domain_before" "$(virsh dumpxml --inactive --security-info guest)"
check_same "every file is as before" "$files_before" "$(files_of_host)"
check "the secret is in nothing of ours" not grep -rq "$guest_secret" "$HOME/.local/state/gpupass"
