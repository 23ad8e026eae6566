# A vCenter, simulated: gpupass against bare curl with the same bulk requests and against pyVmomi. bench/run includes this.
# shellcheck shell=bash disable=SC2154

vsphere_simulator=$PWD/build/release/gpupass-vsphere-sim
vcenter_pid=

stop_vcenter() {
    if [ -n "$vcenter_pid" ]; then
        kill "$vcenter_pid" 2>/dev/null || true
        wait "$vcenter_pid" 2>/dev/null || true
        exec 9>&-
    fi
    vcenter_pid=
}

# It ends when its input does, so with this script, however that ends. It logs the requests that it gets.
start_vcenter() { # start_vcenter HOSTS
    stop_vcenter
    vcenter_hosts=$1
    rm -rf "$work/vcenter"
    mkdir "$work/vcenter"
    mkfifo "$work/vcenter/input"
    "$vsphere_simulator" --vcenter --hosts "$1" --log "$work/vcenter/log" \
        <"$work/vcenter/input" >"$work/vcenter/ready" 2>"$work/vcenter/err" &
    vcenter_pid=$!
    exec 9>"$work/vcenter/input"
    for ((i = 0; i < 1200; i++)); do
        if [ -s "$work/vcenter/ready" ]; then
            vcenter_port=$(field port "$work/vcenter/ready")
            vcenter_password=$(field password "$work/vcenter/ready")
            printf '127.0.0.1:%s %s\n' "$vcenter_port" "$(grep -o '[0-9A-F:]\{95\}' "$work/vcenter/ready")" >"$work/vcenter/known_hosts"
            return 0
        fi
        kill -0 "$vcenter_pid" 2>/dev/null || break
        sleep 0.1
    done
    say "the simulated vCenter did not start"
    cat "$work/vcenter/err" >&2
    return 1
}

vcenter_command() {
    printf '%s\n' env "GPUPASS_PASSWORD=$vcenter_password" "$gpupass" --known-hosts "$work/vcenter/known_hosts" \
        --host "vsphere://administrator%40vsphere.local@127.0.0.1:$vcenter_port" inspect
}

gpupass_vcenter() {
    local seconds command=()
    mapfile -t command < <(vcenter_command)
    seconds=$(timed "${command[@]}")
    grep -q ": $vcenter_hosts hosts, all agree" "$work/out" || { say "gpupass did not read $vcenter_hosts hosts"; cat "$work/out" "$work/err" >&2; return 1; }
    echo "$seconds"
}

# What gpupass asked, one file a request: 01 the service, 02 the login, 03 to 05 the list of hosts by a view, then a few words
# and a slice of hosts each. A view belongs to its session, so curl lists the same hosts by their ids, which stay.
write_requests() {
    local folder=$work/vcenter/requests file hosts
    mkdir "$folder"
    awk -v folder="$folder" 'BEGIN { RS = "\n\f\n" } { file = sprintf("%s/%02d", folder, NR); printf "%s", $0 >file; close(file) }' "$work/vcenter/log"
    slice=$(grep -l '>VirtualMachine<' "$folder"/?? | head -n1) || true
    hosts=$(cat "$folder"/?? | grep -o "<obj type='HostSystem'>[^<]*</obj><skip>false</skip>" | sed 's,.*,<objectSet>&</objectSet>,' | tr -d '\n') || true
    if [ "$(grep -o '<obj ' <<<"$hosts" | wc -l)" -ne "$vcenter_hosts" ] || [ -z "$slice" ] || ! grep -q '>ContainerView<' "$folder/04"; then
        say "gpupass asks the vCenter in another way than curl can repeat"
        return 1
    fi
    sed -i "s,<password>[^<]*<,<password>$vcenter_password<," "$folder/02"
    printf '%s' "$hosts" >"$work/vcenter/list"
    awk -v list="$work/vcenter/list" 'BEGIN { getline hosts <list } { gsub(/<objectSet>.*<\/objectSet>/, ""); sub(/<\/propSet>/, "&" hosts); print }' \
        "$folder/04" >"$folder/04.hosts"
    mv "$folder/04.hosts" "$folder/04"
    rm "$folder/03" "$folder/05"
    for file in "$folder"/??; do
        printf '%s\n' "url = https://127.0.0.1:$vcenter_port/sdk" "data-binary = @$file" 'header = "Content-Type: text/xml; charset=utf-8"' \
            "header = \"SOAPAction: urn:vim25/$([ "${file##*/}" = 01 ] && echo 6.7 || echo 7.0)\"" 'cookie = ""' insecure compressed \
            'output = /dev/null' 'write-out = "%{http_code} %{num_connects} %{size_download}\n"' next
    done | sed '$d' >"$work/vcenter/curl"
}

curl_vcenter() {
    local seconds
    seconds=$(timed curl -q --silent --show-error --config "$work/vcenter/curl")
    vcenter_mb=$(awk '{ bad += $1 != 200; connections += $2; bytes += $3 } END { if (!bad && connections == 1) printf "%.1f", bytes / 1e6 }' "$work/out")
    [ -n "$vcenter_mb" ] || { say "curl got no answers, or not by one connection"; cat "$work/out" "$work/err" >&2; return 1; }
    echo "$seconds"
}

pyvmomi_vcenter() {
    local seconds
    seconds=$(timed env "GPUPASS_PASSWORD=$vcenter_password" python3 "$PWD/bench/vcenter_pyvmomi.py" "$vcenter_port" administrator@vsphere.local "$slice")
    grep -q "^hosts=$vcenter_hosts vms=$((4 * vcenter_hosts)) functions=$((43 * vcenter_hosts))$" "$work/out" ||
        { say "pyvmomi did not read $vcenter_hosts hosts"; cat "$work/out" "$work/err" >&2; return 1; }
    echo "$seconds"
}

vcenter_rounds() { # vcenter_rounds N: our median time
    gpupass_vcenter >/dev/null
    for ((i = 0; i < $1; i++)); do gpupass_vcenter || return 1; done | median
}

# All three in turns, so that what else the machine does meets all.
bench_vcenter() {
    local i slice vcenter_hosts vcenter_port vcenter_password vcenter_mb ours curl pyvmomi memory small large command=()
    tests/vsphere-sim/build build/release
    start_vcenter 1000
    gpupass_vcenter >/dev/null
    write_requests
    for ((i = 1; i <= 5; i++)); do
        gpupass_vcenter >>"$work/vcenter/times.gpupass"
        curl_vcenter >>"$work/vcenter/times.curl"
        pyvmomi_vcenter >>"$work/vcenter/times.pyvmomi"
    done
    ours=$(median <"$work/vcenter/times.gpupass")
    curl=$(median <"$work/vcenter/times.curl")
    pyvmomi=$(median <"$work/vcenter/times.pyvmomi")
    figure curl "$(calculate "$ours / $curl")" "hosts=1000 seconds=$ours peer=curl peer_seconds=$curl mb=$vcenter_mb limit_ratio_at_most=2"
    figure pyvmomi "$(calculate "$pyvmomi / $ours")" "hosts=1000 seconds=$ours peer=pyvmomi peer_seconds=$pyvmomi limit_ratio=5"
    mapfile -t command < <(vcenter_command)
    memory=$(peak_mb "${command[@]}")
    figure memory "$(calculate "200 / $memory")" "hosts=1000 mb=$memory limit_mb=200"
    start_vcenter 100
    small=$(vcenter_rounds 5)
    start_vcenter 4000
    large=$(vcenter_rounds 3)
    figure growth-1000 "$(calculate "10 * $small / $ours")" "hosts=1000 seconds=$ours of=100 of_seconds=$small growth=$(calculate "$ours / $small" 1)"
    figure growth-4000 "$(calculate "4 * $ours / $large")" "hosts=4000 seconds=$large of=1000 of_seconds=$ours growth=$(calculate "$large / $ours" 1)"
    stop_vcenter
}
