# variation: default
# A driver that does not let its device go: the write to `unbind` hangs until it is released.
. /lab/guest-setup.sh

unbind() { echo "$gpu" >"/sys/bus/pci/drivers/$1/unbind"; }
in_d_state() { grep -q '^State:.D' "/proc/$1/status"; }

unbind bochs-drm
load_module stubborn
check "the stubborn driver took the GPU" has_driver "$gpu" stubborn

unbind stubborn &
child=$!
check "the unbind hangs" wait_for 10 in_d_state "$child"
kill -KILL "$child"
sleep 1
check "it cannot be killed" in_d_state "$child"
echo N >/sys/module/stubborn/parameters/hold
check "it goes on when released" wait_for 10 has_driver "$gpu" ""
wait "$child" || true
rmmod stubborn
echo "$gpu" >/sys/bus/pci/drivers/bochs-drm/bind
check "the GPU is back with its driver" has_driver "$gpu" bochs-drm
