#!/bin/sh
# Installs Debian or Ubuntu packages that are missing. usage: packages.sh needed NAME... [-- wanted NAME...]
# Fails if a needed one cannot be had; says so and goes on if a wanted one cannot.
set -eu

installed() {
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        echo "packages are missing and neither root nor sudo is at hand; as root run: $*" >&2
        exit 1
    fi
}

kind=needed
missing_needed=
missing_wanted=
for word in "$@"; do
    case $word in
    needed | wanted) kind=$word ;;
    --) ;;
    *)
        if ! installed "$word"; then
            if [ $kind = needed ]; then
                missing_needed="$missing_needed $word"
            else
                missing_wanted="$missing_wanted $word"
            fi
        fi
        ;;
    esac
done
[ -n "$missing_needed$missing_wanted" ] || exit 0

if ! command -v apt-get >/dev/null; then
    echo "this system has no apt-get; install what these Debian packages hold:$missing_needed$missing_wanted" >&2
    exit 1
fi
echo "Installing:$missing_needed$missing_wanted"
as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq
install() {
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}
# shellcheck disable=SC2086 # lists of words
{
    [ -z "$missing_needed" ] || install $missing_needed
    [ -z "$missing_wanted" ] || install $missing_wanted || for package in $missing_wanted; do
        install "$package" || echo "could not install $package: the tests that need it will be skipped"
    done
}
