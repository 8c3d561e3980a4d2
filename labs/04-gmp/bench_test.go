package gmp_test

import (
	"fmt"
	"os"
	"regexp"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gmplab/internal/harness"
	"gmplab/internal/machine"
	"gmplab/internal/osthread"
	gmp "gmplab/labs/04-gmp"
)

// parts are played by children: the real runtime is observed in a process of
// its own, fresh for each look.
var parts = map[string]func(n int){
	"order":  playOrder,
	"procs":  func(int) { fmt.Println(runtime.GOMAXPROCS(0), runtime.NumCPU()) },
	"busy":   playBusy,
	"locked": playLocked,
}

// playOrder prints in which order n goroutines first run, at one P.
func playOrder(n int) {
	debug.SetGCPercent(-1)
	for range 100 {
		runtime.Gosched() // what the runtime started at its beginning has run
	}
	order := make([]string, 0, n)
	var all sync.WaitGroup
	all.Add(n)
	for i := range n {
		go func() {
			order = append(order, strconv.Itoa(i)) // one P: nobody else runs
			all.Done()
		}()
	}
	all.Wait()
	fmt.Println(strings.Join(order, " "))
}

// playBusy is busy in one goroutine for ms milliseconds, while schedtrace
// tells of the Ps.
func playBusy(ms int) {
	debug.SetGCPercent(-1)
	x := 1
	for end := time.Now().Add(time.Duration(ms) * time.Millisecond); time.Now().Before(end); {
		for range 1000 {
			x = x*31 + 1
		}
	}
	if x == 0 {
		fmt.Println(x)
	}
}

// playLocked lets n goroutines lock their threads, and prints how many threads
// the process and the runtime count more, and how many thread ids there are.
func playLocked(n int) {
	before, known := threads()
	ids := make([]string, n)
	var started, all sync.WaitGroup
	end := make(chan struct{})
	for i := range n {
		started.Add(1)
		all.Go(func() {
			runtime.LockOSThread()
			ids[i], _ = os.Readlink("/proc/thread-self")
			started.Done()
			<-end
		})
	}
	started.Wait()
	// The runtime counts a thread before it asks the kernel for it.
	after, now := threads()
	for i := 0; i < 500 && after-before != now-known; i++ {
		time.Sleep(time.Millisecond)
		after, now = threads()
	}
	close(end)
	all.Wait()
	slices.Sort(ids)
	fmt.Println(after-before, now-known, len(slices.Compact(ids)))
}

// threads returns how many threads this process has, by the kernel and by the
// runtime, read until neither changed in between.
func threads() (kernel, known int) {
	sample := []metrics.Sample{{Name: "/sched/threads/total:threads"}}
	read := func() (int, int) {
		n, _ := osthread.Count()
		metrics.Read(sample)
		if sample[0].Value.Kind() != metrics.KindUint64 {
			return n, -1
		}
		return n, int(sample[0].Value.Uint64())
	}
	for range 1000 {
		kernel, known = read()
		if k, r := read(); k == kernel && r == known {
			break
		}
	}
	return kernel, known
}

// BenchmarkOrder: the order in which n goroutines first run at one P, in five
// fresh children.
func BenchmarkOrder(b *testing.B) {
	b.Run("n=5", func(b *testing.B) {
		benchOrder(b, 5, func(ran []int) bool { return slices.Equal(ran, []int{4, 0, 1, 2, 3}) })
	})
	b.Run("n=300", func(b *testing.B) { benchOrder(b, 300, likeTheRing) })
}

func benchOrder(b *testing.B, n int, expected func([]int) bool) {
	if harness.Race() {
		harness.Skip(b, "under the race detector Go shuffles the order on purpose", "레이스 검출기를 켜면 Go가 순서를 일부러 섞습니다")
	}
	const children = 5
	total, like := 0, 0
	for b.Loop() {
		for range children {
			out, _ := harness.Ask(b, "order", n, "GOMAXPROCS=1")
			var ran []int
			for f := range strings.FieldsSeq(out) {
				i, err := strconv.Atoi(f)
				if err != nil {
					b.Fatalf("child printed %q", out)
				}
				ran = append(ran, i)
			}
			all := slices.Sorted(slices.Values(ran))
			if len(slices.Compact(all)) != n || len(ran) != n {
				b.Fatalf("%d goroutines ran %d times", n, len(ran))
			}
			total++
			if expected(ran) {
				like++
			}
		}
	}
	harness.Report(b, 100*float64(like)/float64(total), "percent-as-expected")
}

// likeTheRing: of 300 on a ring of 256 the last one runs first, then those that
// stayed in the ring, from 128 on; and until the ring is empty those that
// overflowed come singly, 61 apart.
func likeTheRing(ran []int) bool {
	var single, stayed []int
	for at, i := range ran[1:] {
		if len(stayed) == 299-128-1 {
			break // the ring is empty
		}
		if i < 128 || i == 256 {
			single = append(single, at)
		} else {
			stayed = append(stayed, i)
		}
	}
	if ran[0] != 299 || !slices.IsSorted(stayed) || len(stayed) != 170 || stayed[0] != 128 || len(single) < 2 {
		return false
	}
	for i := range single[1:] {
		if single[i+1]-single[i] != 61 {
			return false
		}
	}
	return true
}

// BenchmarkAffinity: GOMAXPROCS of a child that may run on one CPU only.
func BenchmarkAffinity(b *testing.B) {
	if runtime.GOOS == "windows" {
		harness.Skip(b, "on Windows a child does not inherit the mask of the thread that starts it",
			"Windows에서는 자식 프로세스가 자신을 시작한 스레드의 CPU 마스크를 물려받지 않습니다")
	}
	cpus, err := osthread.CPUs()
	harness.Need(b, err)
	if len(cpus) < 2 {
		harness.Skip(b, "there is one CPU only", "CPU가 하나뿐입니다")
	}
	procs := 0
	for b.Loop() {
		done := make(chan error, 1)
		var out string
		osthread.Go(func() {
			defer close(done) // also when Ask ends this goroutine
			if err := osthread.Pin(cpus[0]); err != nil {
				done <- err
				return
			}
			out, _ = harness.Ask(b, "procs", 0)
		})()
		harness.Need(b, <-done)
		if _, err := fmt.Sscan(out, &procs); err != nil {
			b.Fatalf("child printed %q", out)
		}
	}
	harness.Report(b, float64(procs), "procs")
}

var idlePs = regexp.MustCompile(`gomaxprocs=8 idleprocs=(\d+)`)

// BenchmarkIdlePs: one busy goroutine at GOMAXPROCS=8, by schedtrace.
func BenchmarkIdlePs(b *testing.B) {
	lines, idle := 0, 0
	for b.Loop() {
		_, trace := harness.Ask(b, "busy", 150, "GOMAXPROCS=8", "GODEBUG=schedtrace=10")
		for _, m := range idlePs.FindAllStringSubmatch(trace, -1) {
			lines++
			if n, _ := strconv.Atoi(m[1]); n >= 5 {
				idle++
			}
		}
	}
	if lines == 0 {
		b.Fatal("schedtrace printed nothing")
	}
	harness.Report(b, 100*float64(idle)/float64(lines), "percent-idle")
}

// BenchmarkLocked: goroutines that lock their threads, in a child.
func BenchmarkLocked(b *testing.B) {
	if _, err := os.Readlink("/proc/thread-self"); err != nil {
		harness.Skip(b, "thread ids are read from /proc", "스레드 ID는 /proc에서 읽습니다")
	}
	const n = 50
	var kernel, known, ids int
	for b.Loop() {
		out, _ := harness.Ask(b, "locked", n)
		if _, err := fmt.Sscan(out, &kernel, &known, &ids); err != nil {
			b.Fatalf("child printed %q", out)
		}
	}
	if kernel < n/2 {
		b.Fatalf("%d locked goroutines made %d threads", n, kernel)
	}
	harness.Report(b, float64(kernel-known), "threads-apart")
	b.ReportMetric(float64(ids)/n, "ids/goroutine")
}

// BenchmarkRunning: at GOMAXPROCS=2, the most of eight busy goroutines that run
// at once, by the runtime's own count.
func BenchmarkRunning(b *testing.B) {
	sample := []metrics.Sample{{Name: "/sched/goroutines/running:goroutines"}}
	if metrics.Read(sample); sample[0].Value.Kind() != metrics.KindUint64 {
		harness.Skip(b, runtime.Version()+" has no metric of running goroutines", runtime.Version()+"에는 실행 중인 고루틴의 메트릭이 없습니다")
	}
	before := runtime.GOMAXPROCS(2)
	defer runtime.GOMAXPROCS(before)
	var stop atomic.Bool
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for !stop.Load() { // it lets others run: the world can stop at once
				runtime.Gosched()
			}
		})
	}
	most := uint64(0)
	for b.Loop() {
		for range 20 {
			metrics.Read(sample)
			most = max(most, sample[0].Value.Uint64())
			runtime.Gosched()
		}
	}
	stop.Store(true)
	all.Wait()
	if most < 2 {
		b.Fatalf("8 busy goroutines at 2 Ps, and at most %d ran", most)
	}
	harness.Report(b, float64(most), "running")
}

// BenchmarkPick is your own: what it costs to decide who runs next.
func BenchmarkPick(b *testing.B) {
	for _, kind := range []string{"ring", "next", "global"} {
		b.Run("from="+kind, func(b *testing.B) { benchPick(b, kind) })
	}
}

func benchPick(b *testing.B, kind string) {
	var lock sync.Mutex
	var global gmp.Global
	queue := gmp.NewQueue(256, func(batch machine.Batch) {
		lock.Lock()
		defer lock.Unlock()
		global.PutBatch(batch)
	})
	p := &gmp.P{Queue: queue}
	gs := make([]machine.G, 100)
	put := func(g *machine.G) {
		switch kind {
		case "ring":
			queue.Put(g)
		case "next":
			queue.PutNext(g)
		case "global":
			lock.Lock()
			global.Put(g)
			lock.Unlock()
		}
	}
	for i := range gs {
		gs[i].ID = uint64(i)
		put(&gs[i])
	}
	picks := 0
	turn := func() bool {
		g, _ := p.Next(&lock, &global, 1)
		if g == nil {
			return false
		}
		picks++
		put(g)
		return true
	}
	seen := map[uint64]bool{}
	for range 200 {
		g, _ := p.Next(&lock, &global, 1)
		if g == nil {
			break
		}
		seen[g.ID] = true
		if kind == "global" {
			put(g)
		} else {
			queue.Put(g) // PutNext would let g alone run
		}
	}
	if len(seen) != len(gs) {
		harness.Unsolved(b, "P.Next", "04")
	}
	for b.Loop() {
		for range 1000 {
			if !turn() {
				b.Fatal("a goroutine is lost")
			}
		}
	}
	harness.PerUnit(b, b.Elapsed(), picks, "ns/pick")
}
