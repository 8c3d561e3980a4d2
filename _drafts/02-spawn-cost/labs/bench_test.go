package spawn_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"gmplab/internal/check"
	"gmplab/internal/lang"
	"gmplab/internal/machine"
	"gmplab/internal/osthread"
	spawn "gmplab/labs/02-spawn-cost"
)

// batch is the spawns of one loop iteration.
const batch = 1000

// BenchmarkNoise measures the same code twice: what differs is noise. A go
// statement and the wait for its goroutine are two switches.
func BenchmarkNoise(b *testing.B) {
	for _, run := range []string{"a", "b"} {
		b.Run("run="+run, func(b *testing.B) {
			quiet(b, 1)
			n := 0
			for b.Loop() {
				goroutines(batch)
				n += batch
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(2*n), "ns/switch")
			b.ReportMetric(0, "ns/op")
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
		quiet(b, 1)
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
		quiet(b, 1)
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
		quiet(b, runtime.GOMAXPROCS(0))
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
	quiet(b, 1)
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
		skip(b, "your New and FreeList do not work yet: go test ./labs/02-...", "아직 여러분의 New와 FreeList가 동작하지 않습니다: go test ./labs/02-...")
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
	quiet(b, runtime.GOMAXPROCS(0))
	var threads spawn.Threads
	done := make(chan struct{})
	f := func() { done <- struct{}{} }
	threads.Start(f)
	if threads.Created() != 1 {
		skip(b, "your Threads do not work yet: go test ./labs/02-...", "아직 여러분의 Threads가 동작하지 않습니다: go test ./labs/02-...")
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

// inChild, set in the environment of this test binary, makes it do one thing
// and print how many threads it has then.
const inChild = "LAB02_CHILD"

// asChild is called by TestMain, not by an init: while those run the main
// goroutine is locked to its thread.
func asChild() {
	what, number, _ := strings.Cut(os.Getenv(inChild), "=")
	n, err := strconv.Atoi(number)
	if err != nil {
		return
	}
	switch what {
	case "goroutines": // n, one after the other
		goroutines(n)
	case "parallel": // n in all, a thousand at a time
		for range n / 1000 {
			var all sync.WaitGroup
			for range 1000 {
				all.Go(func() { runtime.Gosched() })
			}
			all.Wait()
		}
	case "threads":
		for range n {
			osthread.Go(func() {})()
		}
	case "blocking": // n rounds of 20 calls that block their threads
		for range n {
			var all sync.WaitGroup
			for range 20 {
				all.Go(func() { blockThread(time.Millisecond) })
			}
			all.Wait()
		}
	}
	threads, err := osthread.Count()
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println(threads)
	os.Exit(0)
}

// child runs this binary as a child and returns its threads in the end. With
// procs 0 it has the default GOMAXPROCS. Under has it run by another program.
func child(b *testing.B, procs int, what string, n int, under ...string) int {
	b.Helper()
	args := append(under, os.Args[0])
	cmd := exec.CommandContext(b.Context(), args[0], args[1:]...)
	for _, e := range os.Environ() {
		if !strings.HasPrefix(e, "GOMAXPROCS=") {
			cmd.Env = append(cmd.Env, e)
		}
	}
	cmd.Env = append(cmd.Env, fmt.Sprintf("%s=%s=%d", inChild, what, n), "GOGC=off")
	if procs > 0 {
		cmd.Env = append(cmd.Env, fmt.Sprintf("GOMAXPROCS=%d", procs))
	}
	out, err := cmd.Output()
	if err != nil {
		b.Fatalf("%s: %v: %s", what, err, out)
	}
	threads, err := strconv.Atoi(strings.TrimSpace(string(out)))
	if err != nil {
		b.Fatalf("%s: %v", what, err)
	}
	return threads
}

// BenchmarkCalls counts the system calls of a spawn, by strace: those of a
// process that spawns many, less those of one that spawns few.
func BenchmarkCalls(b *testing.B) {
	for _, kind := range []struct {
		name, what string
		few, many  int
	}{{"goroutine", "goroutines", 10_000, 110_000}, {"thread", "threads", 10, 110}} {
		b.Run("kind="+kind.name, func(b *testing.B) {
			strace, err := exec.LookPath("strace")
			if err != nil {
				skip(b, "it takes strace to count system calls", "시스템 콜을 세려면 strace가 필요합니다")
			}
			if out, err := exec.Command(strace, "-c", "-o", os.DevNull, strace, "-V").CombinedOutput(); err != nil {
				skip(b, "strace may not trace here: "+firstLine(out), "여기서는 strace로 추적할 수 없습니다: "+firstLine(out))
			}
			var perSpawn float64
			for b.Loop() {
				few := calls(b, strace, kind.what, kind.few)
				many := calls(b, strace, kind.what, kind.many)
				perSpawn = max(0, float64(many-few)/float64(kind.many-kind.few))
			}
			b.ReportMetric(perSpawn, "syscalls/spawn")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// calls returns how many system calls a child at one P makes in all.
func calls(b *testing.B, strace, what string, n int) int {
	b.Helper()
	file := filepath.Join(b.TempDir(), "calls")
	child(b, 1, what, n, strace, "-f", "-qq", "-c", "-o", file)
	text, err := os.ReadFile(file)
	if err != nil {
		b.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		// % time, seconds, usecs/call, calls, [errors,] total
		words := strings.Fields(line)
		if len(words) >= 5 && words[len(words)-1] == "total" {
			total, err := strconv.Atoi(words[3])
			if err != nil {
				b.Fatal(err)
			}
			return total
		}
	}
	b.Fatalf("strace counted nothing: %s", text)
	return 0
}

// BenchmarkReuse counts the threads of a fresh process.
func BenchmarkReuse(b *testing.B) {
	b.Run("kind=goroutines", func(b *testing.B) {
		var more int
		for b.Loop() {
			more = child(b, 0, "parallel", 100_000) - child(b, 0, "parallel", 1000)
		}
		b.ReportMetric(float64(more), "threads")
		b.ReportMetric(0, "ns/op")
	})
	b.Run("kind=blocking", func(b *testing.B) {
		if !canBlock {
			skip(b, "this platform has no call here that blocks a thread for a while", "이 플랫폼에서는 스레드를 잠시 블로킹할 시스템 콜을 쓰지 않습니다")
		}
		var threads int
		for b.Loop() {
			threads = child(b, 0, "blocking", 20)
		}
		b.ReportMetric(float64(threads), "threads")
		b.ReportMetric(0, "ns/op")
	})
}

func firstLine(out []byte) string {
	line, _, _ := strings.Cut(strings.TrimSpace(string(out)), "\n")
	return line
}

// report replaces the time of an iteration by that of a spawn.
func report(b *testing.B, took time.Duration, spawns int) {
	b.ReportMetric(float64(took.Nanoseconds())/float64(spawns), "ns/spawn")
	b.ReportMetric(0, "ns/op")
}

// quiet switches the GC off and sets GOMAXPROCS, until b ends.
func quiet(b *testing.B, procs int) {
	percent := debug.SetGCPercent(-1)
	procs = runtime.GOMAXPROCS(procs)
	b.Cleanup(func() {
		runtime.GOMAXPROCS(procs)
		debug.SetGCPercent(percent)
	})
}

// skip words what the measuring tool looks for.
func skip(b *testing.B, en, ko string) {
	b.Helper()
	b.Skip("not measurable here: " + lang.Say(en, ko))
}
