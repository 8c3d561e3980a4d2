package tiny_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"gmplab/internal/clock"
	"gmplab/internal/harness"
	"gmplab/internal/machine"
	"gmplab/internal/osthread"
	"gmplab/internal/tiny"
)

// The same programs, on tiny and in Go. What a program prepares and what it
// does for the first time is not timed: it says `HOST start` and `HOST stop`,
// and `HOST check`, with a result that the benchmark knows.
//
// What tiny does not do makes it quicker: it has no garbage collector to serve,
// no network poller, no select and no defer. What makes it slower is that its
// code is interpreted.

// stopwatch is what a program times and checks by.
type stopwatch struct {
	want    uint64
	checked int
	wrong   error         // the first wrong result
	begun   time.Duration // by clock.Now
	took    time.Duration
	marks   []uint64 // bytes in use
}

func (c *stopwatch) start() { c.begun = clock.Now() }
func (c *stopwatch) stop()  { c.took += clock.Now() - c.begun }

func (c *stopwatch) check(v uint64) {
	if c.checked++; v != c.want && c.wrong == nil {
		c.wrong = fmt.Errorf("the result is %d, want %d", v, c.want)
	}
}

// mark notes how much memory is in use.
func (c *stopwatch) mark() {
	var s runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&s)
	c.marks = append(c.marks, s.HeapAlloc+s.StackInuse)
}

// versus is a program in both languages.
type versus struct {
	text   string // for tiny
	golang func(c *stopwatch)
	want   uint64
	n      int    // how many units one run is timed for
	unit   string // "ns/yield"
}

// times measures both at 1 and 2 Ps.
func (v versus) times(b *testing.B) {
	both(b, func(b *testing.B, kind string, procs int) { v.time(b, kind, procs) })
}

// both calls f for tiny and for Go, at 1 and 2 Ps.
func both(b *testing.B, f func(b *testing.B, kind string, procs int)) {
	for _, kind := range []string{"tiny", "go"} {
		for _, procs := range []int{1, 2} {
			b.Run(fmt.Sprintf("kind=%s/procs=%d", kind, procs), func(b *testing.B) {
				if runtime.NumCPU() < procs {
					harness.Skip(b, "there is one CPU", "CPU가 하나입니다")
				}
				f(b, kind, procs)
			})
		}
	}
}

func (v versus) time(b *testing.B, kind string, procs int) {
	harness.Quiet(b, procs)
	c := &stopwatch{want: v.want}
	runs := 0
	for b.Loop() {
		runs++
		b.StopTimer() // also a collection is nobody's
		runtime.GC()
		b.StartTimer()
		require.NoError(b, v.run(c, kind, procs))
	}
	require.Equal(b, runs, c.checked, "a program did not say its result")
	harness.PerUnit(b, c.took, v.n*b.N, v.unit)
}

// run runs the program once.
func (v versus) run(c *stopwatch, kind string, procs int) error {
	if kind == "go" {
		v.golang(c)
		return c.wrong
	}
	w := &tiny.World{}
	hosts := w.Hosts()
	hosts["start"] = func([]uint64) uint64 { c.start(); return 0 }
	hosts["stop"] = func([]uint64) uint64 { c.stop(); return 0 }
	hosts["mark"] = func([]uint64) uint64 { c.mark(); return 0 }
	hosts["check"] = func(args []uint64) uint64 { c.check(args[0]); return 0 }
	p, err := machine.Assemble("bench.asm", v.text, hosts)
	if err != nil {
		return err
	}
	_, err = tiny.Run(context.Background(), p, tiny.Options{Procs: procs, World: w})
	return errors.Join(err, c.wrong)
}

// loop is a main that calls once(done) 2 times, the second one timed. It
// checks what that returns.
func loop(once string) string {
	return `main:   ENTER 2
        STORE [SP], 100
        CHAN
        STORE [BP-8], R0
        STORE [SP], R0
        CALL  once
        HOST  start
        CALL  once
        STORE [SP], R0
        HOST  stop
        HOST  check
        RET
` + once
}

// twice is the same in Go.
func twice(once func() int) func(*stopwatch) {
	return func(c *stopwatch) {
		done := make(chan struct{})
		go func() { // as on tiny, where main is a goroutine with no past
			defer close(done)
			once()
			c.start()
			v := once()
			c.stop()
			c.check(uint64(v))
		}()
		<-done
	}
}

const yields = 50_000 // by each of 10

// BenchmarkYield: 10 goroutines that do nothing else. On tiny they yield ten
// times for one turn of their loop: that is four instructions, each of which
// takes some 2 ns, which is the interpreter's time and not the scheduler's. (In
// Go a turn takes less than a nanosecond.)
func BenchmarkYield(b *testing.B) { yield().times(b) }

// BenchmarkNoise times the same thing twice: what differs is noise.
func BenchmarkNoise(b *testing.B) {
	for _, run := range []string{"a", "b"} {
		b.Run("run="+run, func(b *testing.B) { yield().time(b, "tiny", 1) })
	}
}

func yield() versus {
	return versus{want: 10, n: 10 * yields, unit: "ns/yield",
		text: loop(fmt.Sprintf(`once: ENTER 2
        STORE [BP-8], 10
start:  LOAD  R0, [BP+16]
        STORE [SP], R0
        GO    polite, 1
        LOAD  R0, [BP-8]
        SUB   R0, 1
        STORE [BP-8], R0
        JNE   R0, 0, start
join:   LOAD  R0, [BP+16]
        STORE [SP], R0
        RECV
        LOAD  R0, [BP-8]
        ADD   R0, 1
        STORE [BP-8], R0
        JNE   R0, 10, join
        RET
polite: ENTER 2
        STORE [BP-8], %d
more:
%s        LOAD  R0, [BP-8]
        SUB   R0, 10
        STORE [BP-8], R0
        JNE   R0, 0, more
        LOAD  R0, [BP+16]
        STORE [SP], R0
        SEND
        RET`, yields, strings.Repeat("        YIELD\n", 10))),
		golang: twice(func() int {
			done := make(chan int, 100)
			for range 10 {
				go func() {
					for range yields {
						runtime.Gosched()
					}
					done <- 1
				}()
			}
			n := 0
			for range 10 {
				n += <-done
			}
			return n
		}),
	}
}

const spawns = 500 // times 64

// BenchmarkSpawnExit: 64 goroutines that return at once, then main yields; and
// again.
func BenchmarkSpawnExit(b *testing.B) {
	versus{want: 0, n: 64 * spawns, unit: "ns/spawn",
		text: loop(fmt.Sprintf(`once: ENTER 2
        STORE [BP-8], %d
round:  MOV   R0, 64
        STORE [BP-16], R0
more:   GO    leaf, 0
        LOAD  R0, [BP-16]
        SUB   R0, 1
        STORE [BP-16], R0
        JNE   R0, 0, more
        YIELD
        LOAD  R0, [BP-8]
        SUB   R0, 1
        STORE [BP-8], R0
        JNE   R0, 0, round
        RET
leaf:   ENTER 0
        RET`, spawns)),
		golang: twice(func() int {
			for range spawns {
				for range 64 {
					go leaf()
				}
				runtime.Gosched()
			}
			return 0
		}),
	}.times(b)
}

//go:noinline
func leaf() {}

const trips = 20_000

// BenchmarkPingPong: two goroutines, two channels without a buffer.
func BenchmarkPingPong(b *testing.B) {
	versus{want: trips, n: 2 * trips, unit: "ns/switch",
		text: loop(fmt.Sprintf(`once: ENTER 4
        STORE [SP], 0
        CHAN
        STORE [BP-8], R0
        STORE [SP], 0
        CHAN
        STORE [BP-16], R0
        LOAD  R1, [BP-8]
        STORE [SP], R1
        STORE [SP+8], R0
        GO    pong, 2
        MOV   R2, 0
trip:   LOAD  R1, [BP-8]
        STORE [SP], R1
        STORE [SP+8], R2
        SEND
        LOAD  R1, [BP-16]
        STORE [SP], R1
        RECV
        MOV   R2, R0
        JNE   R2, %d, trip
        RET
pong:   ENTER 2
next:   LOAD  R1, [BP+16]
        STORE [SP], R1
        RECV
        ADD   R0, 1
        LOAD  R1, [BP+24]
        STORE [SP], R1
        STORE [SP+8], R0
        SEND
        JEQ   R0, %[1]d, end
        JMP   next
end:    RET`, trips)),
		golang: twice(func() int {
			ping, pong := make(chan int), make(chan int)
			go func() {
				for v := range ping {
					pong <- v + 1
				}
			}()
			v := 0
			for v != trips {
				ping <- v
				v = <-pong
			}
			close(ping)
			return v
		}),
	}.times(b)
}

// timed makes an example a benchmark: its main is called once, and what it
// prints is the result.
func timed(text string) string {
	text = strings.Replace(text, "main:", "once:", 1)
	// A result is in [SP] and is returned: where the program prints it.
	text = strings.Replace(text, "        HOST  print\n        RET", "        LOAD  R0, [SP]\n        RET", 1)
	return loop(text)
}

const hops = 50_000

// BenchmarkRing: a token in a ring of 503.
func BenchmarkRing(b *testing.B) {
	versus{want: hops%503 + 1, n: hops, unit: "ns/hop",
		text: timed(strings.Replace(source(b, "ring"), "500000 ; hops", fmt.Sprint(hops, " ; hops"), 1)),
		golang: twice(func() int {
			first, done := make(chan int, 1), make(chan int)
			in := first
			for i := 1; i <= 503; i++ {
				out := first
				if i < 503 {
					out = make(chan int)
				}
				go func(in, out chan int) {
					for v := range in {
						if v == 0 {
							done <- i
							continue
						}
						out <- v - 1
					}
					if out != first {
						close(out)
					}
				}(in, out)
				in = out
			}
			first <- hops
			v := <-done
			close(first) // all end; on tiny they wait until main ends
			return v
		}),
	}.times(b)
}

const leaves = 100_000

// BenchmarkSkynet: a tree of goroutines.
func BenchmarkSkynet(b *testing.B) {
	versus{want: leaves * (leaves - 1) / 2, n: leaves * 10 / 9, unit: "ns/goroutine",
		text: timed(strings.Replace(source(b, "skynet"), "1000000 ; leaves", fmt.Sprint(leaves, " ; leaves"), 1)),
		golang: twice(func() int {
			up := make(chan int)
			go skynet(up, 0, leaves)
			return <-up
		}),
	}.times(b)
}

func skynet(up chan int, first, leaves int) {
	if leaves == 1 {
		up <- first
		return
	}
	down := make(chan int)
	for i := range 10 {
		go skynet(down, first+i*(leaves/10), leaves/10)
	}
	sum := 0
	for range 10 {
		sum += <-down
	}
	up <- sum
}

// BenchmarkFib: fork and join, without any work.
func BenchmarkFib(b *testing.B) {
	versus{want: 6765, n: 10_946 - 1, unit: "ns/fork",
		text:   timed(strings.Replace(source(b, "fib"), "[SP], 22", "[SP], 20", 1)),
		golang: twice(func() int { return fib(20) }),
	}.times(b)
}

func fib(n int) int {
	if n < 2 {
		return n
	}
	c := make(chan int)
	go func() { c <- fib(n - 1) }()
	v := fib(n - 2)
	return v + <-c
}

// BenchmarkSieve: the 100th prime.
func BenchmarkSieve(b *testing.B) {
	versus{want: 541, n: 1, unit: "ns/run",
		text: timed(strings.Replace(source(b, "sieve"), "R1, 300, done", "R1, 100, done", 1)),
		golang: twice(func() int {
			end := make(chan int)
			go func(out chan int) {
				for i := 2; i <= 541; i++ { // then all end; on tiny main ends them
					out <- i
				}
				close(out)
			}(end)
			for range 99 {
				prime, in, out := <-end, end, make(chan int)
				go func() {
					for v := range in {
						if v%prime != 0 {
							out <- v
						}
					}
					close(out)
				}()
				end = out
			}
			return <-end
		}),
	}.times(b)
}

// BenchmarkCalls: 20 goroutines that each block a thread for 20 ms. (In Go
// time.Sleep would not: it needs no thread.)
func BenchmarkCalls(b *testing.B) {
	versus{want: 20, n: 1, unit: "ns/run",
		text: loop(`once: ENTER 2
        STORE [BP-8], 20
start:  LOAD  R0, [BP+16]
        STORE [SP], R0
        GO    block, 1
        LOAD  R0, [BP-8]
        SUB   R0, 1
        STORE [BP-8], R0
        JNE   R0, 0, start
join:   LOAD  R0, [BP+16]
        STORE [SP], R0
        RECV
        LOAD  R0, [BP-8]
        ADD   R0, 1
        STORE [BP-8], R0
        JNE   R0, 20, join
        RET
block:  ENTER 1
        STORE [SP], 20000
        SYS   sleep
        LOAD  R0, [BP+16]
        STORE [SP], R0
        SEND
        RET`),
		golang: twice(func() int {
			done := make(chan int, 100)
			for range 20 {
				go func() {
					osthread.Sleep(20 * time.Millisecond)
					done <- 1
				}()
			}
			n := 0
			for range 20 {
				n += <-done
			}
			return n
		}),
	}.times(b)
}

const parked = 50_000

// BenchmarkParked: what a goroutine takes that waits for a channel, each time in
// a process of its own: in one where goroutines have lived some are used again.
func BenchmarkParked(b *testing.B) {
	both(b, func(b *testing.B, kind string, procs int) {
		bytes := 0.0
		for b.Loop() {
			out, _ := harness.Ask(b, "parked-"+kind, procs)
			_, err := fmt.Sscan(out, &bytes)
			require.NoError(b, err, out)
		}
		harness.Report(b, bytes, "B/goroutine")
	})
}

// playParked is the other process.
func playParked(kind string) func(procs int) {
	return func(procs int) {
		runtime.GOMAXPROCS(procs)
		c := &stopwatch{want: parked}
		if err := parking().run(c, kind, procs); err != nil || len(c.marks) != 2 {
			fmt.Fprintln(os.Stderr, err, c.marks)
			os.Exit(1)
		}
		fmt.Println(float64(c.marks[1]-c.marks[0]) / parked)
	}
}

func parking() versus {
	return versus{want: parked,
		text: fmt.Sprintf(`main: ENTER 2
        HOST  mark
        STORE [SP], 0
        CHAN
        STORE [BP-8], R0
        STORE [SP], R0
more:   GO    wait, 1
        LOAD  R0, [SP+8]
        ADD   R0, 1
        STORE [SP+8], R0
        JLT   R0, %d, more
        STORE [SP+8], 0     ; let all of them wait
        YIELD
        STORE [SP], 20000
        SYS   sleep
        HOST  mark
        STORE [SP], %[1]d
        HOST  check
        RET
wait:   ENTER 1
        LOAD  R0, [BP+16]
        STORE [SP], R0
        RECV
        RET`, parked),
		golang: func(c *stopwatch) {
			c.mark()
			ch := make(chan int)
			for range parked {
				go func() { <-ch }()
			}
			time.Sleep(20 * time.Millisecond)
			c.mark()
			c.check(parked)
			close(ch)
		},
	}
}

const steps = 200_000 // for each of 64 pieces

// BenchmarkForkJoin: fixed work in 64 pieces, beside two bare threads that have
// half of it each. The gain is procs=1 by procs=2.
func BenchmarkForkJoin(b *testing.B) {
	versus{want: 64, n: 1, unit: "ns/run",
		text: timed(strings.Replace(source(b, "forkjoin"), "1000000 ; steps", fmt.Sprint(steps, " ; steps"), 1)),
		golang: twice(func() int {
			done := make(chan int)
			for range 64 {
				go func() {
					sink.Store(tiny.Work(steps))
					done <- 1
				}()
			}
			n := 0
			for range 64 {
				n += <-done
			}
			return n
		}),
	}.times(b)
	for _, threads := range []int{1, 2} {
		b.Run(fmt.Sprintf("kind=thread/procs=%d", threads), func(b *testing.B) {
			harness.Quiet(b, threads+1)
			var took time.Duration
			for b.Loop() {
				begun := clock.Now()
				var wait []func()
				for range threads {
					wait = append(wait, osthread.Go(func() {
						for range 64 / threads {
							sink.Store(tiny.Work(steps))
						}
					}))
				}
				for _, w := range wait {
					w()
				}
				took += clock.Now() - begun
			}
			harness.PerUnit(b, took, b.N, "ns/run")
		})
	}
}

// sink is where a result goes that nobody needs, so that it is computed.
var sink atomic.Uint64
