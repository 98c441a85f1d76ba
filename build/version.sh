#!/usr/bin/env bash
# Prints the version that goes into the program: from the newest git tag, or,
# where there are no tags, from the newest release in CHANGELOG.md.
set -euo pipefail
cd "$(dirname "$0")/.."

if tagged=$(git describe --tags --match 'v[0-9]*' --dirty 2>/dev/null); then
	echo "${tagged#v}"
	exit
fi
release=$(sed -nE 's/^## \[?([0-9]+\.[0-9]+\.[0-9]+).*/\1/p' CHANGELOG.md | head -n 1)
commit=$(git rev-parse --short HEAD 2>/dev/null || true)
echo "${release:-0.0.0}-dev${commit:++$commit}"
