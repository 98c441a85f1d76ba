#!/usr/bin/env bash
# need.sh WHAT...: makes sure that WHAT is there. On Debian and Ubuntu it
# installs what is missing, saying what for; elsewhere it says what to install.
set -euo pipefail
cd "$(dirname "$0")/.."

install=() # apt packages
unmet=0
refreshed=0

# want PACKAGES LEAST WHY CHECK...: runs CHECK; when it fails, PACKAGES are to be
# installed, if apt's version of the first is at least LEAST (empty: no matter).
want() {
	local packages=$1 least=$2 why=$3 first=${1%% *} candidate
	shift 3
	if "$@" >/dev/null 2>&1; then
		return
	fi
	if ! command -v apt-get >/dev/null; then
		echo "Missing: $packages${least:+ $least or newer} ($why). Please install it." >&2
		unmet=1
		return
	fi
	refresh
	candidate=$(apt-cache policy "$first" | sed -nE 's/^ *Candidate: //p')
	if [[ -z $candidate || $candidate == "(none)" ]] ||
		{ [[ -n $least ]] && ! dpkg --compare-versions "${candidate#*:}" ge "$least"; }; then
		echo "Missing: $first${least:+ $least or newer} ($why); this system offers ${candidate:-none}. Please install it by hand." >&2
		unmet=1
		return
	fi
	echo "Missing: $packages ($why). Installing with apt-get."
	read -ra words <<<"$packages"
	install+=("${words[@]}")
}

# refresh reads apt's lists, at most once a day. Where it cannot, without a
# network or the right to, those that are there must do.
refresh() {
	if ((refreshed)); then
		return
	fi
	refreshed=1
	mkdir -p .cache
	if [[ -z $(find .cache/apt-updated -mmin -1440 2>/dev/null) ]] &&
		as_root apt-get update -qq -o APT::Update::Error-Mode=any; then
		touch .cache/apt-updated
	fi
}

# offers PACKAGE: whether this system's apt has it.
offers() { command -v apt-get >/dev/null && refresh && [[ $(apt-cache policy "$1") =~ Candidate:\ [^\(] ]]; }

as_root() {
	if ((EUID == 0)); then
		"$@"
	else
		sudo "$@"
	fi
}

# version_at_least LEAST FOUND
version_at_least() { [[ $(printf '%s\n' "$1" "$2" | sort -V | head -n 1) == "$1" ]]; }
has_go() { version_at_least 1.21 "$(go env GOVERSION | sed 's/^go//')"; }
has_node() { command -v npm && version_at_least 20.19 "$(node --version | sed 's/^v//')"; }
has_browser() { command -v chromium || command -v chromium-browser || command -v google-chrome; }

has_desktop() { [[ $(uname -s) != Linux ]] || pkg-config --exists gtk+-3.0 webkit2gtk-4.1; }
has_all() { for program in "$@"; do command -v "$program" || return; done; }

for what in "$@"; do
	case $what in
	# 1.21 and newer fetch the version that go.mod asks for by themselves.
	go) want golang-go 1.21 "compiles Emitscope" has_go ;;
	node) want "nodejs npm" 20.19 "builds and tests the interface" has_node ;;
	cc) want "gcc libc6-dev" "" "Go's race detector needs a C compiler" command -v gcc ;;
	browser)
		want chromium "" "tests the interface" has_browser
		# Without what is around a page tests take half the time. Not every system offers it.
		if ! has_all chromium-headless-shell >/dev/null && offers chromium-headless-shell; then
			want chromium-headless-shell "" "tests the interface in half the time" has_all chromium-headless-shell
		fi
		;;
	desktop) want "libgtk-3-dev libwebkit2gtk-4.1-dev pkg-config gcc libc6-dev" "" "the window is drawn with GTK and WebKit" has_desktop ;;
	display)
		want "webkit2gtk-driver xvfb xauth dbus openbox xdotool imagemagick" "" "the window is tested on a display of its own" \
			has_all WebKitWebDriver xvfb-run xauth dbus-run-session openbox xdotool import
		;;
	python)
		want "python3-socketio python3-requests python3-websocket python3-aiohttp" "" \
			"Python's clients are tested against the hub" \
			/usr/bin/python3 -c 'import socketio, requests, websocket, aiohttp'
		;;
	network)
		if [[ $(uname -s) == Linux ]]; then # elsewhere the tests that need one leave it out
			want iproute2 "" "another machine on the network is made with it, for tests" command -v ip
		fi
		;;
	packages) want "librsvg2-bin binutils" "" "packages get icons of all sizes" has_all rsvg-convert objdump ;;
	package-checks)
		want "lintian rpm appstream desktop-file-utils shared-mime-info libglib2.0-bin systemd man-db groff curl imagemagick" "" "packages are looked into, and installed in CI" \
			has_all lintian rpm appstreamcli desktop-file-validate update-mime-database gio systemd-analyze man grotty curl identify
		;;
	installer) want "nsis zip icoutils librsvg2-bin" "" "the installer for Windows is made with them" has_all makensis zip icotool rsvg-convert ;;
	flask)
		want "python3-flask-socketio python3-gevent python3-gevent-websocket" "" "make bench compares with Flask-SocketIO" \
			/usr/bin/python3 -c 'import flask_socketio, gevent, geventwebsocket'
		;;
	*)
		echo "need.sh: do not know $what" >&2
		exit 2
		;;
	esac
done
if ((unmet)); then
	exit 1
fi
if ((${#install[@]})); then
	as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "${install[@]}" >.cache/apt.log 2>&1 ||
		{ cat .cache/apt.log >&2; exit 1; }
fi
