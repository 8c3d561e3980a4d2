// Loop times goroutine switches in the plainest way there is, to hold the
// workbook's benchmarks against: no testing package, no code shared with them.
// It prints a line for each kind: its name and ns per switch.
package main

import (
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"time"
)

const n = 200_000

func main() {
	runtime.GOMAXPROCS(1)
	debug.SetGCPercent(-1)
	before := runtime.NumGoroutine()
	fmt.Printf("gosched %.1f\n", gosched())
	fmt.Printf("channel %.1f\n", channel())
	if after := runtime.NumGoroutine(); after != before {
		fail("%d goroutines, and %d before", after, before)
	}
}

// gosched: main and another goroutine yield n times each.
func gosched() float64 {
	done := make(chan int)
	go func() {
		i := 0
		for ; i < n; i++ {
			runtime.Gosched()
		}
		done <- i
	}()
	start := time.Now()
	for range n {
		runtime.Gosched()
	}
	theirs := <-done
	took := time.Since(start)
	if theirs != n {
		fail("the other goroutine yielded %d times, want %d", theirs, n)
	}
	return float64(took.Nanoseconds()) / (2 * n)
}

// channel: n numbers go there and come back, two switches each.
func channel() float64 {
	there, back := make(chan int), make(chan int)
	go func() {
		for i := range there {
			back <- i
		}
		close(back)
	}()
	start := time.Now()
	sum := 0
	for i := range n {
		there <- i
		sum += <-back
	}
	took := time.Since(start)
	close(there)
	<-back
	if want := n * (n - 1) / 2; sum != want {
		fail("the numbers that came back add up to %d, want %d", sum, want)
	}
	return float64(took.Nanoseconds()) / (2 * n)
}

func fail(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "loop: "+format+"\n", args...)
	os.Exit(1)
}
