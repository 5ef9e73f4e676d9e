# shellcheck shell=bash
# A Python environment of its own for each list of requirements, made once and again when the list changes.

# venv_path NAME: where the environment is.
venv_path() {
    echo "$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)/.tools/venv-$1"
}

# venv_prepare NAME REQUIREMENTS
venv_prepare() {
    local path stamp
    path=$(venv_path "$1")
    stamp=$(sha256sum "$2" | cut -d' ' -f1)
    [ "$(cat "$path/stamp" 2>/dev/null)" != "$stamp" ] || return 0
    command -v python3 >/dev/null || { echo "no python3"; return 77; }
    rm -rf "$path"
    mkdir -p "${path%/*}"
    python3 -m venv "$path" || { echo "python3 cannot make environments (python3-venv)"; return 77; }
    "$path/bin/pip" -q --disable-pip-version-check install -r "$2" || return 1
    echo "$stamp" >"$path/stamp"
}
