package handoff_test

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/trace"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gmplab/internal/exectrace"
	"gmplab/internal/harness"
	"gmplab/internal/lang"
	"gmplab/internal/timeline"
)

// What the real runtime does with the P of a thread that is in a call, by
// execution traces of children at one P. A trace says when and who. It is no
// clock for costs: to record an event costs more than a switch.

func init() { maps.Copy(parts, traceParts) }

// traceParts are played by children, each of which prints its trace to stdout,
// and to stderr how many calls it made.
var traceParts = map[string]func(n int){
	"trace-short": func(n int) {
		traced(func() int {
			for range n {
				brief()
			}
			return n
		})
	},
	"trace-dose":  func(i int) { traced(doses[i].take) },
	"trace-scene": func(int) { traced(playScene) },
}

// A dose is how long a call blocks, and who makes how many of them.
type dose struct {
	name      string
	length    time.Duration
	gs, calls int // each of gs goroutines makes so many
}

// The many short calls are of one goroutine, so that the P of a call is taken
// by the monitor or not at all. Those of the long ones wait at the same time.
var doses = []dose{
	{"10us", 10 * time.Microsecond, 1, 200},
	{"30us", 30 * time.Microsecond, 1, 200},
	{"100us", 100 * time.Microsecond, 1, 100},
	{"300us", 300 * time.Microsecond, 1, 60},
	{"1ms", time.Millisecond, 1, 40},
	{"3ms", 3 * time.Millisecond, 2, 10},
	{"10ms", 10 * time.Millisecond, 5, 4},
	{"80ms", 80 * time.Millisecond, 20, 1},
	{"", 30 * time.Millisecond, 10, 2}, // not part of the curve: see longer
}

// longer is a dose of calls that are longer than any delay of the monitor, so
// that all delays are seen.
var longer = len(doses) - 1

func (d dose) take() int {
	var made atomic.Int64
	var all sync.WaitGroup
	for range d.gs {
		all.Go(func() {
			for range d.calls {
				made.Add(int64(nap(d.length)))
			}
		})
	}
	all.Wait()
	return int(made.Load())
}

// playScene is calls between computations: something to look at. The monitor,
// which may be in a deep sleep, is awake for one of the later ones.
func playScene() (made int) {
	for range 15 {
		compute(300 * time.Microsecond)
		made += nap(2 * time.Millisecond)
	}
	compute(300 * time.Microsecond)
	return made
}

func compute(d time.Duration) {
	for began := time.Now(); time.Since(began) < d; {
	}
}

// traced records load in a goroutine of its own, beside two that compute in
// turns: there is always work for the P. The trace waits in memory, or its
// writing would be in it.
func traced(load func() (made int)) {
	debug.SetGCPercent(-1)
	var data bytes.Buffer
	data.Grow(4 << 20)
	if err := trace.Start(&data); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	made := make(chan int)
	go func() { made <- load() }()
	var stop atomic.Bool
	var others sync.WaitGroup
	for range 2 {
		others.Go(func() {
			for !stop.Load() {
				compute(100 * time.Microsecond)
				runtime.Gosched()
			}
		})
	}
	n := <-made
	stop.Store(true)
	others.Wait()
	trace.Stop()
	fmt.Fprint(os.Stderr, n)
	os.Stdout.Write(data.Bytes())
}

// callsOf returns the trace of a child that played its part, and the calls of
// that function in it: those that the child says it made, at P 0, all over.
// One during which the runtime stopped the world is left out: the tracer does
// that each second, and takes the P then whatever the monitor would do.
func callsOf(b *testing.B, part string, n int, by string) (*exectrace.Trace, []exectrace.Call) {
	b.Helper()
	if !canTrace {
		harness.Skip(b, "the load is made of Linux's system calls", "부하를 리눅스의 시스템 콜로 만듭니다")
	}
	out, made := harness.Ask(b, part, n, "GOMAXPROCS=1")
	tr, err := exectrace.Read(strings.NewReader(out))
	harness.Need(b, err)
	list := tr.CallsBy(by)
	if fmt.Sprint(len(list)) != made {
		b.Fatalf("%s=%d: %d calls in the trace, and %s were made", part, n, len(list), made)
	}
	for _, c := range list {
		if c.P != 0 || c.Resumed == exectrace.Never {
			b.Fatalf("%s=%d: not as at one P, or not over: %+v", part, n, c)
		}
	}
	return tr, slices.DeleteFunc(list, func(c exectrace.Call) bool { return c.Lost() && !c.HandedOff() })
}

// A share is how many of all.
type share struct{ of, all int }

func (s *share) add(list []exectrace.Call, is func(exectrace.Call) bool) {
	for _, c := range list {
		if s.all++; is(c) {
			s.of++
		}
	}
}

func (s *share) report(b *testing.B, unit string) {
	if s.all == 0 {
		b.Fatalf("no call to form %s of", unit)
	}
	harness.Report(b, 100*float64(s.of)/float64(s.all), unit)
}

// quantile returns the q-th of the values, 0.5 being their median.
func quantile(values []time.Duration, q float64) time.Duration {
	slices.Sort(values)
	return values[int(q*float64(len(values)-1)+0.5)]
}

func lengths(list []exectrace.Call) []time.Duration {
	var all []time.Duration
	for _, c := range list {
		all = append(all, c.End-c.Begin)
	}
	return all
}

// BenchmarkHandoff: the share of calls during which another thread took the P.
func BenchmarkHandoff(b *testing.B) {
	b.Run("call=short", func(b *testing.B) { // 20,000 times getpid
		benchHandoff(b, func() []exectrace.Call { _, list := callsOf(b, "trace-short", 20_000, "brief"); return list })
	})
	b.Run("call=long", func(b *testing.B) { // 20 times 80 ms
		benchHandoff(b, func() []exectrace.Call {
			_, list := callsOf(b, "trace-dose", slices.IndexFunc(doses, func(d dose) bool { return d.name == "80ms" }), "nap")
			return list
		})
	})
}

// BenchmarkDose: the same by the length of the call. What the sleep asked for
// is less than what the kernel gave, so the length is reported too.
func BenchmarkDose(b *testing.B) {
	for i, d := range doses[:longer] {
		b.Run("sleep="+d.name, func(b *testing.B) {
			benchHandoff(b, func() []exectrace.Call { _, list := callsOf(b, "trace-dose", i, "nap"); return list })
		})
	}
}

func benchHandoff(b *testing.B, some func() []exectrace.Call) {
	var s share
	var took []time.Duration
	for b.Loop() {
		list := some()
		s.add(list, exectrace.Call.HandedOff)
		took = append(took, lengths(list)...)
	}
	s.report(b, "percent-handed-off")
	b.ReportMetric(float64(quantile(took, 0.5).Nanoseconds())/1000, "us-in-the-call")
}

// BenchmarkDelay: how long the monitor left the P with a thread in a call:
// median, and the delay that one in ten exceeds.
func BenchmarkDelay(b *testing.B) {
	var delays []time.Duration
	for b.Loop() {
		_, list := callsOf(b, "trace-dose", longer, "nap")
		for _, c := range list {
			if c.Taker == timeline.Monitor {
				delays = append(delays, c.Taken-c.Begin)
			}
		}
	}
	if len(delays) < 10 {
		b.Fatalf("the monitor took the P %d times", len(delays))
	}
	harness.Report(b, float64(quantile(delays, 0.5).Nanoseconds()), "ns/retake")
	b.ReportMetric(float64(quantile(delays, 0.9).Nanoseconds()), "p90-ns/retake")
}

// BenchmarkResume: the share of handed-off calls whose goroutine went on on
// another thread.
func BenchmarkResume(b *testing.B) {
	var s share
	for b.Loop() {
		_, list := callsOf(b, "trace-dose", longer, "nap")
		s.add(slices.DeleteFunc(list, func(c exectrace.Call) bool { return !c.HandedOff() }), exectrace.Call.Elsewhere)
	}
	s.report(b, "percent-elsewhere")
}

// BenchmarkTimeline shows a hand-off that happened just now, on this machine:
//
//	go test -v ./labs/05-syscall-handoff -run '^$' -bench Timeline -benchtime 1x
func BenchmarkTimeline(b *testing.B) {
	var told *exectrace.Scene
	for b.Loop() {
		tr, list := callsOf(b, "trace-scene", 0, "nap")
		for _, c := range list {
			if s, err := tr.Scene(c, 150*time.Microsecond); err == nil && told == nil {
				told = s
			}
		}
	}
	text := lang.Pair("no call was handed off this time: run it again", "이번에는 핸드오프가 일어나지 않았습니다. 다시 실행해 봅니다")
	if told != nil {
		text = told.Text()
	}
	b.Log("\n" + text.String())
	b.ReportMetric(0, "ns/op")
}
