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
        ASAN_OPTIONS=detect_stack_use_after_return=1 LEAT_TEST_TIMEOUT_S=900 tests_unit build-asan
}

# What has threads of its own, and what they share.
ci_tsan_tests="src/base/clock_test src/base/mailbox_test src/base/loop_test src/log/bodies_test src/log/log_test
    src/log/log_threads_test src/metadata/sqlite_test src/node/catalog_test
    src/node/catalog_list_test src/node/catalog_tasks_test src/node/catalog_race_test src/node/catalog_redis_test
    src/node/node_test src/node/node_calls_test src/node/node_stress_test"

ci_tsan() {
    # shellcheck disable=SC2086 # one word a test
    build_in build-tsan "" --with-sanitizers=thread &&
        TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1 LEAT_TEST_TIMEOUT_S=900 tests_unit build-tsan $ci_tsan_tests
}

# The README's own test command, word for word, so that what passes here passes for a newcomer.
ci_readme() {
    local log line status
    log=$(mktemp)
    ./dev test 2>&1 | tee "$log"
    status=${PIPESTATUS[0]}
    line=$(grep -E '^[0-9]+ passed, [0-9]+ failed(, [0-9]+ skipped)?$' "$log" | tail -n 1)
    rm -f "$log"
    if [ -z "$line" ]; then
        echo "./dev test printed no closing line" >&2
        return 1
    fi
    # shellcheck disable=SC2046 # two or three numbers
    tests_count $(tr -cd '0-9 \n' <<<"$line") $([[ $line == *skipped* ]] || echo 0)
    [ "$status" -eq 0 ] || [[ $line != *" 0 failed"* ]] # a failure that the numbers do not tell
}

# The server under the sanitizers, against everything below the level of SDKs. What h2o keeps until the end is no leak
# of ours. Freed memory is held back in small amounts: some cases bound what the server takes.
ci_asan_server() {
    ASAN_OPTIONS=detect_leaks=0:quarantine_size_mb=16 tests_compat build-asan http
}

ci_all() {
    export CI=${CI:-true}
    packages_need build tests clients lint clang valgrind || return
    ci_step "gcc, warnings are errors" build_in build-gcc gcc --enable-werror
    ci_step "clang, warnings are errors" build_in build-clang clang --enable-werror
    ci_step "lint" lint_all
    ci_step "instructions per request" build_stages build-gcc
    ci_step "./dev test" ci_readme
    ci_step "unit tests with sanitizers" ci_asan
    ci_step "raw HTTP with sanitizers" ci_asan_server
    ci_step "threads with the thread sanitizer" ci_tsan
    ci_step "distcheck" ci_distcheck
    echo
    tests_close
}
