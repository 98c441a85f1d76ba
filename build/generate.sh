#!/usr/bin/env bash
# Writes the interface's TypeScript types from Go. With --check it only says
# whether they are what would be written.
set -euo pipefail
cd "$(dirname "$0")/../frontend"

generate() { go tool -modfile=../build/tools.mod tygo generate --config "$1"; }

if [[ ${1-} != --check ]]; then
	generate tygo.yaml
	exit
fi
there=$(sed -nE 's/^ *output_path: "(.*)"/\1/p' tygo.yaml)
fresh=$(mktemp -d)
trap 'rm -rf "$fresh"' EXIT
sed -E "s|^( *output_path:).*|\1 \"$fresh/index.ts\"|" tygo.yaml >"$fresh/tygo.yaml"
generate "$fresh/tygo.yaml"
if ! diff -u "$there" "$fresh/index.ts"; then
	echo "frontend/$there is not what backend/door/wire says: run make generate." >&2
	exit 1
fi
echo "frontend/$there is up to date"
