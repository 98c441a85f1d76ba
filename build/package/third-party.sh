# What others wrote and is in the programs: their licences, and a list for
# programs that look for known flaws (SBOM). Read by build/packages.sh.

# modules PROGRAM: path and version of each Go module in it
modules() { go version -m "$1" | awk '$1 == "dep" { print $2, $3 } $1 == "=>" { print $2, $3 }'; }

# licence_files FOLDER: the files in it that say under what terms it may be used
licence_files() {
	find "$1" -maxdepth 1 -type f \( -iname 'licen[sc]e*' -o -iname 'copying*' -o -iname 'notice*' \) | sort
}

# licences PROGRAM: those of Emitscope, and of all that is in the program
licences() {
	local path version folder package file
	echo "Emitscope"
	echo
	cat LICENSE
	printf '\nWhat follows was written by others and is part of the program.\n'
	while read -r path version; do
		folder=$(go list -m -f '{{.Dir}}' "$path")
		printf '\n\n== %s %s\n' "$path" "$version"
		while read -r file; do
			echo
			cat "$file"
		done < <(licence_files "$folder")
	done < <(modules "$1")
	printf '\n\n== Go %s\n\n' "$(go env GOVERSION)"
	cat "$(go env GOROOT)/LICENSE"
	while read -r package; do
		printf '\n\n== %s (npm)\n' "$package"
		while read -r file; do
			echo
			cat "$file"
		done < <(licence_files "frontend/node_modules/$package")
	done < <(node -p 'require(process.argv[1]).join("\n")' "$stage/bundled.json")
}

# sbom writes one list, in CycloneDX's form, for each program.
sbom() {
	local file name
	for file in "$stage"/programs/*; do
		name=$(basename "$file")
		tool cyclonedx-gomod bin -json -noserial -notimestamp -std -version "$version" -output "$stage/$name.json" "$file" 2>"$stage/sbom.log" ||
			{ cat "$stage/sbom.log" >&2; return 1; }
		node build/package/sbom.mjs "$stage/$name.json" "$stage/bundled.json" frontend/package-lock.json >"$dist/$name-$version.cdx.json"
	done
}
