#!/usr/bin/env bash
# dev.sh [OPTION...]: serves the interface from source with Vite, which passes
# /api through to the hub, and builds and starts the hub again whenever Go code
# changes. OPTIONs go to the hub.
set -euo pipefail
cd "$(dirname "$0")/.."

# Each job gets a process group of its own, so that a Ctrl-C reaches only this
# script: the hub is told to stop once, not twice, and has time to do it.
set -m
mkdir -p .cache/dev
built=.cache/dev/built # as old as the sources of the running hub
hub=

stop_hub() {
	if [[ -n $hub ]]; then
		kill "$hub" 2>/dev/null || true
		wait "$hub" || true
		hub=
	fi
}

(cd frontend && exec node_modules/.bin/vite </dev/null) &
vite=$!
trap 'stop_hub; kill "$vite" 2>/dev/null || true; wait' EXIT
trap exit INT TERM

while :; do
	touch "$built"
	if go build -buildvcs=false -o .cache/dev/emitscope-server .; then
		stop_hub
		.cache/dev/emitscope-server serve "$@" &
		hub=$!
	fi
	until [[ -n $(find main.go go.mod app backend examples -newer "$built" \( -name '*.go' -o -name go.mod \) -print -quit) ]]; do
		kill -0 "$vite" # without the interface there is nothing to develop
		sleep 1
	done
done
