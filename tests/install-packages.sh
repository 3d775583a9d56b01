#!/bin/sh
# install-packages.sh PACKAGE... - installs the Debian packages that are missing; silent where none is.
set -u

# One package a line, an empty one in front, so that a name can be told from the end of another.
known=$(echo && dpkg-query -W -f '${Package} ${db:Status-Status}\n' "$@" 2>/dev/null)
missing=
for package in "$@"; do
    case $known in
    *"
$package installed"*) ;;
    *) missing="$missing $package" ;;
    esac
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" = 0 ]; then
    as_root=
elif command -v sudo >/dev/null 2>&1; then
    as_root=sudo
else
    as_root=none
fi

give_up() {
    echo "ipcgrade: packages are missing:$missing" >&2
    echo "ipcgrade: $1; as root, type: apt-get update && apt-get install -y$missing" >&2
    exit 2
}

command -v apt-get >/dev/null 2>&1 || give_up "there is no apt-get here (this is made for Debian 12)"
[ "$as_root" != none ] || give_up "they cannot be installed without root or sudo"

# shellcheck disable=SC2086 # lists of words
install() {
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $missing \
        </dev/null >"$log" 2>&1
}

echo "Installing Debian packages:$missing"
log=$(mktemp "${TMPDIR:-/tmp}/ipcgrade-packages.XXXXXX") || exit 2
trap 'rm -f "$log"' EXIT
[ -z "$as_root" ] || sudo -v || give_up "sudo was refused"

# The lists of a fresh machine are often empty or too old: fetched only if it does not go without.
if ! install; then
    echo "Fetching the package lists (apt-get update)"
    $as_root apt-get update </dev/null >"$log" 2>&1 && install || {
        tail -n 15 "$log" >&2
        give_up "apt-get failed"
    }
fi
