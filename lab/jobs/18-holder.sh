# variation: default
# needs: gpupass
# A program has the card's device file open.
. /lab/guest-setup.sh
start_libvirt
define_guest
sleep 600 </dev/dri/card0 &
holder=$!
check "inspect names the program" grep -q "sleep ($holder)" <(gpupass inspect --json)
gpupass attach "$gpu" --vm guest --yes >/tmp/out 2>&1 && code=0 || code=$?
check_same "attach is blocked" 3 "$code"
check "and names it too" grep -q "sleep ($holder)" /tmp/out
check "the card keeps its driver" has_driver "$gpu" bochs-drm
kill -KILL "$holder" # the machine's first process ignores TERM, and so do its children
wait "$holder" || true
check "without it attach ends well" gpupass attach "$gpu" --vm guest --yes
check "undo ends well" gpupass undo --yes
check "the card is with its driver" has_driver "$gpu" bochs-drm
