# shellcheck shell=bash
# What has to be installed, and installing it: the only place that calls the package manager.
#
# One row a package: set, how to see that it is there, Debian package, what it is for. A probe is
#   pc:MODULE       pkg-config knows the module
#   cmd:NAME        the command is on PATH (from wherever it came)
#   file:PATH       the file exists
#   go:N node:N java:N rust:N
#                   a toolchain of at least that version is on PATH
# so that a toolchain which somebody installed by other means is used, not doubled.
packages_table() {
    cat <<'ROWS'
build cmd:gcc gcc the C compiler
build file:/usr/include/stdio.h libc6-dev C headers
build cmd:make make builds
build cmd:autoreconf autoconf makes ./configure
build cmd:automake automake makes Makefile.in
build cmd:libtoolize libtool makes our internal libraries
build file:/usr/share/aclocal/ax_append_compile_flags.m4 autoconf-archive configure macros
build cmd:pkg-config pkg-config finds libraries
build pc:libh2o-evloop libh2o-evloop-dev the HTTP server
build pc:libxml-2.0 libxml2-dev tests read the XML of answers with it
build pc:hiredis libhiredis-dev metadata in Redis
build pc:openssl libssl-dev digests, signatures, TLS
build pc:sqlite3 libsqlite3-dev embedded metadata
build pc:jansson libjansson-dev JSON
build pc:check check unit tests
build cmd:python3 python3 generates tables from api-spec
tests cmd:redis-server redis-server tests of metadata in Redis
tests cmd:python3 python3 runs the compatibility tests
clients file:/usr/share/doc/python3-venv python3-venv boto3 and aws-cli, each in its own environment
clients file:/etc/ssl/certs/ca-certificates.crt ca-certificates downloads of the clients
clients node:18 nodejs the AWS SDK for JavaScript
clients cmd:npm npm installs the AWS SDK for JavaScript
clients cmd:chromium chromium pages in a real browser
clients java:17 openjdk-17-jdk-headless the AWS SDK for Java
clients cmd:mvn maven builds the Java client
clients go:19 golang-go the AWS SDK for Go
clients rust:85 rustc-web the AWS SDK for Rust (Debian's newer compiler; rustc is too old for it)
clients cmd:cargo cargo-web builds the Rust client
lint cmd:shellcheck shellcheck checks the scripts
lint cmd:clang-format clang-format checks the formatting
lint cmd:git git lists the files to check
clang cmd:clang clang second compiler, fuzzers
clang cmd:clang-tidy clang-tidy static analysis
valgrind cmd:valgrind valgrind memory checks
ROWS
}

# First number of $1's version output that stands for "the version", as an integer, or nothing.
packages_version() {
    case $1 in
    go) go version 2>/dev/null | sed -nE 's/.*go1\.([0-9]+).*/\1/p' ;;
    rust) rustc --version 2>/dev/null | sed -nE 's/^rustc 1\.([0-9]+).*/\1/p' ;;
    node) node --version 2>/dev/null | sed -nE 's/^v([0-9]+).*/\1/p' ;;
    java) javac -version 2>&1 | sed -nE 's/^javac ([0-9]+).*/\1/p' ;;
    esac
}

# Is the thing that probe $1 describes there?
packages_has() {
    local kind=${1%%:*} what=${1#*:} version
    case $kind in
    pc) pkg-config --exists "$what" 2>/dev/null ;;
    cmd) command -v "$what" >/dev/null ;;
    file)
        [ -e "$what" ] || { [ "$what" = /usr/share/doc/python3-venv ] && python3 -c 'import ensurepip' 2>/dev/null; }
        ;;
    go | rust | node | java)
        version=$(packages_version "$kind")
        [ -n "$version" ] && [ "$version" -ge "$what" ]
        ;;
    esac
}

# Prints "package reason" of every row of the sets "$@" that is missing.
packages_missing() {
    local set probe package reason
    packages_table | while read -r set probe package reason; do
        case " $* " in *" $set "*) ;; *) continue ;; esac
        packages_has "$probe" || echo "$package $reason"
    done | sort -u -k1,1
}

# Makes sure of the sets "$@": says what is missing and why, then installs it. Fails when that is not possible.
packages_need() {
    local missing package reason names=() sudo=()
    missing=$(packages_missing "$@")
    [ -n "$missing" ] || return 0
    echo "Missing on this machine:"
    while read -r package reason; do
        printf '  %-26s %s\n' "$package" "$reason"
        names+=("$package")
    done <<<"$missing"
    if [ -n "${NO_INSTALL:-}" ] || ! command -v apt-get >/dev/null; then
        echo "Install these packages (names as in Debian 12), then run the command again." >&2
        return 1
    fi
    if [ "$(id -u)" -ne 0 ]; then
        if ! command -v sudo >/dev/null; then
            echo "Neither root nor sudo. As root: apt-get install --no-install-recommends ${names[*]}" >&2
            return 1
        fi
        sudo=(sudo)
    fi
    echo "Installing them with apt-get${sudo[*]:+ (through sudo)}."
    "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq update </dev/null || return
    "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get -qq -y --no-install-recommends install "${names[@]}" </dev/null >/dev/null || return
    missing=$(packages_missing "$@")
    if [ -n "$missing" ]; then
        echo "Still missing after the installation:" >&2
        echo "$missing" >&2
        return 1
    fi
}
