/* Two pthreads hand over to one another n times, by KIND, and the time of one
   hand-over is printed: what osthread.Alternate measures, without Go.

     pingpong pipe|futex|sched_yield pinned|unpinned N

   Or n pthreads are created and joined, one after the other:

     pingpong spawn unpinned N */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>
#ifdef __linux__
#include <linux/futex.h>
#include <sys/syscall.h>
#endif

enum { WARM = 16 }; /* hand-overs before the clock starts */

static int n, pinned;
static int to[2][2];      /* pipes, by the side that reads */
static atomic_uint made;  /* hand-overs so far: futex and sched_yield */
static double start, end[2];
static struct rusage before, after;

static void die(const char *what) { perror(what); exit(1); }

static double now(void) {
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e9 + t.tv_nsec;
}

static void pipe_pass(int side, unsigned i) {
	char c = i;
	if (write(to[!side][1], &c, 1) != 1) die("write");
}
static void pipe_await(int side, unsigned i) {
	char c;
	if (read(to[side][0], &c, 1) != 1 || c != (char)i) die("read");
}

static void yield_pass(int side, unsigned i) { atomic_fetch_add(&made, 1); }
static void yield_await(int side, unsigned i) {
	while (atomic_load(&made) <= i) sched_yield();
}

#ifdef __linux__
static void futex_pass(int side, unsigned i) {
	atomic_fetch_add(&made, 1);
	syscall(SYS_futex, &made, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}
static void futex_await(int side, unsigned i) {
	unsigned seen;
	while ((seen = atomic_load(&made)) <= i)
		syscall(SYS_futex, &made, FUTEX_WAIT_PRIVATE, seen, NULL, NULL, 0);
}
static void pin(void) { /* to the first CPU that is allowed */
	cpu_set_t allowed, one;
	int cpu = 0;
	if (sched_getaffinity(0, sizeof allowed, &allowed)) die("sched_getaffinity");
	while (!CPU_ISSET(cpu, &allowed)) cpu++;
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	if (sched_setaffinity(0, sizeof one, &one)) die("sched_setaffinity");
}
#else
static void pin(void) { fprintf(stderr, "no way to pin\n"); exit(1); }
#endif

static const struct kind {
	const char *name;
	void (*pass)(int side, unsigned i), (*await)(int side, unsigned i);
} kinds[] = {
	{"pipe", pipe_pass, pipe_await},
	{"sched_yield", yield_pass, yield_await},
#ifdef __linux__
	{"futex", futex_pass, futex_await},
#endif
	{NULL, NULL, NULL},
};
static const struct kind *kind = kinds;

static void *run(void *side_) {
	int side = side_ != NULL;
	if (pinned) pin();
	for (int i = 0; i < WARM + n; i++) {
		if (i == WARM && side == 0) {
			getrusage(RUSAGE_SELF, &before);
			start = now();
		}
		if (i % 2 == side) kind->pass(side, i);
		else kind->await(side, i);
	}
	end[side] = now();
	return NULL;
}

static void *nothing(void *arg) { return arg; }

static void spawn(void) {
	double begin = 0;
	for (int i = 0; i < WARM + n; i++) {
		pthread_t t;
		if (i == WARM) begin = now();
		if (pthread_create(&t, NULL, nothing, NULL)) die("pthread_create");
		pthread_join(t, NULL);
	}
	printf("spawn %.2f ns/spawn\n", (now() - begin) / n);
}

int main(int argc, char **argv) {
	pthread_t a, b;
	if (argc != 4 || (n = atoi(argv[3])) < 1) {
		fprintf(stderr, "usage: pingpong pipe|futex|sched_yield|spawn pinned|unpinned N\n");
		return 2;
	}
	if (!strcmp(argv[1], "spawn")) return spawn(), 0;
	while (kind->name && strcmp(kind->name, argv[1])) kind++;
	if (!kind->name) { fprintf(stderr, "no %s here\n", argv[1]); return 1; }
	pinned = !strcmp(argv[2], "pinned");
	if (pipe(to[0]) || pipe(to[1])) die("pipe");
	if (pthread_create(&a, NULL, run, NULL) || pthread_create(&b, NULL, run, &b)) die("pthread_create");
	pthread_join(a, NULL);
	pthread_join(b, NULL);
	getrusage(RUSAGE_SELF, &after);
	printf("%s %.2f ns/switch %d switches %ld voluntary %ld involuntary\n", kind->name,
		((end[0] > end[1] ? end[0] : end[1]) - start) / n, n,
		after.ru_nvcsw - before.ru_nvcsw, after.ru_nivcsw - before.ru_nivcsw);
	return 0;
}
