package tiny

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"gmplab/internal/clock"
	"gmplab/internal/lang"
	"gmplab/internal/machine"
	"gmplab/internal/osthread"
	"gmplab/internal/timeline"
)

// Trace records what happens in a run: who ran where and when, what was stolen,
// which P was taken from a thread in a call. It serves one Run. Recording costs
// time: a run that is traced is slower.
type Trace struct {
	used  bool
	first uint64        // main's ID: its number is 1
	start time.Duration // by clock.Now
	end   time.Duration // of the run
	ps    []*recorder
	full  atomic.Int64 // when a list was full, and all ended; 0: not yet

	stealing sync.Mutex // held by the one thief that steals

	mu sync.Mutex
	// mu guards:
	calls  []timeline.Call   // that have ended
	global []timeline.Length // of the global queue
}

// mostEvents is how long a list may get. When one is full the trace ends: a
// longer run is traced in its beginning, for more would be a file that nobody
// can open.
const mostEvents = 20_000

// mostQueued is a full ring and the seat before it.
const mostQueued = ringSize + 1

// add adds e, which lasted from begin to end, to a list that the caller may
// write. What has begun when the trace ends is still part of it.
func add[E any](t *Trace, list *[]E, e E, begin, end time.Duration) {
	if full := t.full.Load(); full != 0 && int64(begin) > full {
		return
	}
	if *list = append(*list, e); len(*list) == mostEvents {
		t.full.CompareAndSwap(0, int64(max(end, 1)))
	}
}

// recorder records for one P. What mu does not guard is written by the M that
// has the P, or by the monitor that has taken it.
type recorder struct {
	t *Trace
	p int

	run      timeline.Run // of the goroutine that runs; G is 0: none does
	runs     []timeline.Run
	hold     timeline.Hold // by the M that has the P
	held     bool          // one has it
	holds    []timeline.Hold
	readies  []timeline.Ready
	steals   []timeline.Steal
	handoffs []timeline.Handoff

	mu sync.Mutex
	// mu guards, because thieves count too:
	length  int // of the P's own queue
	lengths []timeline.Length
}

// recorder returns P i's.
func (t *Trace) recorder(i int) *recorder {
	if t == nil {
		return nil
	}
	if i == 0 {
		t.start = clock.Now()
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
		return lang.Errorf("this Trace has served a Run: make a new one", "이 Trace는 이미 Run에 쓰였습니다. 새로 만듭니다")
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

func (t *Trace) now() time.Duration { return clock.Now() - t.start }

func (t *Trace) number(g *machine.G) int64 { return int64(g.ID - t.first + 1) }

// acquire notes that this M has the P from now on.
func (r *recorder) acquire() {
	if r != nil {
		r.hold = timeline.Hold{P: r.p, M: int64(osthread.ID()), Span: timeline.Span{Begin: r.t.now()}}
		r.held = true
	}
}

// release notes that the M has it no more. Call it while nobody else can have it.
func (r *recorder) release() {
	if r != nil {
		r.releaseAt(r.t.now())
	}
}

func (r *recorder) releaseAt(at time.Duration) {
	r.hold.End = at
	add(r.t, &r.holds, r.hold, r.hold.Begin, at)
	r.held = false
}

// begin notes that g runs from now on. A run that nobody traces is spared the
// call: this is small enough to be inlined, and so are end and queued.
func (r *recorder) begin(g *machine.G) {
	if r != nil {
		r.record(g)
	}
}

func (r *recorder) record(g *machine.G) {
	r.run = timeline.Run{G: r.t.number(g), M: r.hold.M, P: r.p, Span: timeline.Span{Begin: r.t.now()}}
}

// end notes that it does no more, what it is from now on, and why.
func (r *recorder) end(then timeline.Status, why string) {
	if r != nil {
		r.close(then, why)
	}
}

func (r *recorder) close(then timeline.Status, why string) { r.closeAt(then, why, r.t.now()) }

// when returns the time, for endAt and handoff.
func (r *recorder) when() time.Duration {
	if r == nil {
		return 0
	}
	return r.t.now()
}

// endAt is end, with a time from before g was published.
func (r *recorder) endAt(then timeline.Status, why string, at time.Duration) {
	if r != nil {
		r.closeAt(then, why, at)
	}
}

func (r *recorder) closeAt(then timeline.Status, why string, at time.Duration) {
	if r.run.G != 0 {
		r.run.End, r.run.Then, r.run.Why = at, then, why
		add(r.t, &r.runs, r.run, r.run.Begin, at)
		r.run = timeline.Run{}
	}
}

// ready notes that g, which nobody can run yet, becomes runnable by the one that
// runs here.
func (r *recorder) ready(g *machine.G) {
	if r != nil {
		now := r.t.now()
		add(r.t, &r.readies, timeline.Ready{G: r.t.number(g), By: r.run.G, P: r.p, At: now}, now, now)
	}
}

func (r *recorder) stole(from, n int) {
	if r != nil {
		now := r.t.now()
		add(r.t, &r.steals, timeline.Steal{P: r.p, M: r.hold.M, From: from, N: n, At: now}, now, now)
	}
}

// changed notes that the P's own queue has so many goroutines more.
func (r *recorder) changed(by int) {
	if r != nil && by != 0 {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.length += by
		now := r.t.now()
		// A thief and the owner count when they have acted: in between the
		// sum may be less or more than there can be.
		add(r.t, &r.lengths, timeline.Length{P: r.p, N: min(max(0, r.length), mostQueued), At: now}, now, now)
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

// PutNext implements machine.RunQueue. It is only used for who becomes runnable.
func (q watched) PutNext(g *machine.G) {
	q.r.ready(g)
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

// handoff notes that the monitor has taken the P from a thread in a call. It did
// so at or after that time: the thread, which comes back and finds the P gone,
// must not be earlier.
func (r *recorder) handoff(at time.Duration) {
	if r != nil {
		add(r.t, &r.handoffs, timeline.Handoff{P: r.p, M: r.hold.M, By: timeline.Monitor, ByM: int64(osthread.ID()), At: at}, at, at)
		r.releaseAt(at)
	}
}

// enter notes that g, which ran, goes into a call. It returns what called wants;
// nil: nobody traces.
func (r *recorder) enter(g *machine.G) *timeline.Call {
	if r == nil {
		return nil
	}
	return r.entered(g)
}

func (r *recorder) entered(g *machine.G) *timeline.Call {
	now := r.t.now()
	r.closeAt(timeline.Syscall, machine.Sys.String(), now)
	return &timeline.Call{G: r.t.number(g), M: r.hold.M, P: r.p, Span: timeline.Span{Begin: now}}
}

// called notes that this thread is back from c; by now it may have no P.
func (t *Trace) called(c *timeline.Call) {
	if c != nil {
		t.back(*c)
	}
}

func (t *Trace) back(c timeline.Call) {
	c.End = t.now()
	t.mu.Lock()
	defer t.mu.Unlock()
	add(t, &t.calls, c, c.Begin, c.End)
}

// queued notes the length of the global queue.
func (t *Trace) queued(n int) {
	if t != nil {
		t.sample(n)
	}
}

func (t *Trace) sample(n int) {
	now := t.now()
	t.mu.Lock()
	defer t.mu.Unlock()
	add(t, &t.global, timeline.Length{P: timeline.None, N: n, At: now}, now, now)
}

// Timeline returns what was recorded. Call it after Run, and not if that returned
// ErrStuck: then somebody may still record.
func (t *Trace) Timeline() *timeline.Timeline {
	all := &timeline.Timeline{Procs: len(t.ps), End: t.end, Calls: slices.Clone(t.calls), Lengths: slices.Clone(t.global)}
	for _, r := range t.ps {
		all.Runs = append(all.Runs, r.runs...)
		if r.run.G != 0 { // the end of the run has stopped it
			run := r.run
			run.End, run.Open = t.end, true
			all.Runs = append(all.Runs, run)
		}
		all.Holds = append(all.Holds, r.holds...)
		if r.held {
			hold := r.hold
			hold.End, hold.Open = t.end, true
			all.Holds = append(all.Holds, hold)
		}
		all.Readies = append(all.Readies, r.readies...)
		all.Handoffs = append(all.Handoffs, r.handoffs...)
		all.Steals = append(all.Steals, r.steals...)
		all.Lengths = append(all.Lengths, r.lengths...)
	}
	// An M that the end of the run has stopped keeps its P, until its thread
	// serves another M that was being started just then.
	for i := range all.Holds {
		h := &all.Holds[i]
		if !h.Open || h.M == 0 {
			continue // of a run with many holds, those of its end
		}
		for _, next := range all.Holds {
			if next.M == h.M && next.Begin > h.Begin {
				h.End, h.Open = min(h.End, next.Begin), false
			}
		}
	}
	all.Sort()
	if full := t.full.Load(); full != 0 {
		all.CutAt(time.Duration(full))
	}
	return all
}
