#!/usr/bin/env bash
# check.sh: looks into the packages for Linux in build/dist. As root with CI set
# it also installs them on this machine, uses, upgrades and removes them.
set -euo pipefail
cd "$(dirname "$0")/../.."

fail() {
	echo "packages: $*" >&2
	exit 1
}

# one PATTERN: the only file in build/dist that matches
one() {
	local found
	mapfile -t found < <(compgen -G "build/dist/$1")
	((${#found[@]} == 1)) || fail "there are ${#found[@]} files $1 in build/dist, want one"
	echo "${found[0]}"
}

app=$(one 'emitscope_*_amd64.deb')
server=$(one 'emitscope-server_*_amd64.deb')
(cd build/dist && sha256sum --quiet -c SHA256SUMS)
echo "check sums are right"

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
dpkg-deb -x "$app" "$folder/app"
dpkg-deb -x "$server" "$folder/server"

desktop-file-validate "$folder/app/usr/share/applications/emitscope.desktop"
appstreamcli validate --no-net --no-color "$folder/app/usr/share/metainfo/local.emitscope.Emitscope.metainfo.xml"
for size in 16 512; do
	[[ $(identify -format %wx%h "$folder/app/usr/share/icons/hicolor/${size}x$size/apps/emitscope.png") == "${size}x$size" ]] || fail "the icon of $size is not"
done
lintian --allow-root --fail-on error,warning --suppress-tags initial-upload-closes-no-bugs build/dist/*.deb
echo "lintian found nothing"
MANROFFSEQ='' man --warnings -E UTF-8 -l -Tutf8 -Z "$folder/app/usr/share/man/man1/emitscope.1.gz" 2>"$folder/man" >/dev/null
[[ ! -s $folder/man ]] || fail "the manual page: $(cat "$folder/man")"

# What an RPM has and needs. grep reads it to the end: with -q it would leave at the
# first match, and who still writes would fail of that.
list() { rpm -qpl "$1" 2>/dev/null; }
needs() { rpm -qp --requires "$1" 2>/dev/null; }
rpm=$(one 'emitscope-[0-9]*.x86_64.rpm')
for file in /usr/bin/emitscope /usr/share/applications/emitscope.desktop /usr/share/mime/packages/emitscope.xml /usr/share/man/man1/emitscope.1.gz; do
	list "$rpm" | grep -x "$file" >/dev/null || fail "$rpm lacks $file"
done
for name in gtk3 webkit2gtk4.1; do
	needs "$rpm" | grep -x $name >/dev/null || fail "$rpm does not ask for $name"
done
for rpm in "$(one 'emitscope-server-*.x86_64.rpm')" "$(one 'emitscope-server-*.aarch64.rpm')"; do
	for file in /usr/bin/emitscope-server /usr/lib/systemd/system/emitscope-server.service /etc/emitscope/config.toml; do
		list "$rpm" | grep -x "$file" >/dev/null || fail "$rpm lacks $file"
	done
	[[ $(rpm -qp --qf '%{NAME}' "$rpm" 2>/dev/null) == emitscope-server ]] || fail "$rpm has another name"
	! needs "$rpm" | grep -vE '^(/bin/sh|config\(|rpmlib\()' >/dev/null || fail "$rpm asks for $(needs "$rpm")"
done
echo "RPMs have what they should"

node -e '
	const fs = require("fs"), files = fs.readdirSync("build/dist").filter((f) => f.endsWith(".cdx.json"));
	for (const file of files) {
		const { bomFormat, components } = JSON.parse(fs.readFileSync("build/dist/" + file));
		for (const name of ["github.com/gorilla/websocket", "svelte"])
			if (bomFormat !== "CycloneDX" || !components.some((c) => c.name === name && c.version)) throw `${file} lacks ${name}`;
	}
	console.log(`${files.length} SBOMs have Go modules and npm packages`);
'

if [[ -z ${CI:-} ]] || ((EUID != 0)); then
	echo "not installed here: that is for CI, as root"
	exit
fi
build/package/check-app.sh "$app"
build/package/check-server.sh "$server"
