#!/usr/bin/env bash
# run.sh APP SERVER [OPTION...]: builds APP and becomes it, a window. Where there
# is no display, or what the window needs is neither there nor to be installed,
# it builds SERVER and becomes that, and, where there is a display, opens the
# address it prints in the browser.
set -euo pipefail

app=$1 server=$2
shift 2

has_display() { [[ $(uname -s) != Linux || -n ${DISPLAY-}${WAYLAND_DISPLAY-} ]]; }

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

if has_display; then
	if make --silent app; then
		exec "$app" "$@"
	fi
	echo "The window cannot be built here: opening the browser instead."
fi
make --silent server
if has_display && command -v xdg-open >/dev/null; then
	exec > >(open_address)
fi
exec "$server" serve "$@"
