#!/usr/bin/env bash
# check-server.sh DEB: installs the server, looks at its service, runs it as a
# user without rights in a folder that has nothing else, and removes it without a
# trace.
set -euo pipefail
cd "$(dirname "$0")/../.."
source build/package/check-install.sh

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
! dpkg -s emitscope-server >/dev/null 2>&1 || fail "emitscope-server is installed on this machine already"
traces >"$folder/before"
older "$1" "$folder/older.deb"
install_deb "$folder/older.deb"
echo '# mine' >>/etc/emitscope/config.toml
install_deb "$1"
tail -n 1 /etc/emitscope/config.toml | grep -qx '# mine' || fail "the upgrade took the changed settings away"

unit=emitscope-server.service
[[ $(systemctl is-enabled $unit) == disabled ]] || fail "the service is not off"
systemd-analyze verify $unit
systemd-analyze security --offline=true --no-pager --threshold=20 $unit | tail -n 1

# As its service runs it: as somebody else, with nothing but its folder.
prison=$folder/prison
install -D /usr/bin/emitscope-server "$prison/usr/bin/emitscope-server"
install -D -m 644 /etc/emitscope/config.toml "$prison/etc/emitscope/config.toml"
install -d -m 700 -o 61184 -g 61184 "$prison/var/lib/emitscope"
chmod 755 "$folder" "$prison"
hub=127.0.0.1:$(free_port)
EMITSCOPE_ADDR=$hub EMITSCOPE_CONFIG=/etc/emitscope/config.toml EMITSCOPE_DATA_DIR=/var/lib/emitscope \
	chroot --userspec=61184:61184 "$prison" /usr/bin/emitscope-server serve >"$folder/said" 2>&1 &
program=$!
trap 'kill $program 2>/dev/null || true; rm -rf "$folder"' EXIT
until_so "the hub" curl -fsS "http://$hub/readyz"
curl -fsS "http://$hub/api/v1/messages" --json '{"namespace":"/ws","event":"tick","data":1}' >/dev/null
EMITSCOPE_URL=http://$hub emitscope-server wait --query event:tick --since 0 --timeout 10s >/dev/null
curl -fsS "http://$hub/" | grep -i '<title>emitscope' >/dev/null || fail "it does not serve the interface"
kill "$program"
wait "$program" || fail "it ended with $?: $(cat "$folder/said")"
grep -q 'Stopped; nothing was waiting.' "$folder/said" || fail "it said $(cat "$folder/said")"
echo "the server ran as its own user in an empty root: $(head -n 1 "$folder/said")"

mkdir -p /var/lib/private/emitscope # as the service would
ln -s private/emitscope /var/lib/emitscope
remove_deb remove emitscope-server
[[ -d /var/lib/private/emitscope && -f /etc/emitscope/config.toml ]] || fail "removing it took data or settings away"
remove_deb purge emitscope-server
traces | diff "$folder/before" - || fail "these files stayed"
echo "the server was removed; nothing is left of it"
