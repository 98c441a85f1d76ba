#!/usr/bin/env bash
# check-launch.sh FOLDER first|again: starts the installed app by its desktop
# entry, on the display there is; the second time, what was made in the first must
# be there. A picture of the window is left in FOLDER.
set -euo pipefail
source build/package/check-install.sh

folder=$1
hub=127.0.0.1:$(free_port)
export EMITSCOPE_ADDR=$hub EMITSCOPE_URL=http://$hub
openbox &
manager=$!
trap 'kill $manager' EXIT

gio launch /usr/share/applications/emitscope.desktop >"$folder/said" 2>&1
until_so "the hub" curl -fsS "http://$hub/readyz"
until_so "the window" xdotool search --onlyvisible --name '^Emitscope$'
window=$(xdotool search --onlyvisible --name '^Emitscope$')
until_so "the page in the window" bash -c "ss -Htn state established dst $hub | grep -q ." # it stays connected; curl does not
if [[ $2 == again ]]; then
	emitscope key list | grep kept >/dev/null || fail "the key that was made before the upgrade is gone"
else
	emitscope key make kept >/dev/null
fi
curl -fsS "http://$hub/api/v1/messages" --json '{"namespace":"/ws","event":"installed","data":{"is":"it"}}' >/dev/null
until_so "the message" bash -c 'emitscope messages --query event:installed | grep -q "\"is\""'
import -silent -window "$window" "$folder/$2.png"

program=$(xdotool getwindowpid "$window")
xdotool windowactivate --sync "$window" key alt+F4
until_so "the end of the program" bash -c "! kill -0 $program"
grep -q 'Stopped; nothing was waiting.' "$folder/said" || fail "it said $(cat "$folder/said")"
