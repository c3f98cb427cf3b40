#!/bin/sh
# Builds the unix MicroPython for 32 bits, in which objects have the size that they have on a board.
#
#   build_unix32.sh             the plain one: CACHE/micropython
#   build_unix32.sh FIRMWARE    and one with FIRMWARE/manifest.py frozen into it: CACHE/micropython-uockam; without what
#                               is in the assembler of Cortex-M
#
# CACHE is ${XDG_CACHE_HOME:-~/.cache}/uockam/unix32. The source is Debian's, and so are the 32-bit parts of the C
# library and the compiler; both are unpacked into CACHE and nothing on the system changes. Needs Debian 12 or a later
# one on x86_64 with gcc, make, python3 and dpkg-dev; no root. About a minute, and a few seconds once it is there.
set -eu

suite=trixie
cache=${XDG_CACHE_HOME:-$HOME/.cache}/uockam/unix32
firmware=${1:-}
script=$(cksum <"$0")
gcc_version=$(gcc -dumpversion | cut -d. -f1)
keys=/usr/share/keyrings/debian-archive-keyring.gpg

main() {
    for tool in apt-get dpkg-source dpkg-deb gcc make python3; do
        command -v $tool >/dev/null || {
            echo "build_unix32: there is no $tool; this needs Debian on x86_64 with gcc, make, python3 and dpkg-dev" >&2
            exit 1
        }
    done
    mkdir -p "$cache"
    cd "$cache"
    exec 9>lock
    flock 9 # two builds at a time would spoil each other's
    [ "$script" = "$(cat built-by 2>/dev/null)" ] || start_anew
    [ -d source/lib/mbedtls/library ] || get_source
    [ -d lib32 ] || get_lib32
    [ -x micropython ] || make_micropython micropython
    [ -z "$firmware" ] || make_frozen
}

# make sees when a source changed, and not when its flags did.
start_anew() {
    rm -rf build micropython micropython-uockam
    echo "$script" >built-by
}

# The system's own mirror with another suite, in a private folder of apt's.
get_source() {
    mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' | grep -v security | head -1)
    rm -rf apt source && mkdir -p apt/etc apt/state/lists/partial apt/cache/archives/partial
    : >apt/state/status
    echo "deb-src [signed-by=$keys] $mirror $suite main" >apt/etc/sources.list
    cat >apt/apt.conf <<EOF
Dir::State "$PWD/apt/state";
Dir::State::status "$PWD/apt/state/status";
Dir::Cache "$PWD/apt/cache";
Dir::Etc "$PWD/apt/etc";
Dir::Etc::parts "-";
Dir::Etc::sourceparts "-";
EOF
    (
        cd apt
        export APT_CONFIG="$PWD/apt.conf"
        apt-get -q update
        apt-get -q source --download-only micropython mbedtls
        dpkg-source --no-check --skip-patches -x micropython_*.dsc unpacked
        mkdir -p unpacked/lib/mbedtls
        tar -C unpacked/lib/mbedtls --strip-components=1 -xf mbedtls_*.orig.tar.*
        touch unpacked/lib/micropython-lib/README.md # what the build takes for a sign that it is all there
    )
    make -s -C apt/unpacked/mpy-cross STRIP=
    mv apt/unpacked source
    rm -rf apt
}

get_lib32() {
    rm -rf packages && mkdir packages
    (
        cd packages
        apt-get -q download "lib32gcc-$gcc_version-dev" libc6-dev-i386
        for each in *.deb; do dpkg-deb -x "$each" root; done
    )
    mv packages/root lib32
    rm -rf packages
}

make_frozen() {
    rm -rf firmware
    cp -r "$firmware" firmware
    find firmware -name '*_thumb.py' -delete
    make_micropython micropython-uockam "include('$PWD/firmware/manifest.py')"
}

# make_micropython PROGRAM [LINE]: with what LINE of a manifest freezes, beside asyncio
make_micropython() {
    gcc_folder=$PWD/lib32/usr/lib/gcc/x86_64-linux-gnu/$gcc_version/32
    parts="-B$gcc_folder/ -B$PWD/lib32/usr/lib32/"
    headers="-isystem /usr/include/x86_64-linux-gnu -isystem $PWD/lib32/usr/include"
    rm -rf build/frozen_mpy # it is kept by age, and another checkout's files may be older
    printf '%s\n' 'include("$(MPY_DIR)/extmod/asyncio")' "${2:-}" >manifest.py
    make -s -j2 -C source/ports/unix BUILD="$PWD/build" FROZEN_MANIFEST="$PWD/manifest.py" MICROPY_FORCE_32BIT=1 STRIP= \
        MPY_CROSS_FLAGS=-march=x86 MICROPY_PY_FFI=0 MICROPY_PY_BTREE=0 MICROPY_PY_CRYPTOLIB=1 \
        CFLAGS_EXTRA="-DMICROPY_FLOAT_USE_NATIVE_FLT16=0 $headers $parts" \
        LDFLAGS_EXTRA="-static $parts -L$gcc_folder -L$PWD/lib32/usr/lib32" >build.log 2>&1 || {
        cat build.log >&2
        exit 1
    }
    cp build/micropython "$1.new"
    mv "$1.new" "$1"
}

main
