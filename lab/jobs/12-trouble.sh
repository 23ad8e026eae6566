# variation: default
# needs: gpupass
# What goes wrong: a driver that does not let go, a card that vfio-pci does not take, libvirt that is away, a stopped VM.
. /lab/guest-setup.sh
bind_stubborn() {
    echo "$gpu" >/sys/bus/pci/drivers/bochs-drm/unbind
    load_module stubborn
}
release_stubborn() {
    echo N >/sys/module/stubborn/parameters/hold
    wait_for 10 has_driver "$gpu" ""
}

check "without libvirt inspect shows the card all the same" grep -q "\"address\": \"$gpu\"" <(gpupass inspect --json)
gpupass attach "$gpu" --vm guest --yes >/tmp/out 2>&1 && code=0 || code=$?
check_same "without libvirt attach is blocked" 3 "$code"
check "and says so" grep -q "libvirt does not answer" /tmp/out

start_libvirt
define_guest
domain_before=$(virsh dumpxml --inactive --security-info guest)

bind_stubborn
check "the stubborn driver took the card" has_driver "$gpu" stubborn
began=$SECONDS
gpupass attach "$gpu" --vm guest --yes >/tmp/out 2>&1 && code=0 || code=$?
check_same "a driver that blocks: attach fails" 1 "$code"
check "within its deadline" test $((SECONDS - began)) -lt 60
check "and says what is the matter" grep -q "did not let go" /tmp/out
check "the host is usable" gpupass inspect
release_stubborn
check "undo ends well once the driver has let go" gpupass undo --yes
check "the card is with the driver it had" has_driver "$gpu" stubborn
rmmod stubborn
echo "$gpu" >/sys/bus/pci/drivers_probe
check_same "the domain is as before" "$domain_before" "$(virsh dumpxml --inactive --security-info guest)"
check "the card is with its driver" has_driver "$gpu" bochs-drm

# A VM that was stopped while it had the card, and a card that nobody has: it can be released.
check "attach ends well" gpupass attach "$gpu" --vm guest --yes
echo "$gpu" >/sys/bus/pci/drivers/vfio-pci/unbind
check "a card of a stopped VM, with no driver: detach ends well" gpupass detach "$gpu" --yes
check "the card is with its driver" has_driver "$gpu" bochs-drm
gpupass undo --yes >/dev/null 2>&1 || true
