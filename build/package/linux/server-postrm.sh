#!/bin/sh
# After the server's files are gone. Its data stays, unless a Debian package is
# purged.
set -e
if [ "$1" = purge ]; then
	rm -rf /var/lib/private/emitscope /var/lib/emitscope
fi
if [ -d /run/systemd/system ]; then
	systemctl daemon-reload
fi
