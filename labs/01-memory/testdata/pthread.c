// What a pthread takes, and what happens below its stack: a program of its own,
// without Go's runtime around it. It prints a line for each figure.
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// field reads a line such as "VmSize:  8196 kB" of a file; -1: there is none.
static double field(const char *file, const char *key) {
	char line[256];
	double value = -1;
	FILE *f = fopen(file, "r");
	if (!f) return -1;
	while (fgets(line, sizeof line, f))
		if (!strncmp(line, key, strlen(key))) value = atof(line + strlen(key)) * 1024;
	fclose(f);
	return value;
}

static pthread_barrier_t started;

static void *wait_forever(void *unused) {
	(void)unused;
	pthread_barrier_wait(&started);
	for (;;) pause();
	return NULL;
}

static const char *what[][3] = {
	{"resident", "/proc/self/smaps_rollup", "Rss:"},
	{"virtual", "/proc/self/status", "VmSize:"},
	{"pagetables", "/proc/self/status", "VmPTE:"},
	{"kernel", "/proc/meminfo", "KernelStack:"}, // of the whole machine
};

static int memory(int n) {
	double before[4], after;
	for (int i = 0; i < 4; i++) before[i] = field(what[i][1], what[i][2]);
	pthread_barrier_init(&started, NULL, n + 1);
	for (int i = 0; i < n; i++) {
		pthread_t t;
		int err = pthread_create(&t, NULL, wait_forever, NULL);
		if (err) {
			fprintf(stderr, "thread %d of %d: %s\n", i + 1, n, strerror(err));
			return 3;
		}
	}
	pthread_barrier_wait(&started);
	for (int i = 0; i < 4; i++) {
		after = field(what[i][1], what[i][2]);
		if (after >= 0) printf("%s %f\n", what[i][0], (after - before[i]) / n);
	}
	return 0;
}

static void *below(void *unused) {
	(void)unused;
	pthread_attr_t attr;
	void *lowest;
	size_t size, guard;
	if (pthread_getattr_np(pthread_self(), &attr) || pthread_attr_getstack(&attr, &lowest, &size) ||
	    pthread_attr_getguardsize(&attr, &guard))
		exit(3);
	*(volatile char *)lowest = 1; // the lowest byte is ours
	printf("guard %zu\nstack %zu\n", guard, size);
	fflush(stdout);
	*((volatile char *)lowest - 1) = 1; // and this one kills
	printf("survived 1\n");
	return NULL;
}

int main(int argc, char **argv) {
	if (argc == 3 && !strcmp(argv[1], "memory") && atoi(argv[2]) >= 1 && atoi(argv[2]) <= 2000) return memory(atoi(argv[2]));
	if (argc == 2 && !strcmp(argv[1], "guard")) {
		pthread_t t;
		if (pthread_create(&t, NULL, below, NULL)) return 3;
		pthread_join(t, NULL);
		return 0;
	}
	fprintf(stderr, "usage: pthread memory N | guard\n");
	return 3;
}
