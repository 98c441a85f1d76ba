#!/usr/bin/env bash
# check-app.sh DEB: installs an older version, starts it as a desktop does, sends
# it a message, closes it; upgrades, and looks for its data; removes it without a
# trace.
set -euo pipefail
cd "$(dirname "$0")/../.."
source build/package/check-install.sh

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
! dpkg -s emitscope >/dev/null 2>&1 || fail "emitscope is installed on this machine already"
traces >"$folder/before"

older "$1" "$folder/older.deb"
install_deb "$folder/older.deb"
[[ $(dpkg-query -W -f '${Version}' emitscope) == 0.0.0~~before-1 ]] || fail "the older version is not there"

export HOME=$folder/home
mkdir -p "$HOME"
echo >"$HOME/run.emitscope"
[[ $(gio info -a standard::content-type "$HOME/run.emitscope") == *application/vnd.emitscope.recording* ]] || fail "files .emitscope are not known"
[[ $(gio mime application/vnd.emitscope.recording) == *emitscope.desktop* ]] || fail "nothing opens files .emitscope"

build/display.sh build/package/check-launch.sh "$folder" first
install_deb "$1"
[[ $(dpkg-query -W -f '${Version}' emitscope) != 0.0.0~~before-1 ]] || fail "it was not upgraded"
build/display.sh build/package/check-launch.sh "$folder" again
echo "the app was installed, started by its desktop entry, upgraded, and had its data still"

remove_deb purge emitscope
traces | diff "$folder/before" - || fail "these files stayed"
echo "the app was removed; nothing is left of it"
