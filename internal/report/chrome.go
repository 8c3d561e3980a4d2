package report

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"time"

	"gmplab/internal/lang"
	"gmplab/internal/timeline"
)

// The words of the trace.
var (
	chromeRun     = lang.Pair("g%d", "g%d")
	chromeRunOnP  = lang.Pair("g%d on P%d", "P%[2]d에서 g%[1]d")
	chromeCall    = lang.Pair("g%d in a call", "g%d 시스템 콜")
	chromeEnds    = lang.Pair("ends by", "끝난 이유")
	chromeSteal   = lang.Pair("steal %d", "작업 훔치기 %d")
	chromeHandoff = lang.Pair("hand-off", "핸드오프")
	chromeRunning = lang.Pair("Ps that run", "실행 중인 P")
	chromeGlobal  = lang.Pair("global queue", "전역 런큐")
	chromeLocal   = lang.Pair("queue of P%d", "P%d의 런큐")
)

// Chrome writes a timeline in Chrome's trace-event format, which
// https://ui.perfetto.dev opens: a row for each P and each M, on which calls show
// too; an arrow for each steal, from the victim's row to the thief's, and for
// each hand-off, from the M that lost the P to the one that got it; counters for
// the length of each queue and for the Ps that run.
func Chrome(out io.Writer, t *timeline.Timeline, korean bool) error {
	c := &chrome{Timeline: t, korean: korean, rows: map[int64]int{}}
	c.procs()
	c.runs()
	c.calls()
	c.steals()
	c.handoffs()
	c.running()
	c.lengths()
	return json.NewEncoder(out).Encode(map[string]any{"traceEvents": c.events, "displayTimeUnit": "ns"})
}

// chromeEvent is one of Chrome's trace events.
type chromeEvent struct {
	Name string         `json:"name"`
	Ph   string         `json:"ph"`
	TS   float64        `json:"ts"` // µs
	Dur  *float64       `json:"dur,omitempty"`
	Pid  int            `json:"pid"`
	Tid  int            `json:"tid"`
	ID   int            `json:"id,omitempty"`
	Cat  string         `json:"cat,omitempty"`
	Bp   string         `json:"bp,omitempty"`
	S    string         `json:"s,omitempty"`
	Args map[string]any `json:"args,omitempty"`
}

// Rows: the Ps are threads 1, 2, … of process 1, the Ms 1001, 1002, … of
// process 2. Perfetto tells threads by their number alone, and 0 is taken.
const (
	chromePs     = 1
	chromeMs     = 2
	chromeFirstM = 1001
)

type chrome struct {
	*timeline.Timeline
	korean bool
	events []chromeEvent
	rows   map[int64]int // M: its row
	flows  int
}

// say fills in one of the pairs above.
func (c *chrome) say(name lang.Text, args ...any) string {
	return fmt.Sprintf(name.In(c.korean), args...)
}

func (c *chrome) add(e chromeEvent) { c.events = append(c.events, e) }

// name is the metadata that names a process or a thread.
func (c *chrome) name(pid, tid int, what, text string) {
	c.add(chromeEvent{Name: what, Ph: "M", Pid: pid, Tid: tid, Args: map[string]any{"name": text}})
}

func procRow(p int) int { return p + 1 }

// row returns the row of an M, which has its name from the first time on.
func (c *chrome) row(m int64) int {
	if c.rows[m] == 0 {
		c.rows[m] = chromeFirstM + len(c.rows)
		if len(c.rows) == 1 {
			c.name(chromeMs, chromeFirstM, "process_name", "Ms")
		}
		c.name(chromeMs, c.rows[m], "thread_name", fmt.Sprintf("M %d", m))
	}
	return c.rows[m]
}

func micros(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1000 }

// bar is something that lasts.
func (c *chrome) bar(name string, s timeline.Span, pid, tid int, args map[string]any) {
	dur := micros(s.End - s.Begin)
	c.add(chromeEvent{Name: name, Ph: "X", TS: micros(s.Begin), Dur: &dur, Pid: pid, Tid: tid, Args: args})
}

// instant is something that happens on a P.
func (c *chrome) instant(name string, at time.Duration, p int, args map[string]any) {
	c.add(chromeEvent{Name: name, Ph: "i", S: "t", TS: micros(at), Pid: chromePs, Tid: procRow(p), Args: args})
}

// arrow goes from a row to another of the same process. What it is bound to, at
// each end, is what has begun there last.
func (c *chrome) arrow(cat, name string, pid, from int, left time.Duration, to int, came time.Duration) {
	c.flows++
	c.add(chromeEvent{Name: name, Cat: cat, Ph: "s", ID: c.flows, TS: micros(left), Pid: pid, Tid: from})
	c.add(chromeEvent{Name: name, Cat: cat, Ph: "f", Bp: "e", ID: c.flows, TS: micros(came), Pid: pid, Tid: to})
}

func (c *chrome) counter(name string, at time.Duration, n int) {
	c.add(chromeEvent{Name: name, Ph: "C", TS: micros(at), Pid: chromePs, Tid: procRow(0), Args: map[string]any{"n": n}})
}

func (c *chrome) procs() {
	c.name(chromePs, procRow(0), "process_name", "Ps")
	for p := range c.Procs {
		c.name(chromePs, procRow(p), "thread_name", fmt.Sprintf("P%d", p))
	}
}

func (c *chrome) runs() {
	for _, r := range c.Runs {
		why := r.Why
		if why == "" {
			why = string(r.Then)
		}
		args := map[string]any{"g": r.G, "p": r.P, "m": r.M, c.say(chromeEnds): why}
		c.bar(c.say(chromeRun, r.G), r.Span, chromePs, procRow(r.P), args)
		c.bar(c.say(chromeRunOnP, r.G, r.P), r.Span, chromeMs, c.row(r.M), args)
	}
}

func (c *chrome) calls() {
	for _, call := range c.Calls {
		c.bar(c.say(chromeCall, call.G), call.Span, chromeMs, c.row(call.M), map[string]any{"g": call.G, "m": call.M})
	}
}

func (c *chrome) steals() {
	first := map[int]time.Duration{} // when a P runs somebody for the first time
	for _, r := range slices.Backward(c.Runs) {
		first[r.P] = r.Begin
	}
	for _, s := range c.Steals {
		name := c.say(chromeSteal, s.N)
		c.instant(name, s.At, s.P, map[string]any{"from": s.From, "n": s.N})
		// Without a bar on the victim's row there is nothing to bind the arrow to.
		if begin, ok := first[s.From]; ok && begin <= s.At {
			c.arrow("steal", name, chromePs, procRow(s.From), s.At, procRow(s.P), s.At)
		}
	}
}

func (c *chrome) handoffs() {
	for _, h := range c.Handoffs {
		if h.By == timeline.World {
			continue // the P is handed to nobody
		}
		name := c.say(chromeHandoff)
		c.instant(name, h.At, h.P, nil)
		// The M that got the P shows by what it runs.
		i, _ := slices.BinarySearchFunc(c.Runs, h.At, func(r timeline.Run, at time.Duration) int { return cmp.Or(cmp.Compare(r.Begin, at), -1) })
		next := slices.IndexFunc(c.Runs[i:], func(r timeline.Run) bool { return r.P == h.P })
		if next < 0 {
			continue
		}
		if got := c.Runs[i+next]; got.M != h.M {
			c.arrow("handoff", name, chromeMs, c.row(h.M), h.At, c.row(got.M), got.Begin)
		}
	}
}

// running counts the Ps that run somebody.
func (c *chrome) running() {
	type change struct {
		at time.Duration
		by int
	}
	var changes []change
	for _, r := range c.Runs {
		changes = append(changes, change{r.Begin, 1}, change{r.End, -1})
	}
	slices.SortStableFunc(changes, func(a, b change) int { return cmp.Compare(a.at, b.at) })
	n := 0
	for i, ch := range changes {
		if n += ch.by; i+1 == len(changes) || changes[i+1].at != ch.at {
			c.counter(c.say(chromeRunning), ch.at, n)
		}
	}
}

func (c *chrome) lengths() {
	for _, l := range c.Lengths {
		name := c.say(chromeGlobal)
		if l.P != timeline.None {
			name = c.say(chromeLocal, l.P)
		}
		c.counter(name, l.At, l.N)
	}
}
