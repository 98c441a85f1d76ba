#!/usr/bin/env bash
# run.sh SERVER [OPTION...]: becomes the hub, and, where there is a display,
# opens it in the browser as soon as it answers. The hub prints its address.
set -euo pipefail

port=8092
server=$1
shift

# Ends with the hub, whose process id is this script's own.
open_when_ready() {
	while kill -0 $$ 2>/dev/null; do
		if (: </dev/tcp/127.0.0.1/$port) 2>/dev/null; then
			xdg-open "http://127.0.0.1:$port/"
			return
		fi
		sleep 0.1
	done
}

if [[ -n ${DISPLAY-}${WAYLAND_DISPLAY-} ]] && command -v xdg-open >/dev/null; then
	open_when_ready >/dev/null 2>&1 &
fi
exec "$server" serve "$@"
