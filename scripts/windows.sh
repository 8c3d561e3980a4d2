#!/usr/bin/env bash
# Runs the tests and the tool of Windows under wine.
#
#   scripts/windows.sh [-count N] [-short] [PACKAGE...]
#
# PACKAGE is as for go list; without one all are tested that the README's test
# command tests, with the references in place of the starters. Then
# `go tool lab test 03` is run, by a Go that runs under wine too, and must say
# that lab 03 is solved; and `go tool lab measure 03`, which must end well.
#
# Linux on amd64, Go, debootstrap, unshare, and root: wine 8 is no use, so a
# Debian with wine 10 is made in $WINE_DIR, by default gmplab/wine10 in the
# user's cache directory. The first time takes some minutes and 2.5 GB, and a
# network. $DEBIAN_MIRROR is where it comes from. It is made anew after
#
#   rm -rf ~/.cache/gmplab/wine10
#
# It is wine and no Windows: a test that passes may fail there, and its times
# say nothing. Exit 0: all passed. 1: not. 2: usage, or something is missing.
set -euo pipefail
cd "$(dirname "$0")/.."

usage() { echo "windows: $1: scripts/windows.sh [-count N] [-short] [PACKAGE...]" >&2; exit 2; }
count=1 short=
while [ $# -gt 0 ]; do
	case $1 in
	-count)
		count=${2:-}
		case $count in '' | *[!0-9]* | 0*) usage "-count wants a number from 1 on, not '$count'" ;; esac
		shift 2
		;;
	-short) short=-test.short; shift ;;
	-*) usage "no flag $1" ;;
	*) break ;;
	esac
done
whole= # everything is asked for, so the tool too
if [ $# -eq 0 ]; then
	whole=yes
	set -- ./...
fi

root=${WINE_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/gmplab/wine10}
need() { echo "windows: $1" >&2; exit 2; }
[ "$(uname -sm)" = 'Linux x86_64' ] || need "wine runs amd64 programs on Linux x86_64 only, and this is $(uname -sm)"
[ "$(id -u)" = 0 ] || need 'a chroot needs root'
for tool in go unshare tar flock; do
	command -v $tool >/dev/null || need "there is no $tool here"
done
mkdir -p "$root"
exec 9>"$root.lock"
flock -n 9 || need "another one is at work in $root"

if ! [ -e "$root/wine-is-ready" ]; then
	command -v debootstrap >/dev/null || need 'there is no debootstrap here: apt-get install debootstrap'
	echo "a Debian with wine 10, in $root"
	rm -rf "$root"
	mkdir -p "$root"
	mirror=${DEBIAN_MIRROR:-http://deb.debian.org/debian}
	if ! { debootstrap --variant=minbase trixie "$root" "$mirror" &&
		chroot "$root" env DEBIAN_FRONTEND=noninteractive apt-get install -yq --no-install-recommends wine wine64; } >"$root.log" 2>&1; then
		tail -20 "$root.log" >&2
		need "no Debian, see $root.log"
	fi
	touch "$root/wine-is-ready"
fi

# All that Windows sees lies under /work, its drive z:. At the root of the
# chroot it would find /proc, which no Windows has.
work=$root/work
version=$(go env GOVERSION)
here=$(go env GOROOT)
modules=$(go env GOMODCACHE)
export CGO_ENABLED=0

if ! [ -e "$work/$version/is-ready" ]; then
	echo "$version for Windows, built from its source"
	rm -rf "$work"
	mkdir -p "$work/$version/pkg/tool/windows_amd64" "$work/$version/bin"
	tar -C "$here" -cf - VERSION go.env lib src pkg/include | tar -C "$work/$version" -xf -
	(cd "$here/src" &&
		GOOS=windows GOARCH=amd64 go build -o "$work/$version/bin/" cmd/go &&
		GOOS=windows GOARCH=amd64 go build -o "$work/$version/pkg/tool/windows_amd64/" cmd/asm cmd/compile cmd/link cmd/vet)
	touch "$work/$version/is-ready"
fi

# A copy of the checkout: what runs there writes nothing here.
rm -rf "$work/gmplab" "$work/bin"
mkdir -p "$work/gmplab" "$work/bin"
git ls-files -z --cached --others --exclude-standard |
	tar --null --ignore-failed-read -T - -cf - | tar -C "$work/gmplab" -xf -
GOMODCACHE=$work/mod GOFLAGS=-modcacherw GOPROXY="file://$modules/cache/download,$(go env GOPROXY)" go mod download

list=$work/packages
go list -f '{{if or .TestGoFiles .XTestGoFiles}}{{.ImportPath}}{{end}}' "$@" >"$list.paths"
# shellcheck disable=SC2046
GOOS=windows GOARCH=amd64 go test -overlay solutions/overlay.json -c -o "$work/bin/" $(cat "$list.paths") ||
	echo 'what does not build fails below'
sed 's,^gmplab/,,' "$list.paths" >"$list"
cp solutions/03-context-switch/switch.go "$work/gmplab/labs/03-context-switch/switch.go"

cat >"$work/run" <<'RUN'
export HOME=/root WINEPREFIX=/root/.wine WINEDEBUG=-all XDG_RUNTIME_DIR=/tmp LAB_LANG=en
export GOROOT="z:\\$version" WINEPATH="z:\\$version\\bin" GOMODCACHE='z:\mod' GOPROXY=off GOFLAGS=-buildvcs=false GOTOOLCHAIN=local
mkdir -p $WINEPREFIX
wineserver -p # it stays, so that a test does not pay for its start
trap 'wineserver -k' EXIT
[ -e $WINEPREFIX/system.reg ] || wineboot -i >/dev/null 2>&1
ln -sfn /work $WINEPREFIX/dosdevices/z:
failed=0
report() { # NAME, with its output in /tmp/out
	if [ "$code" = 0 ]; then
		printf 'ok   %4ds  %s\n' $(($(date +%s) - began)) "$1"
	else
		printf 'FAIL %4ds  %s\n' $(($(date +%s) - began)) "$1"
		sed 's/^/    /' /tmp/out
		failed=1
	fi
}
for round in $(seq "$count"); do
	[ "$count" = 1 ] || echo "round $round of $count"
	while read -r package; do
		cd "/work/gmplab/$package" && began=$(date +%s) code=0
		timeout 900 wine "/work/bin/${package##*/}.test.exe" -test.timeout 10m $short >/tmp/out 2>&1 </dev/null || code=$?
		report "$package"
	done </work/packages
	if [ "$whole" = yes ]; then
		cd /work/gmplab && began=$(date +%s) code=0
		timeout 900 wine "/work/$version/bin/go.exe" tool lab test 03 >/tmp/out 2>&1 </dev/null || code=$?
		grep -q '^03-context-switch: solved' /tmp/out || code=1
		report 'go tool lab test 03'
		began=$(date +%s) code=0
		timeout 900 wine "/work/$version/bin/go.exe" tool lab measure 03 >/tmp/out 2>&1 </dev/null || code=$?
		report 'go tool lab measure 03'
		mv /tmp/out /tmp/measured
	fi
done
exit $failed
RUN
export version count short whole root
exec unshare -m bash -c '
	mount -t proc proc "$root/proc" && mount --rbind /dev "$root/dev" &&
		exec chroot "$root" env -i PATH=/usr/bin:/bin version="$version" count="$count" short="$short" whole="$whole" bash /work/run'
