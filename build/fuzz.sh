#!/usr/bin/env bash
# fuzz.sh TIME: fuzzes every target for TIME. Targets are found by their names
# in the source: `go test -list` would first compile every test of the tree.
set -euo pipefail
cd "$(dirname "$0")/.."

targets=0
while IFS=: read -r file name; do
	targets=$((targets + 1))
	echo "$(dirname "$file") $name"
	go test -run='^$' -fuzz="^$name\$" -fuzztime="$1" "./$(dirname "$file")"
done < <(grep -roE --include='*_test.go' '^func Fuzz[A-Za-z0-9_]+' backend app | sed 's/func //' | sort)
echo "$targets fuzz targets, $1 each: nothing found"
