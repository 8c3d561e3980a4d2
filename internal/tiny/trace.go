package tiny

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"gmplab/internal/lang"
	"gmplab/internal/machine"
	"gmplab/internal/osthread"
)

// Trace records what happens in a run: who ran where and when, what was stolen,
// which P was taken from a thread in a call. It serves one Run. Recording costs
// time: a run that is traced is slower.
type Trace struct {
	used  bool
	first uint64 // main's ID: its number is 1
	start time.Time
	end   time.Duration // of the run
	ps    []*recorder
	full  atomic.Int64 // when a list was full, and all ended; 0: not yet

	stealing sync.Mutex // held by the one thief that steals

	mu sync.Mutex
	// mu guards:
	handoffs []event
	calls    []event // threads in calls
	global   []event // n is the length of the global queue
}

// mostEvents is how long a list may get. When one is full the trace ends: a
// longer run is traced in its beginning, for more would be a file that nobody
// can open.
const mostEvents = 20_000

// mostQueued is a full ring and the seat before it.
const mostQueued = ringSize + 1

// add adds e to a list that the caller may write.
func (t *Trace) add(list *[]event, e event) {
	if t.full.Load() != 0 {
		return
	}
	if *list = append(*list, e); len(*list) == mostEvents {
		t.full.CompareAndSwap(0, int64(max(e.at, e.to, 1)))
	}
}

// Cut returns when the trace ends, if that is before the end of the run. Call
// it after Run.
func (t *Trace) Cut() (at time.Duration, cut bool) {
	at = time.Duration(t.full.Load())
	return at, at != 0
}

// recorder records for one P, by the M that has it.
type recorder struct {
	t      *Trace
	p      int
	events []event
	open   event // the goroutine that runs

	mu sync.Mutex
	// mu guards, because thieves count too:
	length  int     // of the P's own queue
	lengths []event // n is the length from then on
}

type event struct {
	kind   string // "run", "steal", "handoff", "call"
	p, m   int    // m: the thread's id; 0: not known
	g      uint64
	why    string
	from   int // the victim
	n      int // how many were stolen
	at, to time.Duration
}

// recorder returns P i's.
func (t *Trace) recorder(i int) *recorder {
	if t == nil {
		return nil
	}
	if i == 0 {
		t.start = time.Now()
	}
	r := &recorder{t: t, p: i}
	t.ps = append(t.ps, r)
	return r
}

// open begins the one run of t.
func (t *Trace) open() error {
	if t == nil {
		return nil
	}
	if t.used {
		return errors.New(lang.Say("this Trace has served a Run: make a new one", "이 Trace는 이미 Run에 쓰였습니다. 새로 만듭니다"))
	}
	t.used = true
	return nil
}

// ended notes the end of the run.
func (t *Trace) ended() {
	if t != nil {
		t.end = t.now()
	}
}

func (t *Trace) now() time.Duration { return time.Since(t.start) }

// begin notes that g runs from now on. A run that nobody traces is spared the
// call: this is small enough to be inlined, and so are end and queued.
func (r *recorder) begin(g *machine.G) {
	if r != nil {
		r.record(g)
	}
}

func (r *recorder) record(g *machine.G) {
	r.open = event{kind: "run", p: r.p, m: osthread.ID(), g: g.ID - r.t.first + 1, at: r.t.now()}
}

// end notes that it does no more, and why.
func (r *recorder) end(why string) {
	if r != nil {
		r.close(why)
	}
}

func (r *recorder) close(why string) { r.endAt(why, r.t.now()) }

// when returns the time, for endAt.
func (r *recorder) when() time.Duration {
	if r == nil {
		return 0
	}
	return r.t.now()
}

// endAt is end, with a time from before g was published.
func (r *recorder) endAt(why string, at time.Duration) {
	if r != nil && r.open.kind != "" {
		r.open.why, r.open.to = why, at
		r.t.add(&r.events, r.open)
		r.open = event{}
	}
}

func (r *recorder) stole(from, n int) {
	if r != nil {
		now := r.t.now()
		r.t.add(&r.events, event{kind: "steal", p: r.p, m: osthread.ID(), from: from, n: n, at: now, to: now})
	}
}

// changed notes that the P's own queue has so many goroutines more.
func (r *recorder) changed(by int) {
	if r != nil && by != 0 {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.length += by
		r.t.add(&r.lengths, event{n: r.length, at: r.t.now()})
	}
}

// watched is the queue of a P that is traced: it counts, because the queues of
// the labs have no length. What a thief takes, and what overflows, is counted
// where that happens.
type watched struct {
	machine.RunQueue
	r *recorder
}

// Put implements machine.RunQueue.
func (q watched) Put(g *machine.G) {
	q.RunQueue.Put(g)
	q.r.changed(+1)
}

// PutNext implements machine.RunQueue.
func (q watched) PutNext(g *machine.G) {
	q.RunQueue.PutNext(g)
	q.r.changed(+1)
}

// Get implements machine.RunQueue.
func (q watched) Get() (g *machine.G, inherit bool) {
	if g, inherit = q.RunQueue.Get(); g != nil {
		q.r.changed(-1)
	}
	return g, inherit
}

// handoff notes that the monitor took p from a thread in a call.
func (t *Trace) handoff(p int) {
	if t != nil {
		now := t.now()
		t.mu.Lock()
		defer t.mu.Unlock()
		t.add(&t.handoffs, event{kind: "handoff", p: p, m: osthread.ID(), at: now, to: now})
	}
}

// call notes that this thread goes into a call with g, and returns what notes
// that it is back: by then it may have no P.
func (t *Trace) call(g *machine.G) (back func()) {
	if t == nil {
		return func() {}
	}
	e := event{kind: "call", m: osthread.ID(), g: g.ID - t.first + 1, at: t.now()}
	return func() {
		e.to = t.now()
		t.mu.Lock()
		defer t.mu.Unlock()
		t.add(&t.calls, e)
	}
}

// queued notes the length of the global queue.
func (t *Trace) queued(n int) {
	if t != nil {
		t.sample(n)
	}
}

func (t *Trace) sample(n int) {
	at := t.now()
	t.mu.Lock()
	defer t.mu.Unlock()
	t.add(&t.global, event{n: n, at: at})
}

// cut drops what came after end: so all rows and counters end there.
func (t *Trace) cut(end time.Duration) {
	keep := func(list []event) []event {
		list = slices.DeleteFunc(list, func(e event) bool { return e.at > end })
		for i := range list {
			list[i].to = min(list[i].to, end)
		}
		return list
	}
	for _, r := range t.ps {
		r.events, r.lengths = keep(r.events), keep(r.lengths)
	}
	t.handoffs, t.calls, t.global = keep(t.handoffs), keep(t.calls), keep(t.global)
}

// record is one of Chrome's trace events.
type record struct {
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
	rowsOfPs = 1
	rowsOfMs = 2
	firstM   = 1001
)

// WriteJSON writes the trace in Chrome's trace-event format, which
// https://ui.perfetto.dev opens: a row for each P and each M, on which calls show
// too; an arrow for each steal, from the victim's row to the thief's, and for
// each hand-off, from the M that lost the P to the one that got it; counters for
// the length of each queue and for the Ps that run. Call it once, after Run.
func (t *Trace) WriteJSON(w io.Writer) error {
	all := []record{}
	end := t.end
	if at, cut := t.Cut(); cut {
		end = at
		t.cut(end)
	}
	µs := func(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1000 }
	name := func(pid, tid int, what, text string) {
		all = append(all, record{Name: what, Ph: "M", Pid: pid, Tid: tid, Args: map[string]any{"name": text}})
	}
	name(rowsOfPs, 1, "process_name", "Ps")
	rows := map[int]int{} // thread id: its row
	row := func(thread int) int {
		if rows[thread] == 0 {
			rows[thread] = firstM + len(rows)
			if len(rows) == 1 {
				name(rowsOfMs, firstM, "process_name", "Ms")
			}
			name(rowsOfMs, rows[thread], "thread_name", fmt.Sprintf("M %d", thread))
		}
		return rows[thread]
	}
	type change struct {
		at time.Duration
		by int
	}
	var running []change
	first := make([]time.Duration, len(t.ps)) // when the first slice of a P begins
	for p, r := range t.ps {
		name(rowsOfPs, p+1, "thread_name", fmt.Sprintf("P%d", p))
		if r.open.kind != "" && r.open.at < end { // it was stopped, or runs beyond the end
			r.open.to = end
			r.events = append(r.events, r.open)
			r.open = event{}
		}
		first[p] = end
		for _, e := range r.events {
			if e.kind != "run" {
				continue
			}
			first[p] = min(first[p], e.at)
			running = append(running, change{e.at, 1}, change{e.to, -1})
			dur := µs(e.to - e.at)
			args := map[string]any{"g": e.g, "p": e.p, "m": e.m, "ends by": e.why}
			all = append(all,
				record{Name: fmt.Sprintf("g%d", e.g), Ph: "X", TS: µs(e.at), Dur: &dur, Pid: rowsOfPs, Tid: p + 1, Args: args},
				record{Name: fmt.Sprintf("g%d on P%d", e.g, e.p), Ph: "X", TS: µs(e.at), Dur: &dur, Pid: rowsOfMs, Tid: row(e.m), Args: args})
		}
	}
	for _, e := range t.calls {
		dur := µs(e.to - e.at)
		all = append(all, record{Name: fmt.Sprintf("g%d in a call", e.g), Ph: "X", TS: µs(e.at), Dur: &dur, Pid: rowsOfMs, Tid: row(e.m), Args: map[string]any{"g": e.g, "m": e.m}})
	}
	flow := 0
	arrow := func(cat, title string, pid, from int, left time.Duration, to int, came time.Duration) {
		flow++
		all = append(all,
			record{Name: title, Cat: cat, Ph: "s", ID: flow, TS: µs(left), Pid: pid, Tid: from},
			record{Name: title, Cat: cat, Ph: "f", Bp: "e", ID: flow, TS: µs(came), Pid: pid, Tid: to})
	}
	for p, r := range t.ps {
		for _, e := range r.events {
			if e.kind != "steal" {
				continue
			}
			title := fmt.Sprintf("steal %d", e.n)
			all = append(all, record{Name: title, Ph: "i", S: "t", TS: µs(e.at), Pid: rowsOfPs, Tid: p + 1, Args: map[string]any{"from": e.from, "n": e.n}})
			if first[e.from] <= e.at {
				arrow("steal", title, rowsOfPs, e.from+1, e.at, p+1, e.at)
			}
		}
	}
	// The hand-offs are in the order of time, and so are a P's events.
	last, seen := make([]*event, len(t.ps)), make([]int, len(t.ps))
	for _, h := range t.handoffs {
		all = append(all, record{Name: "hand-off", Ph: "i", S: "t", TS: µs(h.at), Pid: rowsOfPs, Tid: h.p + 1})
		events, i := t.ps[h.p].events, seen[h.p]
		for ; i < len(events) && events[i].at <= h.at; i++ {
			if events[i].kind == "run" {
				last[h.p] = &events[i]
			}
		}
		seen[h.p] = i
		var lost, got *event
		for lost = last[h.p]; i < len(events) && got == nil; i++ {
			if events[i].kind == "run" {
				got = &events[i]
			}
		}
		if lost != nil && got != nil && lost.m != got.m {
			arrow("handoff", "hand-off", rowsOfMs, row(lost.m), h.at, row(got.m), got.at)
		}
	}
	count := func(title string, at time.Duration, n int) {
		all = append(all, record{Name: title, Ph: "C", TS: µs(at), Pid: rowsOfPs, Tid: 1, Args: map[string]any{"n": n}})
	}
	slices.SortStableFunc(running, func(a, b change) int { return cmp.Compare(a.at, b.at) })
	n := 0
	for i, c := range running {
		if n += c.by; i+1 == len(running) || running[i+1].at != c.at {
			count("Ps that run", c.at, n)
		}
	}
	for _, e := range t.global {
		count("global queue", e.at, e.n)
	}
	for p, r := range t.ps {
		for _, e := range r.lengths {
			// A thief and the owner count when they have acted: in between the
			// sum may be less or more than there can be.
			count(fmt.Sprintf("queue of P%d", p), e.at, min(max(0, e.n), mostQueued))
		}
	}
	return json.NewEncoder(w).Encode(map[string]any{"traceEvents": all, "displayTimeUnit": "ns"})
}
