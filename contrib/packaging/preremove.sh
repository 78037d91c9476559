#!/bin/sh
# An upgrade does not stop the hub; a removal does, and leaves its data.
set -e
case "$1" in
remove | 0)
	if [ -d /run/systemd/system ]; then
		systemctl disable --now tocsin.service || true
	fi
	;;
esac
