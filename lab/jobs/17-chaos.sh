# variation: default
# needs: gpupass
# deadline: 1500
# Killed at random moments, $LAB_CHAOS times: resume reaches the goal, undo the start.
. /lab/guest-setup.sh
start_libvirt
define_guest
domain_before=$(virsh dumpxml --inactive --security-info guest)
sysfs_before=$(drivers_of_all)
RANDOM=${LAB_SEED:-11}

for ((round = 1; round <= LAB_CHAOS; round++)); do
    pause=$((RANDOM % 1500))
    "$gpupass_bin" attach "$gpu" --vm guest --yes >/dev/null 2>&1 &
    child=$!
    sleep "$((pause / 1000)).$(printf %03d $((pause % 1000)))"
    kill -KILL "$child" 2>/dev/null || true
    wait "$child" 2>/dev/null || true
    sleep 0.3
    if [ $((round % 2)) -eq 0 ] && ! gpupass status >/dev/null 2>&1; then
        check "round $round ($pause ms): resume ends well" gpupass resume --yes
        check "round $round: the goal holds" has_driver "$gpu" vfio-pci
    fi
    gpupass undo --yes >/tmp/out 2>&1 || cat /tmp/out
    check_same "round $round ($pause ms): sysfs is as before" "$sysfs_before" "$(drivers_of_all)"
    check_same "round $round: the domain is as before" "$domain_before" "$(virsh dumpxml --inactive --security-info guest)"
done
