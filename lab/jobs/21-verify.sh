# variation: render
# needs: gpupass
# What the guest says of its card: the nested one by the guest agent, and a user who may not open a render node over SSH.
. /lab/guest-setup.sh

report() { # report KEY ID FILE: of the check with that id
    sed -n "/\"id\": \"$2\"/,/}/p" "$3" | json "$1"
}

define_guest_with_agent() {
    define_guest
    mkdir -p /var/lib/libvirt/qemu/channel/target
    # gpupass-guest is installed there: in an emulator within an emulator it takes minutes to bring it by a serial port.
    local tree=/tmp/tree program file
    program=$(dirname "$LAB_PROGRAM")/gpupass-guest
    for file in $(ldd "$program" | grep -o '/[^ ]*'); do
        mkdir -p "$tree${file%/*}" && cp -L "$file" "$tree$file"
    done
    mkdir -p "$tree/bin" && cp "$program" "$tree/bin/"
    cp "$LAB/nested-agent" /var/lib/libvirt/boot/
    (cd "$tree" && find . | busybox cpio -o -H newc 2>/dev/null) >>/var/lib/libvirt/boot/nested-agent
    sed -i -e 's|boot/nested<|boot/nested-agent<|' \
        -e "s|</devices>|<channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel></devices>|" /tmp/guest.xml
    virsh -q undefine guest
    virsh -q define /tmp/guest.xml
}

# A user of this machine without any group, who logs in by SSH: a guest as gpupass sees it from outside.
start_ssh_for_a_stranger() {
    useradd --create-home --shell /bin/sh --password '*' stranger # no password, and not locked
    ssh-keygen -q -t ed25519 -N "" -f /tmp/key
    ssh-keygen -q -t ed25519 -N "" -f /tmp/host_key
    install -d -o stranger -m 700 ~stranger/.ssh
    install -o stranger -m 600 /tmp/key.pub ~stranger/.ssh/authorized_keys
    mkdir -p /run/sshd
    printf 'Port 2222\nListenAddress 127.0.0.1\nHostKey /tmp/host_key\nPidFile none\nUsePAM no\nStrictModes no\n' >/tmp/sshd_config
    /usr/sbin/sshd -f /tmp/sshd_config
    printf '[127.0.0.1]:2222 %s\n' "$(cut -d' ' -f1,2 /tmp/host_key.pub)" >/tmp/known
}

files_of_stranger() { find /tmp /var/tmp /dev/shm /run ~stranger -user stranger 2>/dev/null | sort; }

start_libvirt
define_guest_with_agent
gpupass attach "$gpu" --vm guest --start --yes --json >/tmp/attach.json && code=0 || code=$?
check_same "attach ends well" 0 "$code"
check_same "its verdict is unproven: this card computes nothing" '"unproven"' "$(json verdict </tmp/attach.json)"
check "the guest's own program looked at the card" grep -q '"opencl-device"' /tmp/attach.json
gpupass verify --vm guest --json >/tmp/verify.json 2>/tmp/verify.err && code=0 || code=$?
check_same "verify found no proof" 1 "$code"
check_same "verify sees the driver" '"bochs-drm"' "$(report detail driver-bound /tmp/verify.json)"
check "verify sees the outputs" grep -q 'Virtual-1 is connected' /tmp/verify.json
check_same "there is no render node to be missing" '"skip"' "$(report result node-render /tmp/verify.json)"
check "verify says why OpenCL is absent" grep -q 'libOpenCL.so.1' <(report detail opencl-device /tmp/verify.json)
check "verify says why Vulkan is absent" grep -q 'libvulkan.so.1' <(report detail vulkan-device /tmp/verify.json)
check "and what to install" grep -q 'ocl-icd' <(report fix opencl-device /tmp/verify.json)
cp /tmp/verify.json /tmp/verify.err "$LAB_OUT/"
shut_down guest 60 || true
check "undo ends well" gpupass undo --yes

start_ssh_for_a_stranger
before=$(files_of_stranger)
as_stranger=(--guest linux+ssh://stranger@127.0.0.1:2222 --identity /tmp/key --known-hosts /tmp/known --device "$second_gpu")
gpupass verify "${as_stranger[@]}" --fast --json >/tmp/stranger.json 2>/tmp/stranger.err && code=0 || code=$?
check_same "a stranger's GPU is not working" 1 "$code"
check_same "the stranger may not open the node" '"fail"' "$(report result node-access /tmp/stranger.json)"
check "the reason names the node's group" grep -q 'belongs to root:render' <(report detail node-access /tmp/stranger.json)
check "the fix is the group" grep -q 'usermod -aG render stranger' <(report fix node-access /tmp/stranger.json)
check_same "nothing is left of it" "$before" "$(files_of_stranger)"
for moment in 0.6 1.5; do
    timeout -s KILL "$moment" "$gpupass_bin" verify "${as_stranger[@]}" --fast --json >/dev/null 2>&1 || true
    wait_for 30 not pgrep -u stranger -f gpupass-guest || true
    sleep 0.3
    check_same "nothing is left when it is killed after $moment s" "$before" "$(files_of_stranger)"
done
usermod -aG render stranger
gpupass verify "${as_stranger[@]}" --fast --json >/tmp/member.json 2>/dev/null || true
check_same "a member of the group may open it" '"pass"' "$(report result node-access /tmp/member.json)"
