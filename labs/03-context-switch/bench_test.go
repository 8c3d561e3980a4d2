package ctxswitch_test

import (
	"fmt"
	"iter"
	"math"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gmplab/internal/harness"
	"gmplab/internal/osthread"
	"gmplab/internal/regswitch"
)

// batch is the switches of one loop iteration: short enough for a benchtime of
// 10 ms, long enough that the loop itself costs nothing.
const batch = 1000

// BenchmarkRegisters: two stacks that alternate in assembly, by what is saved.
func BenchmarkRegisters(b *testing.B) {
	for _, set := range regswitch.Sets() {
		b.Run("save="+string(set), func(b *testing.B) {
			harness.Quiet(b, runtime.GOMAXPROCS(0))
			var took time.Duration
			switches := 0
			for b.Loop() {
				t, err := regswitch.Switch(set, 10*batch)
				harness.Need(b, err)
				took += t
				switches += 10 * batch
			}
			harness.PerUnit(b, took, switches, "ns/switch")
		})
	}
}

// BenchmarkNoise measures the same code twice: what differs is noise. It does
// not come first: a process that has just begun is slower for a while.
func BenchmarkNoise(b *testing.B) {
	b.Run("run=a", benchGosched)
	b.Run("run=b", benchGosched)
}

// BenchmarkSwitch: goroutines at one P, and threads on one CPU or on any.
func BenchmarkSwitch(b *testing.B) {
	b.Run("kind=coroutine", benchCoroutine)
	b.Run("kind=gosched", benchGosched)
	b.Run("kind=channel", func(b *testing.B) { benchChannel(b, batch) })
	for _, kind := range []osthread.Kind{osthread.SchedYield, osthread.Futex, osthread.Pipe} {
		for _, pin := range []string{"yes", "no"} {
			b.Run(fmt.Sprintf("kind=%s/pin=%s", kind, pin), func(b *testing.B) {
				benchThreads(b, func() (osthread.Alternation, error) {
					return osthread.Alternate(kind, pin == "yes", batch)
				})
			})
		}
	}
	b.Run("kind=pthread_pipe/pin=yes", func(b *testing.B) {
		benchThreads(b, func() (osthread.Alternation, error) {
			return osthread.PThread(b.Context(), osthread.Pipe, true, batch)
		})
	})
}

// BenchmarkKernel counts what the kernel switched while goroutines did.
func BenchmarkKernel(b *testing.B) {
	b.Run("kind=channel", func(b *testing.B) {
		before := kernelSwitches(b)
		switches := benchChannel(b, 100_000)
		b.ReportMetric(float64(kernelSwitches(b)-before)/float64(switches), "kernel-switches/switch")
	})
}

// BenchmarkParked: two goroutines alternate while n others wait.
func BenchmarkParked(b *testing.B) {
	forNumbers(b, func(b *testing.B, n int) {
		harness.Quiet(b, 1)
		gate := make(chan struct{})
		var waiting atomic.Int64
		var all sync.WaitGroup
		defer func() { close(gate); all.Wait() }()
		for range n {
			all.Go(func() { waiting.Add(1); <-gate })
		}
		for waiting.Load() < int64(n) {
			runtime.Gosched()
		}
		benchGosched(b)
		if alive := runtime.NumGoroutine(); alive < n {
			b.Errorf("%d goroutines, want %d and more: the parked ones are gone", alive, n)
		}
	})
}

// BenchmarkRunnable: n goroutines yield, so that each waits for all others.
func BenchmarkRunnable(b *testing.B) {
	forNumbers(b, benchRunnable)
}

func benchRunnable(b *testing.B, n int) {
	harness.Quiet(b, 1)
	const (
		starting = iota
		counting
		stopping
	)
	var phase, started, yields atomic.Int64
	var all sync.WaitGroup
	for range n {
		all.Go(func() {
			started.Add(1)
			mine := int64(0) // a counter that all share would be part of the price
			for {
				switch phase.Load() {
				case counting:
					mine++
				case stopping:
					yields.Add(mine)
					return
				}
				runtime.Gosched()
			}
		})
	}
	for started.Load() < int64(n) {
		runtime.Gosched()
	}

	// Runnable goroutines queue up: when our turn comes again, each of the
	// others has had its own.
	laps, each := 0, max(1, 20_000/n)
	phase.Store(counting)
	for b.Loop() {
		for range each {
			runtime.Gosched()
		}
		laps += each
	}
	took := b.Elapsed()
	phase.Store(stopping)
	all.Wait()

	total, want := float64(yields.Load()), float64(n)*float64(laps)
	if math.Abs(total-want) > want/10 {
		b.Fatalf("%.0f yields in %d laps of %d goroutines, want about %.0f: they did not take turns", total, laps, n, want)
	}
	harness.PerUnit(b, took, int(total)+laps, "ns/switch")
}

// benchGosched: two goroutines at one P that yield to one another.
func benchGosched(b *testing.B) {
	harness.Quiet(b, 1)
	var stop atomic.Bool
	count := make(chan int)
	go func() {
		n := 0
		for ; !stop.Load(); n++ {
			runtime.Gosched()
		}
		count <- n
	}()
	runtime.Gosched() // it starts
	ours := 0
	for b.Loop() {
		for range batch / 2 {
			runtime.Gosched()
		}
		ours += batch / 2
	}
	took := b.Elapsed()
	stop.Store(true)
	theirs := <-count
	// Not quite by turns: each 61st time the scheduler prefers the global queue,
	// and who has just yielded may be the only one there.
	if off := math.Abs(float64(theirs - ours)); off > 2+float64(ours)/20 {
		b.Fatalf("one goroutine yielded %d times, the other %d: they did not alternate", ours, theirs)
	}
	harness.PerUnit(b, took, ours+theirs, "ns/switch")
}

// benchChannel: two goroutines at one P, per switches by unbuffered channels
// in each iteration. It returns the switches of all of them.
func benchChannel(b *testing.B, per int) (switches int) {
	harness.Quiet(b, 1)
	ping, pong := make(chan int), make(chan int)
	go func() {
		defer close(pong)
		for i := range ping {
			pong <- -i
		}
	}()
	sent := 0
	for b.Loop() {
		for range per / 2 {
			ping <- sent
			if got := <-pong; got != -sent {
				b.Fatalf("sent %d, got %d back, want %d", sent, got, -sent)
			}
			sent++
		}
	}
	took := b.Elapsed()
	close(ping)
	<-pong
	harness.PerUnit(b, took, 2*sent, "ns/switch")
	return 2 * sent
}

// benchCoroutine: iter.Pull, a switch there and one back, with no scheduler.
func benchCoroutine(b *testing.B) {
	harness.Quiet(b, 1)
	next, stop := iter.Pull(func(yield func(int) bool) {
		for i := 0; yield(i); i++ {
		}
	})
	defer stop()
	calls := 0
	for b.Loop() {
		for range batch / 2 {
			if got, _ := next(); got != calls {
				b.Fatalf("call %d of next returned %d", calls, got)
			}
			calls++
		}
	}
	harness.PerUnit(b, b.Elapsed(), 2*calls, "ns/switch")
}

// benchThreads measures by alternate, which has a clock of its own.
func benchThreads(b *testing.B, alternate func() (osthread.Alternation, error)) {
	harness.Quiet(b, runtime.GOMAXPROCS(0))
	all := osthread.Alternation{Counted: true}
	for b.Loop() {
		a, err := alternate()
		harness.Need(b, err)
		if a.Switches != batch {
			b.Fatalf("%d switches, want %d", a.Switches, batch)
		}
		all.Elapsed += a.Elapsed
		all.Switches += a.Switches
		all.Voluntary += a.Voluntary
		all.Involuntary += a.Involuntary
		all.Counted = all.Counted && a.Counted
	}
	harness.PerUnit(b, all.Elapsed, all.Switches, "ns/switch")
	if all.Counted {
		b.ReportMetric(float64(all.Voluntary+all.Involuntary)/float64(all.Switches), "kernel-switches/switch")
	}
}

func kernelSwitches(b *testing.B) int64 {
	voluntary, involuntary, err := osthread.Switches()
	harness.Need(b, err)
	return voluntary + involuntary
}

// forNumbers runs f beside more and more goroutines; a million need much
// memory and are measured on request only.
func forNumbers(b *testing.B, f func(b *testing.B, n int)) {
	const million, needed = 1_000_000, 4 << 30
	for _, n := range []int{100, 1000, 10_000, 100_000, million} {
		b.Run(fmt.Sprintf("n=%d", n), func(b *testing.B) {
			if n > 10_000 && harness.Race() {
				harness.Skip(b, "the race detector has room for 10,000 goroutines at most",
					"레이스 검출기를 켜면 고루틴을 최대 10,000개까지만 측정합니다")
			}
			if n == million && os.Getenv("LAB_FULL") != "1" {
				harness.Skip(b, "a million goroutines want 4 GB of free memory; ask for them: go tool lab measure 03 -full",
					"고루틴 백만 개를 재려면 남은 메모리가 4 GB는 있어야 합니다. 측정하려면: go tool lab measure 03 -full")
			}
			if free := harness.FreeMemory(); n == million && free < needed {
				harness.Skip(b, fmt.Sprintf("a million goroutines want 4 GB of free memory, and %d MB are known to be free", free>>20),
					fmt.Sprintf("고루틴 백만 개를 재려면 남은 메모리가 4 GB는 있어야 하지만, 사용할 수 있다고 확인된 메모리는 %d MB입니다", free>>20))
			}
			f(b, n)
		})
	}
}
