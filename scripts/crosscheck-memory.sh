#!/usr/bin/env bash
# Holds lab 01's figures of memory against ps: programs that share no code with
# the lab make goroutines, Go threads and pthreads, and ps says from outside what
# they take.
#
#   scripts/crosscheck-memory.sh
#
# Linux. Exit 0: all within 15 %, or skipped for want of a C compiler. 1: not.
set -euo pipefail
cd "$(dirname "$0")/.."
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
overlay=() # which bash 3 and 4.3 call unbound while it is empty
if [ -f solutions/overlay.json ]; then overlay=(-overlay solutions/overlay.json); fi
go test ${overlay[@]+"${overlay[@]}"} -c -o "$tmp/lab01" ./labs/01-memory
CGO_ENABLED=0 go build -o "$tmp/park" ./scripts/park
(cd labs/01-memory && "$tmp/lab01" -test.run '^$' -test.benchtime 1x -test.bench 'Goroutine/n=100000|Thread') >"$tmp/out"
ours() { awk -v name="$1" -v unit="$2" '$1 ~ name { for (i = 2; i < NF; i++) if ($(i + 1) == unit) print $i }' "$tmp/out"; }

cat >"$tmp/park.c" <<'C'
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
static sem_t made;
static void *wait(void *p) { sem_post(&made); pause(); return p; }
int main(int argc, char **argv) {
	int n = atoi(argv[2]);
	pthread_t t;
	puts("ready"); fflush(stdout); getchar();
	for (int i = 0; i < n; i++) if (pthread_create(&t, NULL, wait, NULL)) return 1;
	for (int i = 0; i < n; i++) sem_wait(&made);
	puts("made"); fflush(stdout); getchar();
	return 0;
}
C
cc=${CC:-cc}
$cc -O2 -pthread -o "$tmp/cpark" "$tmp/park.c" 2>/dev/null || true

mkfifo "$tmp/ask" "$tmp/answer"

# seen PROGRAM KIND N: bytes for each of N, by ps.
seen() {
	local before after pid
	"$1" "$2" "$3" <"$tmp/ask" >"$tmp/answer" &
	pid=$!
	exec 3>"$tmp/ask" 4<"$tmp/answer"
	read -r _ <&4
	before=$(ps -o rss= -p "$pid")
	echo >&3
	read -r _ <&4
	after=$(ps -o rss= -p "$pid")
	echo >&3
	exec 3>&- 4<&-
	wait "$pid" || true
	awk -v a="$after" -v b="$before" -v n="$3" 'BEGIN { print (a - b) * 1024 / n }'
}

bad=0
printf '%-24s %10s %10s %8s\n' 'bytes resident, each' 'lab 01' 'ps' 'apart'
compare() {
	if [ -z "$2" ] || [ -z "$3" ]; then
		echo "$1: skipped, no figure: $(grep -m1 'not measurable' "$tmp/out" || true)"
		return
	fi
	verdict=$(awk -v a="$2" -v b="$3" 'BEGIN { d = (a - b) / b * 100; print (d <= 15 && d >= -15) ? "agree" : "DISAGREE", d }')
	printf '%-24s %10.0f %10.0f %+7.1f%%  %s\n' "$1" "$2" "$3" "${verdict#* }" "${verdict%% *}"
	if [ "${verdict%% *}" = DISAGREE ]; then bad=1; fi
}
compare 'goroutine, of 100,000' "$(ours 'BenchmarkGoroutine/n=100000' 'B/goroutine')" "$(seen "$tmp/park" goroutines 100000)"
compare 'Go thread, of 500' "$(ours 'BenchmarkThread/kind=go' 'B-resident/thread')" "$(seen "$tmp/park" threads 500)"
if [ -x "$tmp/cpark" ]; then
	compare 'pthread, of 500' "$(ours 'BenchmarkThread/kind=pthread' 'B-resident/thread')" "$(seen "$tmp/cpark" pthreads 500)"
else
	echo 'pthread: skipped, no C compiler'
fi
exit $bad
