# What the lab boots, made from Debian's packages: sourced by lab/run. Everything lands in build/lab/VERSION and is made
# again when what it is made of is newer.

# What the initrd needs to see its root.
boot_modules=(virtio_pci virtio_blk crc32c_generic ext4 9pnet_virtio 9p overlay)
# What the nested guest needs: the GPU's driver, and the power button that libvirt presses.
nested_modules=(bochs button evdev)
# One that can be asked from its host has the guest agent and its channel too.
agent_modules=(virtio_pci virtio_console)

is_fresh() { # is_fresh TARGET SOURCE...
    local target=$1 source
    shift
    [ -e "$target" ] || return 1
    for source in "$@"; do
        [ ! "$source" -nt "$target" ] || return 1
    done
}

newest_kernel() {
    local image version
    while read -r image; do
        version=${image#/boot/vmlinuz-}
        if [ -d "/lib/modules/$version" ]; then
            echo "$version"
            return
        fi
    done < <(printf '%s\n' /boot/vmlinuz-*-amd64 | sort -rV)
    die "no kernel with modules is installed; install linux-image-amd64"
}

# Puts modules and what they need into FOLDER, with the order in which to load them.
collect_modules() { # collect_modules FOLDER MODULE...
    local folder=$1 module file
    shift
    mkdir -p "$folder"
    for module in "$@"; do
        while read -r _ file _; do
            cp -n "$file" "$folder/"
            grep -qxF "${file##*/}" "$folder/order" 2>/dev/null || echo "${file##*/}" >>"$folder/order"
        done < <(modprobe --config /dev/null --set-version "$kernel" --show-depends "$module" | grep '^insmod')
    done
}

# A program with the libraries that it needs, as they lie here.
add_program() { # add_program TREE PROGRAM
    local file
    mkdir -p "$1/sbin" "$1/var/run"
    cp "$2" "$1/sbin/"
    while read -r file; do
        mkdir -p "$1${file%/*}"
        cp -L "$file" "$1$file"
    done < <(ldd "$2" | grep -o '/[^ ]*')
}

# Not packed: unpacking costs more than reading.
make_initrd() { # make_initrd TARGET INIT MODULE...
    local target=$1 init=$2 tree
    shift 2
    ! ldd /bin/busybox 2>/dev/null | grep -q "=>" || die "/bin/busybox needs libraries; install busybox-static"
    is_fresh "$target" "$init" "$lab/build.sh" /bin/busybox "/boot/vmlinuz-$kernel" && return 0
    say "making ${target##*/}"
    tree=$(mktemp -d "$built/tree.XXXXXX")
    mkdir -p "$tree"/{bin,dev,proc,sys,etc}
    cp /bin/busybox "$tree/bin/"
    busybox --list | grep -vx busybox | xargs -I{} ln -s busybox "$tree/bin/{}"
    install -m 755 "$init" "$tree/init"
    collect_modules "$tree/modules" "$@"
    [ "${target##*/}" != nested-agent ] || add_program "$tree" /usr/sbin/qemu-ga
    (cd "$tree" && find . | busybox cpio -o -H newc 2>/dev/null) >"$target.new"
    rm -rf "$tree"
    mv "$target.new" "$target"
}

# Debian's kernel is packed with xz, which takes longer to unpack without KVM, and much longer in the nested guest,
# than all the rest of its boot. QEMU starts the unpacked one just as well. The offsets are those of the kernel's boot
# protocol.
unpack_kernel() {
    local image=/boot/vmlinuz-$kernel target=$built/vmlinux start length
    is_fresh "$target" "$image" "$lab/build.sh" && return 0
    start=$((($(number_at "$image" 497 1) + 1) * 512 + $(number_at "$image" 584 4)))
    length=$(($(number_at "$image" 588 4) - 4)) # the last four bytes are the unpacked size
    if ! xz -dc <(tail -c "+$((start + 1))" "$image" | head -c "$length") >"$target.new" 2>/dev/null; then
        say "$image is not packed with xz; it is taken as it is"
        cp "$image" "$target.new"
    fi
    mv "$target.new" "$target"
}

number_at() { od -An -j "$2" -N "$3" -t "u$3" "$1" | tr -d ' '; } # number_at FILE OFFSET BYTES

make_module() { # make_module SOURCE: builds NAME.ko beside the others
    local source=$1 name folder
    name=$(basename "$source" .c)
    folder=$built/modules/$name
    is_fresh "$built/$name.ko" "$source" "/boot/vmlinuz-$kernel" && return 0
    [ -d "/lib/modules/$kernel/build" ] || die "the headers of $kernel are missing; install linux-headers-amd64"
    say "building $name.ko"
    mkdir -p "$folder"
    [ "$source" -ef "$folder/$name.c" ] || cp "$source" "$folder/"
    echo "obj-m := $name.o" >"$folder/Kbuild"
    make -s -C "/lib/modules/$kernel/build" M="$folder" modules >"$folder/log" 2>&1 || die "$name.ko: see $folder/log"
    cp "$folder/$name.ko" "$built/"
}

# The kernel's sample of a mediated display device is not in Debian's packages as a module, only as source.
fetch_mbochs() {
    local archive=/usr/src/linux-source-6.1.tar.xz target=$built/modules/mbochs/mbochs.c
    is_fresh "$target" && return 0
    [ -e "$archive" ] || die "$archive is missing; install linux-source-6.1"
    say "taking mbochs.c from the kernel's source"
    mkdir -p "${target%/*}"
    tar -xJf "$archive" --occurrence=1 --to-stdout linux-source-6.1/samples/vfio-mdev/mbochs.c >"$target.new"
    mv "$target.new" "$target"
}

build_lab() {
    kernel=$(newest_kernel)
    built=$work/$kernel
    mkdir -p "$built"
    unpack_kernel
    make_initrd "$built/initrd" "$lab/guest/init" "${boot_modules[@]}"
    make_initrd "$built/nested" "$lab/nested/init" "${nested_modules[@]}"
    make_initrd "$built/nested-agent" "$lab/nested/init" "${nested_modules[@]}" "${agent_modules[@]}"
    make_module "$lab/modules/stubborn/stubborn.c"
    make_module "$lab/modules/refuse/refuse.c"
    fetch_mbochs
    make_module "$built/modules/mbochs/mbochs.c"
}
