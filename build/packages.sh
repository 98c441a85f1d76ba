#!/usr/bin/env bash
# packages.sh [linux] [windows]: makes what people install, into build/dist, with
# check sums and a list of what is in it (SBOM). Without a word: for Linux.
#
# The same commit gives the same bytes: times are the commit's, and no path or
# name of this machine gets into them. VERSION and MAINTAINER can be set.
set -euo pipefail
cd "$(dirname "$0")/.."

wanted=("$@")
if (($# == 0)); then
	wanted=(linux)
fi
build/need.sh go node packages
for system in "${wanted[@]}"; do
	case $system in
	linux) build/need.sh desktop ;;
	windows) build/need.sh installer ;;
	*)
		echo "packages.sh: do not know $system" >&2
		exit 2
		;;
	esac
done

dist=build/dist
stage=$PWD/.cache/packages # what goes into the packages
version=${VERSION:-$(build/version.sh)}
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
export SOURCE_DATE_EPOCH
export LC_ALL=C TZ=UTC
umask 022
rm -rf $dist "$stage"
mkdir -p $dist "$stage"

# tool NAME ARGUMENTS...: runs here, whatever system the packages are for
tool() { GOOS='' go tool -modfile=build/packages.mod "$@"; }

# at FORMAT: the commit's time
at() { date -u -d "@$SOURCE_DATE_EPOCH" "$1"; }

# dated FOLDER: gives all in it the commit's time
dated() { find "$1" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +; }

# program ARCH FILE [FLAGS]: builds for $GOOS
program() {
	local arch=$1 file=$2
	shift 2
	echo "building $(basename "$file") for $GOOS $arch"
	GOARCH=$arch go build -trimpath -buildvcs=false -ldflags "-s -w ${hidden:-} -X main.version=$version" "$@" -o "$file" .
}

# tarball FOLDER: packs it, next to the other packages
tarball() {
	dated "$stage/$1"
	tar -C "$stage" --sort=name --owner=0 --group=0 --numeric-owner -c "$1" | gzip -9n >"$dist/$1.tar.gz"
}

echo "Emitscope $version, of $(at '+%F %T') UTC"
make frontend/node_modules/.package-lock.json
(cd frontend && EMITSCOPE_BUNDLED="$stage/bundled.json" npm run --silent build)

source build/package/third-party.sh
for system in "${wanted[@]}"; do
	source "build/package/$system.sh"
done
sbom

(cd $dist && sha256sum -- * >../SHA256SUMS && mv ../SHA256SUMS .)
ls -l $dist
