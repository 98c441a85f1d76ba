# What check-app.sh and check-server.sh share.
export DEBIAN_FRONTEND=noninteractive

fail() {
	echo "packages: $*" >&2
	exit 1
}

# until_so WHAT COMMAND...: waits until COMMAND succeeds, 60 s at most
until_so() {
	local what=$1 deadline=$((SECONDS + 60))
	shift
	until "$@" >/dev/null 2>&1; do
		((SECONDS < deadline)) || fail "waited 60 s for $what"
		sleep 0.05
	done
}

# older DEB FILE: the same package, of a version before all others
older() {
	local folder
	folder=$(mktemp -d)
	dpkg-deb -R "$1" "$folder"
	sed -i 's/^Version: .*/Version: 0.0.0~~before-1/' "$folder/DEBIAN/control"
	dpkg-deb -Znone --root-owner-group -b "$folder" "$2" >/dev/null
	rm -rf "$folder"
}

apt() { apt-get -o DPkg::Lock::Timeout=120 -qq -y "$@" >"$folder/apt.log" 2>&1; } # another may be at work

install_deb() { apt install --no-install-recommends "$(realpath "$1")" || { cat "$folder/apt.log" >&2; fail "$1 is not installed"; }; }

remove_deb() { apt "$1" "$2" || { cat "$folder/apt.log" >&2; fail "$2 is not gone"; }; }

# traces: all files of ours where packages put theirs
traces() { find /etc /usr /opt /lib/systemd /var/lib /var/cache -xdev -iname '*emitscope*' -not -path '/usr/src/*' -not -path '/usr/local/*' -not -path '/var/cache/man/*' 2>/dev/null | sort; }

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
