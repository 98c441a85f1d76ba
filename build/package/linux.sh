# The packages for Linux. Read by build/packages.sh.
export GOOS=linux

export MAINTAINER=${MAINTAINER:-The Emitscope authors <authors@emitscope.invalid>} # there is no address to write to
VERSION=$(build/package/version.sh "$version")
export VERSION

# icons FOLDER: all sizes, from the one drawing
icons() {
	local size
	for size in 16 22 24 32 48 64 128 256 512; do
		mkdir -p "$1/${size}x$size/apps"
		rsvg-convert -w $size -h $size frontend/public/icon.svg -o "$1/${size}x$size/apps/emitscope.png"
	done
	install -D -m 644 frontend/public/icon.svg "$1/scalable/apps/emitscope.svg"
}

# shared NAME PROGRAM: manual page and completions, as PROGRAM says they are,
# and the licences, into $stage/NAME.shared
shared() {
	local name=$1 program=$2 shell folder=$stage/$1.shared
	mkdir -p "$folder"
	"$program" manual --date "$(at +%F)" >"$folder/$name.1"
	for shell in bash zsh fish; do
		"$program" completion $shell >"$folder/$name.$shell"
	done
	licences "$program" >"$folder/licences.txt"
}

# root NAME PROGRAM KIND: what a package of KIND (deb, rpm) puts on the disk,
# into $stage/root
root() {
	local name=$1 program=$2 kind=$3 from=$stage/$1.shared usr=$stage/root/usr
	rm -rf "$stage/root"
	install -D "$program" "$usr/bin/$name"
	install -D -m 644 "$from/$name.bash" "$usr/share/bash-completion/completions/$name"
	install -D -m 644 "$from/$name.fish" "$usr/share/fish/vendor_completions.d/$name.fish"
	mkdir -p "$usr/share/man/man1"
	gzip -9nc "$from/$name.1" >"$usr/share/man/man1/$name.1.gz"
	if [[ $kind == deb ]]; then
		install -D -m 644 "$from/$name.zsh" "$usr/share/zsh/vendor-completions/_$name"
		install -D -m 644 "$from/licences.txt" "$usr/share/doc/$name/copyright"
		gzip -9nc CHANGELOG.md >"$usr/share/doc/$name/changelog.gz"
		debian_changelog "$name" | gzip -9n >"$usr/share/doc/$name/changelog.Debian.gz"
		install -D -m 644 "build/package/linux/$name.lintian" "$usr/share/lintian/overrides/$name"
	else
		install -D -m 644 "$from/$name.zsh" "$usr/share/zsh/site-functions/_$name"
		install -D -m 644 "$from/licences.txt" "$usr/share/licenses/$name/LICENSE"
	fi
	"${name//-/_}_root" "$usr"
	dated "$stage/root"
}

emitscope_root() {
	local usr=$1 linux=build/package/linux
	install -D -m 644 $linux/emitscope.desktop "$usr/share/applications/emitscope.desktop"
	install -D -m 644 $linux/emitscope.mime.xml "$usr/share/mime/packages/emitscope.xml"
	mkdir -p "$usr/share/metainfo"
	sed "s/@VERSION@/$version/; s/@DATE@/$(at +%F)/" $linux/local.emitscope.Emitscope.metainfo.xml >"$usr/share/metainfo/local.emitscope.Emitscope.metainfo.xml"
	icons "$usr/share/icons/hicolor"
}

emitscope_server_root() {
	install -D -m 644 build/package/linux/emitscope-server.service "$1/lib/systemd/system/emitscope-server.service"
}

debian_changelog() {
	cat <<-END
		$1 ($VERSION-1) unstable; urgency=medium

		  * changelog.gz says what is new.

		 -- $MAINTAINER  $(date -uR -d "@$SOURCE_DATE_EPOCH")
	END
}

# glibc PROGRAM: the oldest C library it runs with
glibc() { objdump -T "$1" | grep -oP 'GLIBC_\K[0-9.]+' | sort -V | tail -n 1; }

# packages NAME SETTINGS ARCH PROGRAM
packages() {
	local name=$1 settings=$2 kind
	export ARCH=$3 ROOT=$stage/root
	for kind in deb rpm; do
		root "$name" "$4" $kind
		tool nfpm package --config "build/package/linux/$settings.yaml" --packager $kind --target $dist
	done
}

# archive NAME ARCH PROGRAM: the same to be unpacked anywhere
archive() {
	local folder=$1-$version-linux-$2 from=$stage/$1.shared
	mkdir -p "$stage/$folder/completion"
	install "$3" "$stage/$folder/$1"
	install -m 644 "$from/$1.1" "$from/licences.txt" CHANGELOG.md "$stage/$folder"
	install -m 644 "$from/$1."{bash,zsh,fish} "$stage/$folder/completion"
	if [[ $1 == emitscope ]]; then
		install -m 644 frontend/public/icon.svg "$stage/$folder/emitscope.svg"
		install -m 644 build/package/linux/emitscope.{desktop,mime.xml} "$stage/$folder"
	else
		install -m 644 build/package/linux/{emitscope-server.service,config.toml} "$stage/$folder"
	fi
	tarball "$folder"
}

linux() {
	local arch programs=$stage/programs
	CGO_ENABLED=1 program amd64 "$programs/emitscope-linux-amd64" -tags desktop,production,webkit2_41
	GLIBC=$(glibc "$programs/emitscope-linux-amd64")
	export GLIBC
	for arch in amd64 arm64; do
		CGO_ENABLED=0 program $arch "$programs/emitscope-server-linux-$arch"
	done
	# A program calls itself what it is started as.
	install -D "$programs/emitscope-linux-amd64" "$stage/bin/emitscope"
	install -D "$programs/emitscope-server-linux-amd64" "$stage/bin/emitscope-server"
	shared emitscope "$stage/bin/emitscope"
	shared emitscope-server "$stage/bin/emitscope-server"

	packages emitscope app amd64 "$programs/emitscope-linux-amd64"
	archive emitscope amd64 "$programs/emitscope-linux-amd64"
	for arch in amd64 arm64; do
		packages emitscope-server server $arch "$programs/emitscope-server-linux-$arch"
		archive emitscope-server $arch "$programs/emitscope-server-linux-$arch"
	done
}

linux
