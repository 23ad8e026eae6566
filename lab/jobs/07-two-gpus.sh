# variation: two-gpus
# Two cards of one kind.
. /lab/guest-setup.sh

check "the first GPU is driven by bochs-drm" has_driver "$gpu" bochs-drm
check "the second GPU is driven by bochs-drm" has_driver "$second_gpu" bochs-drm
check "their groups differ" test "$(group_of "$gpu")" != "$(group_of "$second_gpu")"
