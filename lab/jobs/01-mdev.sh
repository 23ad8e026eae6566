# variation: default
# The kernel's sample of a mediated display device: what GVT-g looks like to a tool.
. /lab/guest-setup.sh

load_module mbochs
types=/sys/class/mdev_bus/mbochs/mdev_supported_types
check_same "mbochs has three types" "mbochs-large mbochs-medium mbochs-small" "$(echo $(ls "$types"))"
check "a type says how many there can be" grep -qx '[0-9]*' "$types/mbochs-small/available_instances"

uuid=11111111-2222-3333-4444-555555555555
echo "$uuid" >"$types/mbochs-small/create"
check "a mediated device can be made" test -e "/sys/bus/mdev/devices/$uuid"
echo 1 >"/sys/bus/mdev/devices/$uuid/remove"
check "and removed" test ! -e "/sys/bus/mdev/devices/$uuid"
