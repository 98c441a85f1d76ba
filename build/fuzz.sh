#!/usr/bin/env bash
# fuzz.sh TIME: fuzzes every target for TIME, as many at once as there are
# processors, each with one. Targets are found by their names in the source: `go
# test -list` would first compile every test of the tree. A package's tests are
# built once for all its targets, while those of the packages before are fuzzed.
set -euo pipefail
cd "$(dirname "$0")/.."

# once FOLDER NAME PROGRAM fuzzes a target. It is quiet until it has ended, so
# that what those beside it say is not mixed with it.
once() {
	local cache said
	cache=$(go env GOCACHE)/fuzz/emitscope/$1 # where `go test -fuzz` keeps what it finds
	said=$(cd "$1" && "$3" -test.run='^$' -test.fuzz="^$2\$" -test.fuzztime="$time" -test.parallel=1 \
		-test.fuzzcachedir="$cache" -test.paniconexit0 2>&1) || { printf '%s %s\n%s\n' "$1" "$2" "$said"; return 1; }
	printf '%s %s: %s\n' "$1" "$2" "$(tail -n 2 <<<"$said" | head -n 1)"
}

time=$1
if (($# == 4)); then # one target, for xargs below
	shift
	# Go at times takes the end of the time for a failure: then it says so and has no
	# failing input, and the target is fuzzed once more.
	if ! said=$(once "$@"); then
		printf '%s\n' "$said"
		grep -q 'context deadline exceeded' <<<"$said" && ! grep -q 'Failing input' <<<"$said" || exit 255 # xargs begins no other
		echo "once more: no input has failed"
		once "$@" || exit 255
	else
		printf '%s\n' "$said"
	fi
	exit
fi

programs=$(mktemp -d)
trap 'rm -rf "$programs"' EXIT
found=$(grep -roE --include='*_test.go' '^func Fuzz[A-Za-z0-9_]+' backend app | sed -E 's,/[^/]*:func , ,' | sort)
before=
while read -r folder name; do
	program=$programs/${folder//\//-}
	if [[ $folder != "$before" ]]; then
		go test -c -fuzz=. -ldflags='-s -w' -o "$program" "./$folder"
		before=$folder
	fi
	echo "$time $folder $name $program"
done <<<"$found" | xargs -L 1 -P "$(getconf _NPROCESSORS_ONLN)" build/fuzz.sh
echo "$(wc -l <<<"$found") fuzz targets, $time each: nothing found"
