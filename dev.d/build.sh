# shellcheck shell=bash
# Building: one directory a variant, configured once; make notices by itself when configure.ac or a fragment changes.
# Functions here are also called where bash ignores `set -e` (conditions): each failure is passed on by hand.

build_jobs() {
    echo "${JOBS:-$(nproc)}"
}

# $1: compiler. With ccache in front when there is one.
build_compiler() {
    if command -v ccache >/dev/null; then echo "ccache $1"; else echo "$1"; fi
}

# build_in DIRECTORY COMPILER [CONFIGURE OPTIONS...]: configured and built. COMPILER "" means the default one.
build_in() {
    local dir=$1 cc=$2
    shift 2
    packages_need build || return
    if [ ! -x configure ]; then
        echo "Making ./configure"
        autoreconf -fi >autoreconf.log 2>&1 || {
            cat autoreconf.log >&2
            return 1
        }
        rm -f autoreconf.log
    fi
    if [ ! -f "$dir/Makefile" ]; then
        echo "Configuring in ./$dir"
        mkdir -p "$dir"
        (cd "$dir" && ../configure -q CC="$(build_compiler "${cc:-${CC:-gcc}}")" "$@") || {
            rm -f "$dir/Makefile"
            return 1
        }
    fi
    make -s -C "$dir" -j"$(build_jobs)" all
}

build_main() {
    build_in build ""
}

build_run() {
    build_main || return
    if [ ! -x build/leatd ]; then
        echo "./dev run: this tree builds no leatd" >&2
        return 1
    fi
    local argument data=(--data-dir leat-data) relaxed=(--relaxed on)
    for argument in "$@"; do
        case $argument in
        --data-dir | --data-dir=*) data=() ;;
        --relaxed | --relaxed=*) relaxed=() ;;
        --config | --config=* | --help | -h | --version | -v) data=() relaxed=() ;;
        esac
    done
    [ ${#relaxed[@]} -eq 0 ] || echo "./dev run: with --relaxed on (queues can be recreated and purged again at once);" \
        "--relaxed off is as strict as Amazon"
    exec build/leatd "${data[@]}" "${relaxed[@]}" "$@"
}

# Instructions per request and stage of the server in directory $1, held against the committed ones.
build_stages() {
    local dir=$1 cc
    shift
    packages_need valgrind || return
    cc=$(sed -n 's/^CC = \(ccache \)\?//p' "$dir/Makefile")
    python3 dev.d/stages.py --leatd "$dir/leatd" --compiler "$($cc --version | head -n 1)" \
        --baseline dev.d/stages.baseline "$@"
}

build_bench() {
    build_main || return
    if [ ! -x build/leat-bench ] || [ ! -x build/leatd ]; then
        echo "./dev bench: this tree builds no leat-bench or no leatd" >&2
        return 1
    fi
    case ${1:-} in
    race)
        shift
        exec python3 src/bench/race/race.py "$@"
        ;;
    "") set -- suite --leatd build/leatd ;;
    stages)
        shift
        build_stages build "$@"
        return
        ;;
    log)
        shift
        set -- log --leatd build/leatd "$@"
        ;;
    growth)
        shift
        set -- growth --leatd build/leatd "$@"
        ;;
    ceilings)
        shift
        set -- ceilings --leatd build/leatd --engine-bench build/src/engine/engine-bench "$@"
        ;;
    esac
    exec build/leat-bench "$@"
}
