#!/usr/bin/env bash
# version.sh VERSION: what build/version.sh says, as Debian and RPM write it.
# There a hyphen would end the version, and what is before a release has a tilde:
#   1.2.0           1.2.0           the release
#   1.2.0-rc.1      1.2.0~rc.1      before it
#   1.2.0-3-gab12   1.2.0+3.gab12   three commits after it
set -euo pipefail

version=$1
after=
if [[ $version =~ ^(.*)-([0-9]+)-(g[0-9a-f]+)(-dirty)?$ ]]; then
	version=${BASH_REMATCH[1]}
	after=+${BASH_REMATCH[2]}.${BASH_REMATCH[3]}${BASH_REMATCH[4]:+.dirty}
elif [[ $version == *-dirty ]]; then
	version=${version%-dirty}
	after=+dirty
fi
before=${version#*-}
version=${version%%-*}
if [[ $before != "$version" ]]; then
	version+="~${before//-/.}"
fi
echo "$version$after"
