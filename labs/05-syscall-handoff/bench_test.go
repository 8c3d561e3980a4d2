package handoff_test

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gmplab/internal/harness"
	"gmplab/internal/machine"
	"gmplab/internal/osthread"
	handoff "gmplab/labs/05-syscall-handoff"
)

// parts are played by children: the real runtime is observed in a process of
// its own, at one P.
var parts = map[string]func(n int){
	"read":     playRead,
	"blocked":  playBlocked,
	"pollable": playPollable,
	"threads":  playThreads,
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// playRead lets one goroutine read from a pipe while another counts. A byte
// comes after ms milliseconds. It prints whether the read had no error, whether
// it was that byte, whether it came no earlier, whether it came once, and how
// far the other has counted by then.
func playRead(ms int) {
	debug.SetGCPercent(-1)
	pipe, err := newPipe()
	must(err)
	entered := make(chan struct{})
	type result struct {
		b   byte
		err error
	}
	done := make(chan result, 1)
	go func() {
		close(entered)
		b, err := pipe.read()
		done <- result{b, err}
	}()
	<-entered
	counted := 0
	for begin := time.Now(); time.Since(begin) < time.Duration(ms)*time.Millisecond; {
		counted++
		runtime.Gosched() // one P: the reader had it first
	}
	early := len(done) > 0
	must(pipe.write(7))
	r := <-done
	fmt.Println(r.err == nil, r.b == 7, !early, pipe.empty(), counted)
}

// count counts in a goroutine of its own until stop is called.
func count() (n *atomic.Int64, stop func()) {
	n = new(atomic.Int64)
	end := make(chan struct{})
	var all sync.WaitGroup
	all.Go(func() {
		for {
			select {
			case <-end:
				return
			default:
				n.Add(1)
				runtime.Gosched()
			}
		}
	})
	return n, func() { close(end); all.Wait() }
}

// playBlocked lets n goroutines read from pipes, each in a blocking call of
// its own, and prints how many threads there are before and then, and whether
// a goroutine that counts went on counting.
func playBlocked(n int) {
	debug.SetGCPercent(-1)
	before, err := osthread.Count()
	must(err)
	counter, stop := count()
	entered := make(chan struct{}, n)
	errs := make(chan error, n)
	var pipes []*pipe
	for range n {
		pipe, err := newPipe()
		must(err)
		pipes = append(pipes, pipe)
		go func() {
			entered <- struct{}{}
			_, err := pipe.read()
			errs <- err
		}()
	}
	for range n {
		<-entered
	}
	from := counter.Load()
	threads := 0
	for i := 0; i < 2000 && threads <= n; i++ { // the last ones may be on their way
		time.Sleep(time.Millisecond)
		threads, err = osthread.Count()
		must(err)
	}
	for i := 0; i < 2000 && counter.Load() < from+1000; i++ {
		time.Sleep(time.Millisecond)
	}
	counts := counter.Load() >= from+1000 && len(errs) == 0
	for _, pipe := range pipes {
		must(pipe.write(1))
	}
	for range pipes {
		must(<-errs)
	}
	stop()
	fmt.Println(before, threads, counts)
}

// playPollable lets n goroutines wait on pipes that the network poller
// watches, fewer if not so many files may be open, and prints how many wait
// and how many threads there are.
func playPollable(n int) {
	debug.SetGCPercent(-1)
	n = min(n, (files()-30)/2)
	errs := make(chan error, n)
	entered := make(chan struct{}, n)
	var ends []*os.File
	for range n {
		r, w, err := os.Pipe()
		must(err)
		ends = append(ends, w)
		go func() {
			entered <- struct{}{}
			_, err := r.Read(make([]byte, 1))
			errs <- err
		}()
	}
	for range n {
		<-entered
	}
	time.Sleep(50 * time.Millisecond) // a thread for each would be there by now
	threads, err := osthread.Count()
	must(err)
	waiting := n - len(errs)
	for _, w := range ends {
		must(w.Close())
	}
	for range n {
		if err := <-errs; err != io.EOF {
			must(fmt.Errorf("read: %v", err))
		}
	}
	fmt.Println(waiting, threads)
}

// playThreads prints how many threads there are at the beginning.
func playThreads(int) {
	n, err := osthread.Count()
	must(err)
	fmt.Println(n)
}

func needUnix(b *testing.B) {
	b.Helper()
	if !unix {
		harness.Skip(b, "blocking pipes and getpid are used as on Unix", "유닉스의 블로킹 파이프와 getpid를 씁니다")
	}
}

// BenchmarkRead: a read that blocks for 30 ms, at one P: its data comes once,
// without EINTR, not before, and others have run meanwhile.
func BenchmarkRead(b *testing.B) {
	needUnix(b)
	total, whole := 0, 0
	for b.Loop() {
		for range 3 {
			out, _ := harness.Ask(b, "read", 30, "GOMAXPROCS=1")
			var ok, right, late, once bool
			var counted int
			if _, err := fmt.Sscan(out, &ok, &right, &late, &once, &counted); err != nil {
				b.Fatalf("child printed %q", out)
			}
			total++
			if ok && right && late && once && counted > 0 {
				whole++
			}
		}
	}
	harness.Report(b, 100*float64(whole)/float64(total), "percent-undisturbed")
}

// BenchmarkBlocked: threads at one P, with goroutines that wait in a blocking
// call, and with ones that wait for the network poller.
func BenchmarkBlocked(b *testing.B) {
	b.Run("kind=read", func(b *testing.B) {
		needUnix(b)
		const n = 100
		if files() < 2*n+30 {
			harness.Skip(b, "too few files may be open: ulimit -n", "열 수 있는 파일이 너무 적습니다: ulimit -n")
		}
		var before, threads int
		outcome := 1.0
		for b.Loop() {
			out, _ := harness.Ask(b, "blocked", n, "GOMAXPROCS=1")
			var counts bool
			if _, err := fmt.Sscan(out, &before, &threads, &counts); err != nil {
				b.Fatalf("child printed %q", out)
			}
			if !counts {
				outcome = 0
			}
		}
		harness.Report(b, float64(threads), "threads")
		b.ReportMetric(outcome, "outcome")
	})
	b.Run("kind=pollable", func(b *testing.B) {
		needUnix(b)
		const n = 500
		if files() < 2*100+30 {
			harness.Skip(b, "too few files may be open: ulimit -n", "열 수 있는 파일이 너무 적습니다: ulimit -n")
		}
		var waiting, threads int
		for b.Loop() {
			out, _ := harness.Ask(b, "pollable", n, "GOMAXPROCS=1")
			if _, err := fmt.Sscan(out, &waiting, &threads); err != nil {
				b.Fatalf("child printed %q", out)
			}
			if waiting < 100 {
				b.Fatalf("only %d goroutines wait", waiting)
			}
		}
		harness.Report(b, float64(threads), "threads")
		b.ReportMetric(float64(waiting), "goroutines")
	})
}

// BenchmarkThreads: how many threads a program has at one P, before anything
// blocks.
func BenchmarkThreads(b *testing.B) {
	threads := 0
	for b.Loop() {
		out, _ := harness.Ask(b, "threads", 0, "GOMAXPROCS=1")
		if _, err := fmt.Sscan(out, &threads); err != nil {
			b.Fatalf("child printed %q", out)
		}
	}
	harness.Report(b, float64(threads), "threads")
}

// BenchmarkCall: the shortest call, with the runtime's wrapper (entersyscall,
// exitsyscall) and without.
func BenchmarkCall(b *testing.B) {
	for _, kind := range []struct {
		name string
		call func()
	}{{"wrapped", wrapped}, {"raw", raw}} {
		b.Run("kind="+kind.name, func(b *testing.B) {
			needUnix(b)
			n := 0
			for b.Loop() {
				for range 1000 {
					kind.call()
				}
				n += 1000
			}
			harness.PerUnit(b, b.Elapsed(), n, "ns/call")
		})
	}
}

// BenchmarkEnterExit is your own: what a call costs that keeps its P, with the
// explorer's atomics and over sync/atomic.
func BenchmarkEnterExit(b *testing.B) {
	b.Run("kind=yours", func(b *testing.B) {
		var st handoff.State
		if !works() {
			harness.Unsolved(b, "State", "05")
		}
		st.Acquire()
		n := 0
		for b.Loop() {
			for range 1000 {
				if !st.Exit(st.Enter()) {
					b.Fatal("the P is lost")
				}
			}
			n += 1000
		}
		harness.PerUnit(b, b.Elapsed(), n, "ns/call")
	})
	b.Run("kind=bare", func(b *testing.B) {
		if !works() {
			harness.Unsolved(b, "State", "05")
		}
		harness.Bare(b, string(source), "var st State; st.Acquire()", "st.Exit(st.Enter())", "ns/call")
	})
}

// works reports whether State and Monitor do what they should, at a first look.
func works() bool {
	var st handoff.State
	if !st.Acquire() || st.Acquire() {
		return false
	}
	k := st.Enter()
	if _, call := st.Look(); call != k || !st.Exit(k) || st.Exit(k) || st.Retake(k) {
		return false
	}
	k = st.Enter()
	var m handoff.Monitor
	view := []handoff.View{{Busy: true, Call: k, Tick: 1}}
	one, _ := m.Scan(0, view, 0)
	two, _ := m.Scan(time.Millisecond, view, 0)
	if len(one) != 0 || len(two) != 1 || !st.Retake(k) || st.Exit(k) || !st.Acquire() {
		return false
	}
	var d handoff.Monitor
	if d.Delay(true) == 0 {
		return false
	}
	s := &script{}
	handoff.Handoff(s, 0, false)
	p, ok := handoff.Back(s, new(machine.G))
	_, none := handoff.Back(s, new(machine.G))
	handoff.Handoff(s, 0, false)
	return s.wrong == "" && p == 0 && ok && !none && s.acts() == "PutIdle(0), TakeIdle, TakeIdle, PutGlobal(g0), Start(0)"
}

// BenchmarkOwn is your own: the toy scheduler of the tests under the load of
// BenchmarkHandoff, how many of its calls are handed off.
func BenchmarkOwn(b *testing.B) {
	b.Run("call=short", func(b *testing.B) {
		needUnix(b)
		benchOwn(b, 1, 20_000, wrapped)
	})
	b.Run("call=long", func(b *testing.B) {
		benchOwn(b, 20, 1, func() { time.Sleep(80 * time.Millisecond) })
	})
}

// benchOwn lets gs goroutines make calls, each so many, beside one that counts.
func benchOwn(b *testing.B, gs, calls int, call func()) {
	if !works() {
		harness.Unsolved(b, "hand-off", "05")
	}
	var all, handoffs int
	for b.Loop() {
		t := newToy()
		t.add(&routine{run: func() bool { return true }})
		var done sync.WaitGroup
		for range gs {
			done.Add(1)
			left := calls
			t.add(&routine{call: call, run: func() bool {
				if left--; left == 0 {
					done.Done()
				}
				return left > 0
			}})
		}
		done.Wait()
		all += gs * calls
		handoffs += int(t.handoffs.Load())
		t.close()
		if wrong := t.wrong.Load(); wrong != nil {
			b.Fatal(*wrong)
		}
	}
	harness.Report(b, 100*float64(handoffs)/float64(all), "percent-handed-off")
}
