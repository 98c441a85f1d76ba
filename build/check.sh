#!/usr/bin/env bash
# check.sh [STEP...]: runs the steps named, or all of them in the order below:
# the quickest first, so that a mistake shows early. Every tool prints its own
# closing lines.
set -euo pipefail
cd "$(dirname "$0")/.."

all=(format generated vet arrows types unit interface size lint tests interop browser)
if [[ $(uname -s) == Linux ]]; then
	all+=(window) # elsewhere there is no display to put in its place
	if [[ -n ${CI:-} ]]; then
		all+=(packages) # it installs what it needs, and what it made: not on anybody's machine
	fi
fi
all+=(fuzz)

# modules FOLDER: what its package-lock.json names, from npm
modules() { make --silent "$1/node_modules/.package-lock.json"; }

format() { # gofmt
	local badly
	badly=$(find . \( -name node_modules -o -name '.?*' \) -prune -o -name '*.go' -print0 | xargs -0 gofmt -l)
	if [[ -n $badly ]]; then
		printf 'not formatted by gofmt:\n%s\n' "$badly" >&2
		return 1
	fi
	echo "all Go files are formatted"
}

generated() { build/generate.sh --check; }

vet() { # bench too, which is a module of its own: it uses ours, and nothing else would notice
	go vet ./... && go -C bench vet ./... && echo "go vet found nothing"
}

arrows() { go test ./backend; } # imports against ARCHITECTURE.md

types() { # svelte-check
	modules frontend
	(cd frontend && npm run --silent check)
}

unit() {
	modules frontend
	(cd frontend && npm test --silent)
}

interface() { make interface; }

size() { (cd frontend && npm run --silent size); }

lint() {
	go tool -modfile=build/tools.mod golangci-lint run --allow-parallel-runners
	(cd bench && go tool -modfile=../build/tools.mod golangci-lint run --allow-parallel-runners)
}

tests() { # all of Go's but those of the built program
	local packages package
	packages=()
	while read -r package; do packages+=("$package"); done < <(go list ./... | grep -vE '^emitscope/interop(/window)?$')
	# A fixed order hides tests that lean on one another; a random one is never cached.
	# To watch the memory of SQLite, C made into Go, takes most of the time of what uses it, and shows nothing of ours.
	go test -race -gcflags=modernc.org/sqlite/lib=-race=false -timeout 20m ${CI:+-shuffle=on} "${packages[@]}"
	go -C bench test ./...
}

# The built program and real clients. By itself, for some of it measures time.
interop() {
	modules examples/node
	modules interop/node
	make interface # a browser on another machine opens it
	go test -count=1 ./interop # Go does not see that the program they build has changed
}

fuzz() { build/fuzz.sh 5s; }

browser() { # the served interface in a real browser
	local chromium
	chromium=$(command -v chromium-headless-shell || command -v chromium || command -v chromium-browser || command -v google-chrome)
	make server
	(cd frontend && EMITSCOPE_CHROMIUM=$chromium npm run --silent e2e)
}

# The desktop program, on a display and a session bus of its own.
window() {
	local tags=desktop,production,webkit2_41
	make interface
	go vet -tags $tags ./app
	go tool -modfile=build/tools.mod golangci-lint run --allow-parallel-runners --build-tags $tags ./app
	go test -tags $tags ./app
	build/display.sh go test -count=1 ./interop/window
}

# What people install, on Linux: made, looked into, and in CI installed, by root.
packages() {
	build/packages.sh linux
	build/package/check.sh
}

steps=("$@")
if (($# == 0)); then
	steps=("${all[@]}")
fi

# At once, so that nothing is found missing after minutes.
needs=(go cc node)
for step in "${steps[@]}"; do
	case $step in
	interop) needs+=(python network browser) ;;
	browser) needs+=(browser) ;;
	window) needs+=(desktop display) ;;
	packages) needs+=(desktop display packages network package-checks) ;;
	esac
done
build/need.sh "${needs[@]}"

report=()
now=
trap '[[ -z $now ]] || echo "FAILED in step $now (again: build/check.sh $now)" >&2' EXIT
for now in "${steps[@]}"; do
	printf '\n== %s\n' "$now"
	began=$SECONDS
	"$now"
	report+=("$(printf '%-10s %4d s' "$now" $((SECONDS - began)))")
done
now=
printf '\n== passed\n'
printf '%s\n' "${report[@]}" "$(printf '%-10s %4d s' together $SECONDS)"
