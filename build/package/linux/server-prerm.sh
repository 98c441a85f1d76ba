#!/bin/sh
# Before the server's files go. A Debian package is called with "remove" or
# "upgrade", an RPM with how many versions stay.
set -e
case "$1" in
remove | 0)
	if [ -d /run/systemd/system ]; then
		systemctl --no-reload disable --now emitscope-server.service
	fi
	;;
esac
