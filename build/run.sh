#!/usr/bin/env bash
# run.sh SERVER [OPTION...]: becomes the hub, and, where there is a display,
# opens the address it prints in the browser.
set -euo pipefail

server=$1
shift

# Passes on what the hub says, to its last word: a Ctrl-C is the hub's business.
open_address() {
	trap '' INT TERM
	local line address=
	while IFS= read -r line; do
		printf '%s\n' "$line"
		if [[ -z $address && $line =~ http://[^\ ]+ ]]; then
			address=${BASH_REMATCH[0]}
			xdg-open "$address" >/dev/null 2>&1 &
		fi
	done
}

if [[ -n ${DISPLAY-}${WAYLAND_DISPLAY-} ]] && command -v xdg-open >/dev/null; then
	exec > >(open_address)
fi
exec "$server" serve "$@"
