package steal_test

import (
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	realatomic "sync/atomic"
	"testing"
	"time"

	"gmplab/internal/clock"
	"gmplab/internal/compile"
	"gmplab/internal/harness"
	"gmplab/internal/machine"
	steal "gmplab/labs/06-work-stealing"
)

// parts are played by children: the real runtime is observed in a process of
// its own, fresh for each look.
var parts = map[string]func(n int){
	"halve":   playHalve,
	"migrate": playMigrate,
	"idle":    playIdle,
}

// ---- the real runtime ----

// settle lets run what the runtime started at its beginning.
func settle() {
	debug.SetGCPercent(-1)
	for range 100 {
		runtime.Gosched()
	}
}

// playHalve prints in which order n goroutines first run that one P has in its
// queue and the other, which has nothing, must steal.
func playHalve(n int) {
	settle()
	var held, release realatomic.Bool
	go func() { // holds the other P, until all are there
		held.Store(true)
		for !release.Load() {
		}
	}()
	for !held.Load() {
	}
	var ran realatomic.Int32
	order := make([]int, n)
	for i := range n { // from here on this P's goroutine, main, gives it to nobody
		go func() { order[ran.Add(1)-1] = i }()
	}
	release.Store(true)
	for int(ran.Load()) < n {
	}
	fmt.Println(order)
}

// playMigrate starts n goroutines at one P, and prints how many of them first
// ran on another thread than the one that had it.
func playMigrate(n int) {
	settle()
	here, _ := os.Readlink("/proc/thread-self")
	var elsewhere realatomic.Int32
	var all sync.WaitGroup
	for range n {
		all.Go(func() {
			if at, _ := os.Readlink("/proc/thread-self"); at != here {
				elsewhere.Add(1)
			}
			compute(100_000)
		})
	}
	all.Wait()
	fmt.Println(elsewhere.Load())
}

// playIdle splits work over both Ps, and then has none for ms milliseconds.
func playIdle(ms int) {
	settle()
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() { compute(1_000_000) })
	}
	all.Wait()
	time.Sleep(time.Duration(ms) * time.Millisecond)
}

var sink realatomic.Uint64

// compute is n steps of work.
func compute(n int) {
	x := uint64(1)
	for i := n; i > 0; i-- {
		x = x*31 + uint64(i)
	}
	sink.Store(x)
}

// twoCPUs ends b where there are not two CPUs.
func twoCPUs(b *testing.B) {
	if runtime.NumCPU() < 2 {
		harness.Skip(b, "there is one CPU only", "CPU가 하나뿐입니다")
	}
}

// batches decodes who ran first in each steal: of a batch a to b, b runs first,
// and then a, a+1, ….
func batches(order []int) []int {
	var sizes []int
	for at := 0; at < len(order); {
		size := 1
		if at+1 < len(order) && order[at+1] < order[at] {
			size = order[at] - order[at+1] + 1
		}
		sizes = append(sizes, size)
		at += size
	}
	return sizes
}

// BenchmarkHalving: the sizes of the steals from 64 goroutines, 63 in the ring
// and one in runnext, in five fresh children.
func BenchmarkHalving(b *testing.B) {
	if harness.Race() {
		harness.Skip(b, "under the race detector Go shuffles the order on purpose", "레이스 검출기를 켜면 Go가 순서를 일부러 섞습니다")
	}
	twoCPUs(b)
	total, like := 0, 0
	for b.Loop() {
		for range 5 {
			out, _ := harness.Ask(b, "halve", 64, "GOMAXPROCS=2")
			var order []int
			for f := range strings.FieldsSeq(strings.Trim(strings.TrimSpace(out), "[]")) {
				i, err := strconv.Atoi(f)
				if err != nil {
					b.Fatalf("child printed %q", out)
				}
				order = append(order, i)
			}
			if all := slices.Compact(slices.Sorted(slices.Values(order))); len(all) != 64 || len(order) != 64 {
				b.Fatalf("64 goroutines ran as %v", order)
			}
			total++
			if slices.Equal(batches(order), []int{32, 16, 8, 4, 2, 1, 1}) {
				like++
			}
		}
	}
	harness.Report(b, 100*float64(like)/float64(total), "percent-as-expected")
}

// BenchmarkMigration: how many of 200 goroutines, started at one of two Ps,
// first run elsewhere.
func BenchmarkMigration(b *testing.B) {
	twoCPUs(b)
	if _, err := os.Readlink("/proc/thread-self"); err != nil {
		harness.Skip(b, "thread ids are read from /proc", "스레드 ID는 /proc에서 읽습니다")
	}
	moved, total := 0, 0
	for b.Loop() {
		out, _ := harness.Ask(b, "migrate", 200, "GOMAXPROCS=2")
		n := 0
		if _, err := fmt.Sscan(out, &n); err != nil {
			b.Fatalf("child printed %q", out)
		}
		moved += n
		total += 200
	}
	harness.Report(b, 100*float64(moved)/float64(total), "percent")
}

//go:embed testdata/work.c
var workSource []byte

// BenchmarkSpeedup: what two Ps gain on fixed work that is started at one of
// them, and what two bare pthreads gain, in turns.
func BenchmarkSpeedup(b *testing.B) {
	twoCPUs(b)
	bare, remove, err := compile.C(b.Context(), "steal-work", workSource, "1000")
	harness.Need(b, err)
	defer remove()
	harness.Quiet(b, 2)
	const steps, parts = 16_000_000, 16
	one, two := time.Hour, time.Hour
	threads := [2]float64{1e18, 1e18}
	for b.Loop() {
		for range 3 {
			out, err := exec.CommandContext(b.Context(), bare, fmt.Sprint(steps)).Output()
			var t [2]float64
			if _, scan := fmt.Sscan(string(out), &t[0], &t[1]); err != nil || scan != nil {
				b.Fatalf("the pthreads printed %q: %v", out, err)
			}
			threads = [2]float64{min(threads[0], t[0]), min(threads[1], t[1])}
			for range 2 {
				begin := clock.Now()
				compute(steps)
				one = min(one, clock.Now()-begin)
				begin = clock.Now()
				var all sync.WaitGroup
				for range parts {
					all.Go(func() { compute(steps / parts) })
				}
				all.Wait()
				two = min(two, clock.Now()-begin)
			}
		}
	}
	gain, bound := float64(one)/float64(two), threads[0]/threads[1]
	if bound < 1.3 {
		harness.Skip(b, fmt.Sprintf("two bare threads gain only %.2f times here", bound), fmt.Sprintf("여기서는 스레드 둘로도 %.2f배밖에 빨라지지 않습니다", bound))
	}
	harness.Report(b, gain, "times-goroutines")
	b.ReportMetric(bound, "times-threads")
}

// BenchmarkIdle: the CPU time of a process that has done its work, on both Ps,
// in percent of the time that it then has nothing to do.
func BenchmarkIdle(b *testing.B) {
	cpu := func(ms int) time.Duration {
		cmd := harness.Child(b.Context(), b, "idle", ms, "GOMAXPROCS=2")
		if out, err := cmd.CombinedOutput(); err != nil {
			b.Fatalf("child: %v: %s", err, out)
		}
		return cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	}
	ms := 200
	if runtime.GOOS == "windows" {
		ms = 800 // there CPU time is counted in ticks of 15.6 ms: one is 8 % of 200
	}
	used := 0.0
	for b.Loop() {
		busy := min(cpu(0), cpu(0))
		idle := min(cpu(ms), cpu(ms))
		used = 100 * max(0, float64(idle-busy)) / float64(time.Duration(ms)*time.Millisecond)
	}
	harness.Report(b, used, "percent-cpu")
}

// BenchmarkWaiting: at one P, 1,000 goroutines that wait for 1 ms each, beside
// as many waits one after the other, which are timed by 50 of them.
func BenchmarkWaiting(b *testing.B) {
	harness.Quiet(b, 1)
	const n, few = 1000, 50
	var together, apart time.Duration
	for b.Loop() {
		begin := clock.Now()
		var all sync.WaitGroup
		for range n {
			all.Go(func() { time.Sleep(time.Millisecond) })
		}
		all.Wait()
		together += clock.Now() - begin
		begin = clock.Now()
		for range few {
			time.Sleep(time.Millisecond)
		}
		apart += (clock.Now() - begin) * n / few
	}
	harness.Report(b, float64(apart)/float64(together), "ratio")
}

// BenchmarkComputing: at one P, 1,000 goroutines that compute, beside the same
// work one after the other.
func BenchmarkComputing(b *testing.B) {
	harness.Quiet(b, 1)
	const n, steps = 1000, 20_000
	together, apart := time.Hour, time.Hour
	for b.Loop() {
		for range 3 {
			begin := clock.Now()
			var all sync.WaitGroup
			for range n {
				all.Go(func() { compute(steps) })
			}
			all.Wait()
			together = min(together, clock.Now()-begin)
			begin = clock.Now()
			for range n {
				compute(steps)
			}
			apart = min(apart, clock.Now()-begin)
		}
	}
	harness.Report(b, float64(apart)/float64(together), "ratio")
}

// ---- your own ----

// robbed is a queue that can be shared: what stands beside yours.
type robbed interface {
	put(g *machine.G)
	get() *machine.G
	steal(into robbed) *machine.G // of half
}

type yours struct{ *steal.Queue }

func (q yours) put(g *machine.G)          { q.Put(g) }
func (q yours) get() *machine.G           { g, _ := q.Get(); return g }
func (q yours) steal(i robbed) *machine.G { return i.(yours).StealFrom(q.Queue, false) }

// locked is the same behind a mutex.
type locked struct {
	mu sync.Mutex
	gs []*machine.G
}

func (q *locked) put(g *machine.G) {
	q.mu.Lock()
	q.gs = append(q.gs, g)
	q.mu.Unlock()
}

func (q *locked) get() (g *machine.G) {
	q.mu.Lock()
	if len(q.gs) > 0 {
		g, q.gs = q.gs[0], q.gs[1:]
	}
	q.mu.Unlock()
	return g
}

func (q *locked) steal(into robbed) *machine.G {
	to := into.(*locked)
	q.mu.Lock()
	n := len(q.gs) - len(q.gs)/2
	if n == 0 {
		q.mu.Unlock()
		return nil
	}
	batch := q.gs[:n]
	q.gs = q.gs[n:]
	q.mu.Unlock()
	to.mu.Lock()
	to.gs = append(to.gs, batch[:n-1]...)
	to.mu.Unlock()
	return batch[n-1]
}

// channel is a buffered channel, of which nobody can take half at once.
type channel chan *machine.G

func (q channel) put(g *machine.G) { q <- g }

func (q channel) get() *machine.G {
	select {
	case g := <-q:
		return g
	default:
		return nil
	}
}

func (q channel) steal(into robbed) *machine.G {
	var last *machine.G
	for n := len(q) - len(q)/2; n > 0; n-- {
		g := q.get()
		if last != nil {
			into.put(last)
		}
		last = g
	}
	return last
}

var kinds = []struct {
	name string
	make func() robbed
}{
	{"yours", func() robbed { return yours{steal.NewQueue(256, func(machine.Batch) {})} }},
	{"mutex", func() robbed { return &locked{} }},
	{"channel", func() robbed { return make(channel, 256) }},
}

// solved ends b if the queue can't do what is timed.
func solved(b *testing.B) {
	q, thief := kinds[0].make(), kinds[0].make()
	g := new(machine.G)
	q.put(g)
	if q.get() != g || q.get() != nil {
		harness.Unsolved(b, "Queue", "06")
	}
	q.put(g)
	q.put(g)
	if q.steal(thief) != g || q.get() != g || thief.get() != nil {
		harness.Unsolved(b, "Queue", "06")
	}
}

// fastest times pairs(n) again and again, and reports the quickest: what one
// costs when nothing else happens.
func fastest(b *testing.B, n int, unit string, pairs func(n int)) {
	harness.Quiet(b, 1)
	best := time.Hour
	for b.Loop() {
		for range 10 {
			begin := clock.Now()
			pairs(n)
			best = min(best, clock.Now()-begin)
		}
	}
	harness.PerUnit(b, best, n, unit)
}

// BenchmarkPutGet: one goroutine is put and taken, by one thread, with nobody
// else there. kind=go is Go's own: a go statement and the goroutine's end.
func BenchmarkPutGet(b *testing.B) {
	const n = 20_000
	b.Run("kind=yours", func(b *testing.B) {
		solved(b)
		q, g := steal.NewQueue(256, nil), new(machine.G)
		fastest(b, n, "ns/pair", func(n int) {
			for range n {
				q.Put(g)
				q.Get()
			}
		})
	})
	b.Run("kind=bare", func(b *testing.B) {
		solved(b)
		harness.Bare(b, source, "q, g := NewQueue(256, nil), new(machineG)", "q.Put(g); q.Get()", "ns/pair")
	})
	b.Run("kind=mutex", func(b *testing.B) {
		q, g := &locked{gs: make([]*machine.G, 0, 256)}, new(machine.G)
		fastest(b, n, "ns/pair", func(n int) {
			for range n {
				q.put(g)
				q.get()
				if cap(q.gs) == 0 {
					q.gs = make([]*machine.G, 0, 256)
				}
			}
		})
	})
	b.Run("kind=channel", func(b *testing.B) {
		q, g := make(chan *machine.G, 256), new(machine.G)
		fastest(b, n, "ns/pair", func(n int) {
			for range n {
				q <- g
				<-q
			}
		})
	})
	b.Run("kind=go", func(b *testing.B) {
		var all sync.WaitGroup
		fastest(b, n/10, "ns/goroutine", func(n int) {
			for range n / 200 {
				all.Add(200)
				for range 200 {
					go all.Done()
				}
				all.Wait()
			}
		})
	})
}

// BenchmarkSteal: half of 256 is stolen, again and again, until all is taken:
// ns for each goroutine, from its Put on.
func BenchmarkSteal(b *testing.B) {
	for _, k := range kinds {
		b.Run("kind="+k.name, func(b *testing.B) {
			if k.name == "yours" {
				solved(b)
			}
			harness.Quiet(b, 1)
			victim, thief, g, moved := k.make(), k.make(), new(machine.G), 0
			for b.Loop() {
				for range 256 {
					victim.put(g)
				}
				for victim.steal(thief) != nil {
					moved++
					for thief.get() != nil {
						moved++
					}
				}
			}
			harness.PerUnit(b, b.Elapsed(), moved, "ns/goroutine")
		})
	}
}

// BenchmarkShared: an owner puts and takes, and the other threads steal half of
// what it has: ns for each goroutine that somebody took.
func BenchmarkShared(b *testing.B) {
	for _, k := range kinds {
		for threads := 1; threads <= 4; threads++ {
			b.Run(fmt.Sprintf("kind=%s/threads=%d", k.name, threads), func(b *testing.B) {
				if k.name == "yours" {
					solved(b)
				}
				harness.Quiet(b, threads)
				taken := 0
				for b.Loop() {
					taken += share(k.make, threads)
				}
				harness.PerUnit(b, b.Elapsed(), taken, "ns/goroutine")
			})
		}
	}
}

// share lets an owner put 20,000 goroutines, 64 at a time, and take what is left
// of them; the other threads steal. It returns how many were taken.
func share(mk func() robbed, threads int) int {
	const n, atOnce = 20_000, 64
	victim, g := mk(), new(machine.G)
	var stop realatomic.Bool
	var stolen realatomic.Int64
	var all sync.WaitGroup
	for range threads - 1 {
		thief := mk()
		all.Go(func() {
			mine := int64(0)
			for !stop.Load() {
				if victim.steal(thief) == nil {
					runtime.Gosched()
					continue
				}
				mine++
				for thief.get() != nil {
					mine++
				}
			}
			stolen.Add(mine)
		})
	}
	own := 0
	for range n / atOnce {
		for range atOnce {
			victim.put(g)
		}
		for victim.get() != nil {
			own++
		}
	}
	stop.Store(true)
	all.Wait()
	return own + int(stolen.Load())
}
