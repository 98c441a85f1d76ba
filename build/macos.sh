#!/usr/bin/env bash
# macos.sh: makes Emitscope.app, a .dmg with it and a .tar.gz with the server
# alone, for Intel and Apple processors in one, into build/dist.
#
# It needs macOS with its command line tools, and was not yet run: the project
# was built on Linux until now. The app is signed ad hoc only, so that macOS asks
# before the first start; SIGN="Developer ID Application: …" signs it for others.
set -euo pipefail
cd "$(dirname "$0")/.."

if [[ $(uname -s) != Darwin ]]; then
	echo "macos.sh: an app for macOS can only be made on macOS" >&2
	exit 1
fi

version=$(build/version.sh)
dist=build/dist
stage=$PWD/.cache/macos
app=$stage/Emitscope.app
name=emitscope-$version-macos
rm -rf "$stage"
mkdir -p "$dist" "$app/Contents/MacOS" "$app/Contents/Resources" "$stage/icon.iconset" "$stage/emitscope-server-$version-macos"
make interface

# both FILE [FLAGS]: one program for both processors
both() {
	local file=$1 arch
	shift
	for arch in amd64 arm64; do
		GOOS=darwin GOARCH=$arch go build -trimpath -buildvcs=false -ldflags "-s -w -X main.version=$version" "$@" -o "$stage/$arch" .
	done
	lipo -create "$stage/amd64" "$stage/arm64" -output "$file"
}

export CGO_LDFLAGS="-framework UniformTypeIdentifiers"
CGO_ENABLED=1 both "$app/Contents/MacOS/emitscope" -tags desktop,production
unset CGO_LDFLAGS
CGO_ENABLED=0 both "$stage/emitscope-server-$version-macos/emitscope-server"

for size in 16 32 128 256 512; do
	sips -z $size $size build/appicon.png --out "$stage/icon.iconset/icon_${size}x$size.png" >/dev/null
	sips -z $((2 * size)) $((2 * size)) build/appicon.png --out "$stage/icon.iconset/icon_${size}x$size@2x.png" >/dev/null
done
iconutil -c icns "$stage/icon.iconset" -o "$app/Contents/Resources/emitscope.icns"
sed "s/@VERSION@/$version/; s/@NUMBERS@/${version%%[-+]*}/" build/package/macos/Info.plist >"$app/Contents/Info.plist"
plutil -lint "$app/Contents/Info.plist"
cp LICENSE "$app/Contents/Resources"
codesign --force --options runtime --sign "${SIGN:--}" "$app"
codesign --verify --strict "$app"

mkdir "$stage/disk"
cp -R "$app" "$stage/disk"
ln -s /Applications "$stage/disk/Applications"
hdiutil create -volname "Emitscope $version" -srcfolder "$stage/disk" -format UDZO -ov "$dist/$name.dmg"
cp LICENSE CHANGELOG.md "$stage/emitscope-server-$version-macos"
tar -C "$stage" -czf "$dist/emitscope-server-$version-macos.tar.gz" "emitscope-server-$version-macos"
(cd $dist && shasum -a 256 -- *macos* >SHA256SUMS)
