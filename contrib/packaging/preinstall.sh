#!/bin/sh
# The user that the hub runs as has to be there before its configuration is put down.
set -e
if ! getent passwd tocsin >/dev/null; then
	useradd --system --user-group --no-create-home --home-dir /var/lib/tocsin --shell /usr/sbin/nologin tocsin
fi
