# The machines that the lab can be: sourced by lab/run. Addresses are the same in all of them: 01:00.0 is the GPU,
# 02:00.0 an NVMe disk with four virtual functions, 03:00.0 a second GPU where there is one.

variations=(default iommu-off iommu-not-asked multifunction companion two-gpus render no-vfio)

is_variation() {
    local name
    for name in "${variations[@]}"; do
        [ "$name" != "$1" ] || return 0
    done
    return 1
}

# Sets `devices` (QEMU's options) and `kernel_line`.
describe_machine() { # describe_machine VARIATION
    local gpu=bochs-display,bus=rp1 more=() iommu=(-device "intel-iommu,intremap=on,caching-mode=on")
    kernel_line="intel_iommu=on iommu=pt"
    case $1 in
        default) ;;
        iommu-off)
            iommu=()
            kernel_line=""
            ;;
        iommu-not-asked) kernel_line="intel_iommu=off" ;; # the last word of that name counts
        # Functions of one device are not isolated from each other: one group, and the network card stays with the host.
        multifunction)
            gpu+=,multifunction=on,addr=0.0
            more=(-device "e1000e,bus=rp1,addr=0.1")
            ;;
        companion) # the same with the card's own sound
            gpu+=,multifunction=on,addr=0.0
            more=(-device "intel-hda,bus=rp1,addr=0.1")
            ;;
        two-gpus) more=(-device "bochs-display,bus=rp3") ;;
        render) more=(-device "virtio-gpu-pci,bus=rp3") ;; # a second GPU with a render node
        no-vfio) kernel_line+=" lab.hide=vfio-pci" ;;
    esac
    local disk=nvme,serial=lab,bus=rp2,subsys=disks,sriov_max_vfs=4,sriov_vq_flexible=8,sriov_vi_flexible=4
    devices=(
        "${iommu[@]}" # before the devices that it is to translate for
        -device "pcie-root-port,id=rp1,chassis=1" -device "pcie-root-port,id=rp2,chassis=2"
        -device "pcie-root-port,id=rp3,chassis=3"
        -device "$gpu" "${more[@]}"
        -device "nvme-subsys,id=disks"
        -device "$disk,max_ioqpairs=16,msix_qsize=17"
    )
}
