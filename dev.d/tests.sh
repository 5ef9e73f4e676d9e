# shellcheck shell=bash
# Running tests and counting them. Counts go through tests_count, so that the closing line is always complete.

tests_passed=0
tests_failed=0
tests_skipped=0

tests_count() {
    tests_passed=$((tests_passed + $1))
    tests_failed=$((tests_failed + $2))
    tests_skipped=$((tests_skipped + $3))
}

# The closing line, and the status that goes with it.
tests_close() {
    local line="$tests_passed passed, $tests_failed failed"
    [ "$tests_skipped" -eq 0 ] || line="$line, $tests_skipped skipped"
    echo "$line"
    [ "$tests_failed" -eq 0 ]
}

# The number that automake wrote for $2 (PASS, FAIL ...) into the log of directory $1.
tests_number() {
    sed -nE "s/^# $2: +([0-9]+)/\1/p" "$1/test-suite.log" | head -n 1
}

# tests_unit DIRECTORY [TEST...]: make check there, counted. A directory that does not build is one failure.
tests_unit() {
    local dir=$1 only=()
    shift
    [ $# -eq 0 ] || only=("TESTS=$*")
    rm -f "$dir/test-suite.log"
    if make -s -C "$dir" -j"$(build_jobs)" check "${only[@]}"; then
        :
    elif [ ! -f "$dir/test-suite.log" ]; then
        echo "make check in ./$dir did not get as far as running the tests" >&2
        tests_count 0 1 0
        return 0
    else
        cat "$dir/test-suite.log"
    fi
    [ -f "$dir/test-suite.log" ] || return 0
    tests_count "$(tests_number "$dir" PASS)" \
        "$(($(tests_number "$dir" FAIL) + $(tests_number "$dir" ERROR) + $(tests_number "$dir" XPASS)))" \
        "$(tests_number "$dir" SKIP)"
}

# tests_compat DIRECTORY [CLIENT...]: the black-box tests against DIRECTORY/leatd, counted.
tests_compat() {
    local dir=$1 counts
    shift
    if [ ! -x "$dir/leatd" ]; then
        echo "This tree builds no leatd: no compatibility tests." >&2
        return 0
    fi
    counts=$(mktemp)
    LEATD="$dir/leatd" LEAT="$dir/leat" compat-tests/run --counts "$counts" "$@" || true
    if [ -s "$counts" ]; then
        # shellcheck disable=SC2046 # three numbers
        tests_count $(cat "$counts")
    else
        tests_count 0 1 0
    fi
    rm -f "$counts"
}

tests_all() {
    local quick=no
    if [ "${1:-}" = --quick ]; then
        quick=yes
        shift
    fi
    if [ $quick = yes ]; then packages_need build tests || return; else packages_need build tests clients || return; fi
    build_main || return
    [ $# -gt 0 ] || tests_unit build
    [ $quick = yes ] || tests_compat build "$@"
    tests_close
}

# The unit test programs of directory $1, built; only those named "$2..." when there are names.
tests_programs() {
    local dir=$1 program name
    shift
    make -s -C "$dir" -j"$(build_jobs)" check TESTS= >/dev/null
    find "$dir/src" -name '*_test' -type f -executable | sort | while read -r program; do
        [ $# -gt 0 ] || { echo "$program"; continue; }
        for name in "$@"; do
            case $program in *"$name"*) echo "$program" ;; esac
        done
    done
}

# tests_sanitized NAME SANITIZERS [TEST...]: unit tests of a build with these sanitizers.
tests_sanitized() {
    local dir=build-$1 sanitizers=$2
    shift 2
    build_in "$dir" "" --with-sanitizers="$sanitizers" || return
    export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_stack_use_after_return=1:strict_string_checks=1}
    export UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1}
    # A test's child that only warns would end well.
    export TSAN_OPTIONS=${TSAN_OPTIONS:-halt_on_error=1:second_deadlock_stack=1}
    LEAT_TEST_TIMEOUT_S=${LEAT_TEST_TIMEOUT_S:-900} tests_unit "$dir" "$@"
    tests_close
}

tests_valgrind() {
    local program log
    packages_need build tests valgrind || return
    build_main || return
    log=$(mktemp)
    for program in $(tests_programs build "$@"); do
        echo "valgrind ${program#build/}"
        if (cd build && CK_FORK=no LEAT_TEST_TIMEOUT_S=600 valgrind -q --error-exitcode=9 --leak-check=full \
            --show-leak-kinds=definite,possible --errors-for-leak-kinds=definite --num-callers=30 \
            "${program#build/}") >"$log" 2>&1 </dev/null; then
            tests_count 1 0 0
        else
            cat "$log"
            tests_count 0 1 0
        fi
    done
    rm -f "$log"
    tests_close
}

# tests_fuzz [TARGET] [SECONDS]. New inputs and crashes stay in build-fuzz; corpora in the tree are only read.
tests_fuzz() {
    local target="" seconds=30 argument program name inputs
    for argument in "$@"; do
        case $argument in *[!0-9]*) target=$argument ;; *) seconds=$argument ;; esac
    done
    packages_need build clang || return
    build_in build-fuzz clang --enable-fuzzers --with-sanitizers=address,undefined || return
    for program in $(find build-fuzz/src/fuzz build-fuzz -maxdepth 1 -name 'fuzz_*' -type f -executable | sort -u); do
        name=$(basename "$program")
        case $name in *"$target"*) ;; *) continue ;; esac
        mkdir -p "build-fuzz/found/$name"
        inputs=("build-fuzz/found/$name")
        [ ! -d "src/fuzz/corpus/${name#fuzz_}" ] || inputs+=("src/fuzz/corpus/${name#fuzz_}")
        [ ! -f "src/fuzz/${name#fuzz_}.dict" ] || inputs+=("-dict=src/fuzz/${name#fuzz_}.dict")
        echo "fuzz ${name#fuzz_}: $seconds s"
        if "$program" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 \
            -artifact_prefix="build-fuzz/found/$name-" "${inputs[@]}" \
            >"build-fuzz/found/$name.log" 2>&1 </dev/null; then
            tests_count 1 0 0
            tail -n 1 "build-fuzz/found/$name.log"
        else
            tail -n 60 "build-fuzz/found/$name.log"
            tests_count 0 1 0
        fi
    done
    if [ $((tests_passed + tests_failed)) -eq 0 ]; then
        echo "./dev fuzz: no such target${target:+: $target}" >&2
        return 2
    fi
    tests_close
}
