# variation: render
# needs: gpupass
# A guest over SSH whose user may not open the render node: the reason is given, and nothing is left there.
. /lab/guest-setup.sh

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
