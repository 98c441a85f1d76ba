# The packages for Windows: an installer, and a folder to be unpacked anywhere.
# Read by build/packages.sh. The installer was made, but not yet run.
export GOOS=windows

# resources NAME TITLE ARCH: icon, version and manifest, where the Go compiler
# looks for them
resources() {
	local folder=$stage/resources
	sed "s/@NAME@/$1/; s/@TITLE@/$2/; s/@VERSION@/$version/; s/@NUMBERS@/$numbers/" build/package/windows/resources.json >"$folder/$1.json"
	tool go-winres make --in "$folder/$1.json" --arch "$3" --out resources
}

icon() {
	local size
	mkdir -p "$stage/resources"
	for size in 16 24 32 48 64 256; do
		rsvg-convert -w $size -h $size frontend/public/icon.svg -o "$stage/resources/$size.png"
	done
	(cd "$stage/resources" && icotool -c -o emitscope.ico 16.png 24.png 32.png 48.png 64.png -r 256.png)
}

windows() {
	local arch folder numbers programs=$stage/programs
	[[ $version =~ ^[0-9]+\.[0-9]+\.[0-9]+ ]]
	numbers=${BASH_REMATCH[0]}.0 # Windows wants four
	icon
	trap 'rm -f resources_windows_*.syso' EXIT
	for arch in amd64 arm64; do
		folder=$stage/emitscope-$version-windows-$arch
		mkdir -p "$folder"
		resources emitscope "Emitscope" $arch
		CGO_ENABLED=0 hidden='-H windowsgui' program $arch "$folder/emitscope.exe" -tags desktop,production
		resources emitscope-server "Emitscope server" $arch
		CGO_ENABLED=0 program $arch "$folder/emitscope-server.exe"
		licences "$folder/emitscope.exe" >"$folder/licences.txt"
		sed -i 's/\r*$/\r/' "$folder/licences.txt" # the installer shows it
		install -m 644 CHANGELOG.md "$folder"
		install -D "$folder/emitscope.exe" "$programs/emitscope-windows-$arch.exe"
		install -D "$folder/emitscope-server.exe" "$programs/emitscope-server-windows-$arch.exe"

		dated "$folder"
		(cd "$stage" && find "$(basename "$folder")" -type f | sort | zip -qX9@ "$folder.zip")
		mv "$folder.zip" "$dist"
		makensis -V2 -DFILES="$folder" -DICON="$stage/resources/emitscope.ico" -DVERSION="$version" -DNUMBERS="$numbers" \
			-DOUT="$PWD/$dist/emitscope-$version-windows-$arch-setup.exe" -INPUTCHARSET UTF8 build/package/windows/installer.nsi
	done
	rm -f resources_windows_*.syso
}

windows
