#!/usr/bin/env bash
# display.sh COMMAND...: runs COMMAND on a display and a session bus of its own.
set -euo pipefail

export GDK_BACKEND=x11 # else a developer's Wayland gets the windows

# The bus and its helpers talk about themselves.
dbus-run-session -- xvfb-run -a -s '-screen 0 1440x900x24 -nolisten tcp' "$@" 2>&1 |
	{ grep --line-buffered -vE '^(dbus-daemon|SpiRegistry)' || true; }
