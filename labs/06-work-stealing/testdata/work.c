/* What two bare threads gain: a fixed amount of work by one pthread, and
   split over two; the times of both are printed, in ns.

     work N */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double now(void) {
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e9 + t.tv_nsec;
}

static volatile uint64_t sink;

static void *work(void *n) {
	uint64_t x = 1;
	for (uintptr_t i = (uintptr_t)n; i > 0; i--)
		x = x * 31 + i;
	sink = x;
	return NULL;
}

static double run(int threads, uintptr_t n) {
	pthread_t t[2];
	double begin = now();
	for (int i = 0; i < threads; i++)
		if (pthread_create(&t[i], NULL, work, (void *)(n / threads)))
			exit(1);
	for (int i = 0; i < threads; i++)
		pthread_join(t[i], NULL);
	return now() - begin;
}

int main(int argc, char **argv) {
	uintptr_t n = argc > 1 ? strtoull(argv[1], NULL, 10) : 1000;
	double one = 1e18, two = 1e18;
	for (int i = 0; i < 3; i++) {
		double a = run(1, n), b = run(2, n);
		if (a < one)
			one = a;
		if (b < two)
			two = b;
	}
	printf("%.0f %.0f\n", one, two);
	return 0;
}
