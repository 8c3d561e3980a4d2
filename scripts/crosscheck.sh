#!/usr/bin/env bash
# Holds lab 03's figures against tools that share no code with it: the pinned
# pipe of threads against half of perf's round trip, goroutine switches against
# scripts/loop. They take turns, because a machine drifts; medians are compared.
#
#   scripts/crosscheck.sh [ROUNDS]
#
# Exit 0: all within 25 %, or skipped for want of perf. 1: not. 2: usage.
set -euo pipefail
cd "$(dirname "$0")/.."
rounds=${1:-7}
if ! [[ $rounds =~ ^[1-9][0-9]*$ ]]; then
	echo "crosscheck: rounds must be a number from 1 on, not '$rounds': scripts/crosscheck.sh 7" >&2
	exit 2
fi

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
overlay=() # which bash 3 and 4.3 call unbound while it is empty
if [ -f solutions/overlay.json ]; then overlay=(-overlay solutions/overlay.json); fi
go test ${overlay[@]+"${overlay[@]}"} -c -o "$tmp/lab03" ./labs/03-context-switch
go build -o "$tmp/loop" ./scripts/loop

# /usr/bin/perf may be there and fail for want of the kernel's own package.
perf=yes
if ! taskset -cp $$ >"$tmp/perf.log" 2>&1 || ! perf bench sched pipe -l 10 >"$tmp/perf.log" 2>&1; then perf=no; fi
cpu=0
if [ $perf = yes ]; then cpu=$(taskset -cp $$ | sed 's/.*: //; s/[-,].*//'); fi

# Each figure is a line in a file of its name.
for ((i = 1; i <= rounds; i++)); do
	(cd labs/03-context-switch && "$tmp/lab03" -test.run '^$' -test.benchtime 50ms \
		-test.bench 'Switch/kind=(gosched|channel)$|Switch/kind=pipe$/pin=yes$') >"$tmp/out"
	awk -v dir="$tmp" '
		/^BenchmarkSwitch/ {
			match($1, /kind=[a-z]+/)
			kind = substr($1, RSTART + 5, RLENGTH - 5)
			for (i = 2; i < NF; i++) if ($(i + 1) == "ns/switch") print $i >> (dir "/lab." kind)
		}' "$tmp/out"
	"$tmp/loop" | while read -r kind ns; do echo "$ns" >>"$tmp/other.$kind"; done
	if [ $perf = yes ]; then
		# -T: two threads, as ours, and not two processes.
		taskset -c "$cpu" perf bench sched pipe -T -l 20000 2>&1 |
			awk '/usecs\/op/ { print $1 * 1000 / 2 }' >>"$tmp/other.pipe"
	fi
	echo "round $i of $rounds" >&2
done

median() { sort -n "$1" | awk '{ v[NR] = $1 } END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'; }

bad=0
printf '%-10s %12s %12s %8s\n' 'ns/switch' 'lab 03' 'other' 'apart'
for pair in 'gosched loop' 'channel loop' 'pipe perf'; do
	read -r kind other <<<"$pair"
	if [ "$other" = perf ] && [ $perf = no ]; then
		echo "$kind: skipped, perf bench does not run here: $(grep -m1 . "$tmp/perf.log" || true)"
		continue
	fi
	for file in "$tmp/lab.$kind" "$tmp/other.$kind"; do
		if ! [ -s "$file" ]; then
			echo "crosscheck: no figure for $kind in ${file##*/}: was it skipped? $(grep -m1 'not measurable' "$tmp/out" || true)" >&2
			exit 1
		fi
	done
	a=$(median "$tmp/lab.$kind") b=$(median "$tmp/other.$kind")
	verdict=$(awk -v a="$a" -v b="$b" 'BEGIN { d = (a - b) / b * 100; print (d <= 25 && d >= -25) ? "agree" : "DISAGREE", d }')
	printf '%-10s %12.1f %12.1f %+7.1f%%  %s (%s)\n' "$kind" "$a" "$b" "${verdict#* }" "${verdict%% *}" "$other"
	if [ "${verdict%% *}" = DISAGREE ]; then bad=1; fi
done
exit $bad
