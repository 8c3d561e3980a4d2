// Command child is the program that the harness of lab 01 looks at from
// outside: a fresh process for each sample, of the standard library alone and
// built without cgo. It prints a line for each figure, its name and its value.
package main

import (
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"strconv"
	"strings"
	"sync/atomic"
	"unsafe"
)

func main() {
	if len(os.Args) != 3 {
		fail("usage: child goroutines|threads|growth|moves|limit N")
	}
	n, err := strconv.Atoi(os.Args[2])
	if err != nil || n < 1 || n > 1_000_000 {
		fail("N: want a number from 1 to 1000000, got %q", os.Args[2])
	}
	debug.SetGCPercent(-1)
	switch os.Args[1] {
	case "goroutines":
		before := look()
		park(n, func() {})
		after := look()
		if after["resident"] > 0 {
			show("resident", (after["resident"]-before["resident"])/float64(n))
		}
		show("stack", (after["stack"]-before["stack"])/float64(n))
	case "threads":
		if n > 2000 {
			fail("at most 2000 threads, not %d", n)
		}
		before := look()
		park(n, runtime.LockOSThread)
		after := look()
		made := after["threads"] - before["threads"]
		if _, ok := after["threads"]; ok && made < float64(n)*9/10 {
			fail("%d locked goroutines made %.0f threads", n, made)
		}
		for _, name := range []string{"resident", "pagetables", "kernel"} {
			if _, ok := after[name]; ok {
				show(name, (after[name]-before[name])/made)
			}
		}
	case "growth":
		growth(n)
	case "moves":
		done := make(chan float64)
		go func() { done <- moves() }()
		show("moved", <-done)
	case "limit":
		// n locked goroutines need n threads: past the limit the program dies.
		debug.SetMaxThreads(50)
		if n > 2000 {
			fail("at most 2000 threads, not %d", n)
		}
		park(20*n, func() {})
		show("goroutines", float64(20*n))
		park(n, runtime.LockOSThread)
		show("threads", float64(n))
	default:
		fail("what is %q?", os.Args[1])
	}
}

func fail(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "child: "+format+"\n", args...)
	os.Exit(3)
}

func show(name string, v float64) { fmt.Println(name, v) }

// park returns when n goroutines have called first and wait, for ever.
func park(n int, first func()) {
	var waiting atomic.Int64
	gate := make(chan struct{})
	for range n {
		go func() {
			first()
			waiting.Add(1)
			<-gate
		}()
	}
	for waiting.Load() < int64(n) {
		runtime.Gosched()
	}
}

// look returns what the process has, in bytes, and its threads. What the
// platform doesn't tell is missing.
func look() map[string]float64 {
	all := map[string]float64{}
	for _, f := range []struct{ file, key, name string }{
		{"/proc/self/smaps_rollup", "Rss:", "resident"},
		{"/proc/self/status", "VmPTE:", "pagetables"},
		{"/proc/meminfo", "KernelStack:", "kernel"}, // of the whole machine
		{"/proc/self/status", "Threads:", "threads"},
	} {
		text, _ := os.ReadFile(f.file)
		for line := range strings.Lines(string(text)) {
			words := strings.Fields(line)
			if len(words) < 2 || words[0] != f.key {
				continue
			}
			v, _ := strconv.ParseFloat(words[1], 64)
			if len(words) > 2 { // kB
				v *= 1024
			}
			all[f.name] = v
		}
	}
	sample := []metrics.Sample{{Name: "/memory/classes/heap/stacks:bytes"}}
	if metrics.Read(sample); sample[0].Value.Kind() == metrics.KindUint64 {
		all["stack"] = float64(sample[0].Value.Uint64())
	}
	return all
}

// growth prints the stack bytes of each of n goroutines: after a call that
// needs 20 KB, and after each of eight collections.
func growth(n int) {
	before := look()["stack"]
	park(n, func() { deep(20) })
	for i := range 9 {
		if i > 0 {
			runtime.GC()
		}
		show(fmt.Sprintf("stack%d", i), (look()["stack"]-before)/float64(n))
	}
}

// deep uses n KB of stack, and a little.
//
//go:noinline
func deep(n int) (sum byte) {
	var room [1024]byte
	for i := range room {
		room[i] = byte(n * i)
	}
	if n > 1 {
		sum = deep(n - 1)
	}
	return sum + room[n]
}

// moves says 1 if a local variable changes its address in a deep call and
// keeps its value.
//
//go:noinline
func moves() float64 {
	x := 42
	before := uintptr(unsafe.Pointer(&x))
	deep(1000)
	if after := uintptr(unsafe.Pointer(&x)); before != after && x == 42 {
		return 1
	}
	return 0
}
