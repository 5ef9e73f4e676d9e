# shellcheck shell=bash
# What a machine can hold of the style guide. The rules about C text are in dev.d/lint_sources.py, those about
# compiled objects in dev.d/lint_objects.py, those about leatd's options in dev.d/lint_options.py.

lint_problems=0

lint_step() {
    local name=$1
    shift
    if "$@"; then
        echo "lint: $name: ok"
    else
        echo "lint: $name: PROBLEMS" >&2
        lint_problems=$((lint_problems + 1))
    fi
}

lint_c_files() {
    git ls-files --cached --others --exclude-standard 'src/*.c' 'src/*.h' | while read -r file; do
        [ -f "$file" ] && echo "$file"
    done
}

lint_formatted() {
    local file status=0
    for file in $(lint_c_files); do
        clang-format "$file" | cmp -s - "$file" || {
            echo "$file: not formatted (./dev fmt)"
            status=1
        }
    done
    return $status
}

lint_format() {
    packages_need lint || return
    # shellcheck disable=SC2046
    clang-format -i $(lint_c_files) # no file of ours has a blank in its name
}

lint_scripts() {
    local file scripts=()
    for file in $(git ls-files --cached --others --exclude-standard); do
        [ -f "$file" ] || continue
        case $file in
        *.sh) scripts+=("$file") ;;
        *.*/* | */*.* | *.*) [[ $file == dev || $file == .ci/* ]] && scripts+=("$file") ;;
        *) head -c 64 "$file" | head -n 1 | grep -qaE '^#!.*\b(ba|da)?sh\b' && scripts+=("$file") ;;
        esac
    done
    shellcheck -x "${scripts[@]}"
}

lint_tidy() {
    local files
    # shellcheck disable=SC2046
    files=$(lint_c_files | grep '\.c$')
    # shellcheck disable=SC2046,SC2086
    clang-tidy --quiet --warnings-as-errors='*' $files -- -std=gnu11 -Isrc -Ibuild/src -Ibuild -D_GNU_SOURCE \
        -DHAVE_CONFIG_H -DH2O_USE_LIBUV=0 -DH2O_USE_EPOLL=1 \
        $(pkg-config --cflags libh2o-evloop libxml-2.0 hiredis openssl sqlite3 jansson check)
}

lint_all() {
    packages_need build lint || return
    lint_problems=0
    lint_step "sources" python3 dev.d/lint_sources.py
    lint_step "options" python3 dev.d/lint_options.py
    lint_step "formatting" lint_formatted
    lint_step "scripts" lint_scripts
    build_main || return
    lint_step "objects" python3 dev.d/lint_objects.py build
    if [ "${1:-}" = --tidy ]; then
        packages_need clang || return
        lint_step "clang-tidy" lint_tidy
    fi
    [ "$lint_problems" -eq 0 ]
}
