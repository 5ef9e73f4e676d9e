# shellcheck shell=bash
# What CI runs. Every step runs even when an earlier one failed; a failed step that counts no tests is one failure.

ci_step() {
    local name=$1 from=$SECONDS
    shift
    echo
    echo "== $name"
    if "$@" </dev/null; then
        echo "== $name: done in $((SECONDS - from)) s"
    else
        echo "== $name: FAILED after $((SECONDS - from)) s"
        tests_count 0 1 0
    fi
}

ci_distcheck() {
    make -s -C build-gcc -j"$(build_jobs)" distcheck DISTCHECK_CONFIGURE_FLAGS="CC='$(build_compiler gcc)'" >distcheck.log 2>&1 && {
        rm -f distcheck.log
        return 0
    }
    tail -n 60 distcheck.log
    return 1
}

ci_asan() {
    build_in build-asan "" --with-sanitizers=address,undefined &&
        ASAN_OPTIONS=detect_stack_use_after_return=1 tests_unit build-asan
}

# The server under the sanitizers, against everything below the level of SDKs. What h2o keeps until the end is no leak
# of ours.
ci_asan_server() {
    ASAN_OPTIONS=detect_leaks=0 tests_compat build-asan http
}

ci_all() {
    export CI=${CI:-true}
    packages_need build tests clients lint clang || return
    ci_step "gcc, warnings are errors" build_in build-gcc gcc --enable-werror
    ci_step "clang, warnings are errors" build_in build-clang clang --enable-werror
    ci_step "lint" lint_all
    ci_step "unit tests" tests_unit build-gcc
    ci_step "unit tests with sanitizers" ci_asan
    ci_step "raw HTTP with sanitizers" ci_asan_server
    ci_step "distcheck" ci_distcheck
    ci_step "compatibility tests" tests_compat build-gcc
    echo
    tests_close
}
