#!/bin/sh
# Installs and removes the packages for real, in a root of their own over this machine's
# (an overlay in a mount namespace, so that nothing of it stays): as root, on Debian.
#
#   contrib/packaging/check.sh out/dist/*.deb out/dist/*.rpm
#
# An .rpm is installed into a root of its own beside, if there is an rpm.
set -eu
if [ "${1:-}" != inside ]; then
	[ "$(id -u)" = 0 ] || { echo "it takes root: mount namespaces, and a user is made" >&2; exit 1; }
	over=$(mktemp -d)
	trap 'umount "$over" 2>/dev/null || true; rm -rf "$over"' EXIT
	chmod 755 "$over"
	unshare --mount --propagation private "$0" inside "$over" "$@"
	exit
fi
over=$2
shift 2
mount -t tmpfs -o mode=755 tmpfs "$over"
mkdir "$over/changes" "$over/work" "$over/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$over/changes,workdir=$over/work" "$over/root"
for d in proc dev; do mount --rbind /$d "$over/root/$d"; done
mount -t tmpfs tmpfs "$over/root/run" # no service manager is reached from inside
inside() { chroot "$over/root" "$@"; }
is() { # of what, what is wanted, what is
	[ "$2" = "$3" ] || { echo "$1: $3, want $2" >&2; exit 1; }
}

for package in "$@"; do
	case $package in
	*.deb)
		cp "$package" "$over/root/run/tocsin.deb"
		inside dpkg --install /run/tocsin.deb
		is "the program" "root 755" "$(inside stat -c '%U %a' /usr/bin/tocsin)"
		is "the configuration" "root tocsin 640" "$(inside stat -c '%U %G %a' /etc/tocsin/tocsin.toml)"
		is "the user's shell" /usr/sbin/nologin "$(inside getent passwd tocsin | cut -d: -f7)"
		inside tocsin --help >/dev/null
		inside systemd-analyze verify /usr/lib/systemd/system/tocsin.service
		inside systemd-analyze security --offline=yes --no-pager /usr/lib/systemd/system/tocsin.service | tail -1
		# It starts as its user, with the configuration that came with it, and stops.
		inside install -d -o tocsin -g tocsin -m 700 /var/lib/tocsin
		inside setpriv --reuid=tocsin --regid=tocsin --init-groups timeout --signal=TERM 20 \
			tocsin serve --data /var/lib/tocsin --config /etc/tocsin/tocsin.toml --listen 127.0.0.1:0 --dns-listen 127.0.0.1:0 --sinkhole 127.0.0.1:0 2>"$over/said" || true
		grep "Tocsin serves" "$over/said" || { cat "$over/said" >&2; exit 1; }
		echo 'listen = "127.0.0.1:8441"' >"$over/root/etc/tocsin/tocsin.toml"
		inside dpkg --install /run/tocsin.deb
		is "the configuration after an upgrade" 'listen = "127.0.0.1:8441"' "$(cat "$over/root/etc/tocsin/tocsin.toml")"
		inside dpkg --remove tocsin
		is "the program after its removal" "" "$(inside sh -c 'ls /usr/bin/tocsin /usr/lib/systemd/system/tocsin.service 2>/dev/null' || true)"
		is "the data after its removal" yes "$(inside test -e /var/lib/tocsin/ledger.db && echo yes)"
		inside dpkg --purge tocsin
		is "the configuration after a purge" "" "$(inside sh -c 'ls /etc/tocsin/tocsin.toml 2>/dev/null' || true)"
		is "the data after a purge" yes "$(inside test -e /var/lib/tocsin/ledger.db && echo yes)"
		;;
	*.rpm)
		command -v rpm >/dev/null || { echo "$package: there is no rpm here: not installed"; continue; }
		cp "$package" "$over/root/run/tocsin.rpm"
		inside rpm --initdb --dbpath /run/rpm
		inside rpm --dbpath /run/rpm --nodeps --install /run/tocsin.rpm
		is "the configuration of the rpm" "root tocsin 640" "$(inside stat -c '%U %G %a' /etc/tocsin/tocsin.toml)"
		inside tocsin --help >/dev/null
		inside rpm --dbpath /run/rpm --verify --nodeps tocsin
		inside rpm --dbpath /run/rpm --erase tocsin
		is "the program after its removal" "" "$(inside sh -c 'ls /usr/bin/tocsin 2>/dev/null' || true)"
		;;
	esac
	echo "$package: installed, upgraded and removed"
done
