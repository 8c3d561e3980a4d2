package spawn_test

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"gmplab/internal/check"
	"gmplab/internal/harness"
	"gmplab/internal/machine"
	"gmplab/internal/osthread"
	spawn "gmplab/labs/02-spawn-cost"
)

// batch is the spawns of one loop iteration.
const batch = 1000

// BenchmarkNoise measures the same code twice: what differs is noise.
func BenchmarkNoise(b *testing.B) {
	for _, run := range []string{"a", "b"} {
		b.Run("run="+run, func(b *testing.B) {
			harness.Quiet(b, 1)
			n := 0
			for b.Loop() {
				goroutines(batch)
				n += batch
			}
			report(b, b.Elapsed(), n)
		})
	}
}

// goroutines makes n goroutines, one after the other, and waits for each.
func goroutines(n int) {
	done := make(chan struct{})
	for range n {
		go func() { done <- struct{}{} }()
		<-done
	}
}

// BenchmarkSpawn: to make one, to let it end, and to know that it has.
func BenchmarkSpawn(b *testing.B) {
	b.Run("kind=goroutine", func(b *testing.B) {
		harness.Quiet(b, 1)
		goroutines(batch)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		n := 0
		for b.Loop() {
			goroutines(batch)
			n += batch
		}
		took := b.Elapsed()
		runtime.ReadMemStats(&after)
		report(b, took, n)
		b.ReportMetric(float64(after.Mallocs-before.Mallocs)/float64(n), "allocs/spawn")
	})
	b.Run("kind=goroutine_cold", func(b *testing.B) {
		// None exits while we make them, so the free lists run dry.
		harness.Quiet(b, 1)
		var all sync.WaitGroup
		gate := make(chan struct{})
		n := 0
		for b.Loop() {
			for range batch {
				all.Go(func() { <-gate })
			}
			runtime.Gosched() // they run, up to the gate
			n += batch
		}
		took := b.Elapsed()
		close(gate)
		all.Wait()
		report(b, took, n)
	})
	b.Run("kind=thread", func(b *testing.B) {
		// A goroutine that is locked when it exits takes its thread along.
		harness.Quiet(b, runtime.GOMAXPROCS(0))
		n := 0
		seen, last := 0, ""
		for b.Loop() {
			for range batch / 100 {
				var thread string
				osthread.Go(func() { thread = threadID() })()
				if thread != last {
					seen++
				}
				last = thread
				n++
			}
		}
		if seen < n {
			b.Fatalf("%d threads for %d functions: one was used twice", seen, n)
		}
		report(b, b.Elapsed(), n)
	})
	b.Run("kind=pthread", func(b *testing.B) {
		var took time.Duration
		n := 0
		for b.Loop() {
			t, err := osthread.PThreadSpawn(b.Context(), batch/10)
			harness.Need(b, err)
			took += t
			n += batch / 10
		}
		report(b, took, n)
	})
}

// BenchmarkYours is your own: a goroutine of the machine from a warm free list,
// and one from an empty list, each run to its end; and a thread that you
// parked.
func BenchmarkYours(b *testing.B) {
	b.Run("kind=machine", func(b *testing.B) { benchMachine(b, true) })
	b.Run("kind=machine_cold", func(b *testing.B) { benchMachine(b, false) })
	b.Run("kind=threads", benchThreads)
}

func benchMachine(b *testing.B, warm bool) {
	harness.Quiet(b, 1)
	p := check.Program(b, "bench.asm", "main: ENTER 0\n RET", nil)
	entry, _ := p.Label("main")
	var shared spawn.Shared
	f := spawn.FreeList{Shared: &shared}
	stack := func() machine.Stack { return machine.NewStack(spawn.StackWords) }
	c := &machine.CPU{}
	once := func() *machine.G {
		g := spawn.New(&f, stack, entry, machine.GoExit)
		if g == nil {
			return nil
		}
		c.Use(g.Stack)
		c.PC, c.R[machine.SP], c.R[machine.BP] = g.Context.PC, g.Context.SP, g.Context.BP
		if c.Run(p).Kind != machine.Exit {
			return nil
		}
		if warm {
			f.Put(g)
		}
		return g
	}
	// A free list that works gives the same G again.
	if first := once(); first == nil || warm && once() != first {
		harness.Unsolved(b, "New and FreeList", "02")
	}
	n := 0
	for b.Loop() {
		for range batch {
			if once() == nil {
				b.Fatal("a goroutine does not run to its end")
			}
		}
		n += batch
	}
	report(b, b.Elapsed(), n)
}

func benchThreads(b *testing.B) {
	harness.Quiet(b, runtime.GOMAXPROCS(0))
	var threads spawn.Threads
	done := make(chan struct{})
	f := func() { done <- struct{}{} }
	threads.Start(f)
	if threads.Created() != 1 {
		harness.Unsolved(b, "Threads", "02")
	}
	<-done
	defer threads.Close()
	n := 0
	for b.Loop() {
		for range batch / 10 {
			threads.Start(f)
			<-done
		}
		n += batch / 10
	}
	report(b, b.Elapsed(), n)
	b.ReportMetric(float64(threads.Created())/float64(n), "threads/spawn")
}

// ---- what a fresh process does ----

// parts are played by children, and each but the last prints how many threads
// it has then.
var parts = map[string]func(n int){
	"goroutines": func(n int) { goroutines(n); printThreads() }, // n, one after the other
	"parallel": func(n int) { // n in all, a thousand at a time
		for range n / 1000 {
			var all sync.WaitGroup
			for range 1000 {
				all.Go(func() { runtime.Gosched() })
			}
			all.Wait()
		}
		printThreads()
	},
	"threads": func(n int) {
		for range n {
			osthread.Go(func() {})()
		}
		printThreads()
	},
	"blocking": func(n int) { // n rounds of 20 calls that block their threads
		for range n {
			var all sync.WaitGroup
			for range 20 {
				all.Go(func() { blockThread(time.Millisecond) })
			}
			all.Wait()
		}
		printThreads()
	},
	"panic": func(int) { // of TestAPanicWithoutOnPanicEndsTheProgramThreads
		var p spawn.Threads
		p.Start(func() { panic("boom") })
		for p.Idle() == 0 { // for ever, unless somebody swallows the panic
			if p.Created() == 0 {
				return
			}
			runtime.Gosched()
		}
		p.Start(func() { os.Exit(0) }) // on a thread that has survived
		select {}
	},
}

func printThreads() {
	threads, err := osthread.Count()
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println(threads)
}

// threads returns how many threads a child has when it has played its part.
func threads(b *testing.B, part string, n int) int {
	b.Helper()
	out, _ := harness.Ask(b, part, n, "GOGC=off")
	threads, err := strconv.Atoi(strings.TrimSpace(out))
	if err != nil {
		b.Fatalf("%s: %v", part, err)
	}
	return threads
}

// BenchmarkCalls counts the system calls of a spawn: those of a process that
// spawns many, less those of one that spawns few, at one P.
func BenchmarkCalls(b *testing.B) {
	for _, kind := range []struct {
		name, part string
		few, many  int
	}{{"goroutine", "goroutines", 10_000, 110_000}, {"thread", "threads", 10, 110}} {
		b.Run("kind="+kind.name, func(b *testing.B) {
			calls := func(n int) int {
				calls, err := osthread.Calls(harness.Child(b.Context(), b, kind.part, n, "GOGC=off", "GOMAXPROCS=1"))
				harness.Need(b, err)
				return calls
			}
			var perSpawn float64
			for b.Loop() {
				few, many := calls(kind.few), calls(kind.many)
				perSpawn = max(0, float64(many-few)/float64(kind.many-kind.few))
			}
			harness.Report(b, perSpawn, "syscalls/spawn")
		})
	}
}

// BenchmarkReuse counts the threads of a fresh process.
func BenchmarkReuse(b *testing.B) {
	b.Run("kind=goroutines", func(b *testing.B) {
		var more int
		for b.Loop() {
			more = threads(b, "parallel", 100_000) - threads(b, "parallel", 1000)
		}
		harness.Report(b, float64(more), "threads")
	})
	b.Run("kind=blocking", func(b *testing.B) {
		if !canBlock {
			harness.Skip(b, "this platform has no call here that blocks a thread for a while", "이 플랫폼에서는 스레드를 잠시 블로킹할 시스템 콜을 쓰지 않습니다")
		}
		var last int
		for b.Loop() {
			last = threads(b, "blocking", 20)
		}
		harness.Report(b, float64(last), "threads")
	})
}

func report(b *testing.B, took time.Duration, spawns int) {
	harness.PerUnit(b, took, spawns, "ns/spawn")
}
