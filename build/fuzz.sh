#!/usr/bin/env bash
# fuzz.sh TIME: fuzzes every target for TIME. Targets are found by their names
# in the source: `go test -list` would first compile every test of the tree.
set -euo pipefail
cd "$(dirname "$0")/.."

# fuzz TIME FOLDER NAME. Go at times takes the end of the time for a failure: then
# it says so and has no failing input, and the target is fuzzed once more.
fuzz() {
	local said
	said=$(mktemp)
	if ! go test -run='^$' -fuzz="^$3\$" -fuzztime="$1" "./$2" | tee "$said"; then
		grep -q 'context deadline exceeded' "$said" && ! grep -q 'Failing input' "$said" || return 1
		echo "once more: no input has failed"
		go test -run='^$' -fuzz="^$3\$" -fuzztime="$1" "./$2"
	fi
	rm -f "$said"
}

targets=0
while IFS=: read -r file name; do
	targets=$((targets + 1))
	echo "$(dirname "$file") $name"
	fuzz "$1" "$(dirname "$file")" "$name"
done < <(grep -roE --include='*_test.go' '^func Fuzz[A-Za-z0-9_]+' backend app | sed 's/func //' | sort)
echo "$targets fuzz targets, $1 each: nothing found"
