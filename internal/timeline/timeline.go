// Package timeline is one model of a run of a scheduler: which G, M and P did
// what when. It is data alone. internal/tiny records one, internal/exectrace
// reads one from an execution trace of Go, and internal/report draws both.
//
// A G is a goroutine, an M a thread, a P a processor. All times are
// nanoseconds since the record began. Ps are numbered from 0. The rest differs
// by who made the record:
//
//   - G: tiny's main is 1, and the others follow in the order in which they were
//     made. Go's is the runtime's goid: main is 1 too, and some of the others
//     are the runtime's own.
//   - M: the kernel's id of the thread. Where the platform does not tell tiny, it
//     is 0 for each.
//   - Why: tiny's is the machine's trap ("YIELD", "RECV"), Go's is what its trace
//     says ("chan receive"; the table is in runtime/traceruntime.go).
//   - Steals and Lengths: Go's trace has neither.
package timeline

import (
	"cmp"
	"slices"
	"time"
)

// None is the M or the P of what has none.
const None = -1

// Timeline is what was recorded of a run. Each list is in the order of time.
type Timeline struct {
	Procs int           `json:"procs"`  // Ps: 0 to Procs-1
	End   time.Duration `json:"end_ns"` // where the record ends
	Cut   bool          `json:"cut"`    // the run went on, and nobody recorded it

	Runs     []Run     `json:"runs"`
	Calls    []Call    `json:"calls"`
	Holds    []Hold    `json:"holds"`
	Readies  []Ready   `json:"readies"`
	Handoffs []Handoff `json:"handoffs"`
	Steals   []Steal   `json:"steals"`
	Lengths  []Length  `json:"lengths"`
}

// Span is from when to when something lasted.
type Span struct {
	Begin time.Duration `json:"begin_ns"`
	End   time.Duration `json:"end_ns"`
	Open  bool          `json:"open,omitempty"` // it had not ended when the record did, which is at End
}

// Status is what became of a G that ran. The runtime's names: _Grunnable, ….
type Status string

// What a G may be after it ran.
const (
	Unknown  Status = ""         // the record ends
	Runnable Status = "runnable" // on a run queue, from then on
	Waiting  Status = "waiting"  // until its Ready
	Syscall  Status = "syscall"  // a Call begins
	Dead     Status = "dead"
)

// Run is a G that ran: not in the kernel, by an M, on a P.
type Run struct {
	G int64 `json:"g"`
	M int64 `json:"m"`
	P int   `json:"p"`
	Span
	Then Status `json:"then"` // Unknown if and only if it is Open
	Why  string `json:"why"`
}

// Call is a system call of a G. Its M is in the kernel, or wherever a call
// blocks, until it is back in the scheduler at End. Calls that had begun before
// the record did are left out.
type Call struct {
	G int64 `json:"g"`
	M int64 `json:"m"`
	P int   `json:"p"` // which the M had at Begin; a Handoff may take it away
	Span
}

// Hold is an M that has a P: it runs a G, looks for one, or is in a call.
type Hold struct {
	P int   `json:"p"`
	M int64 `json:"m"`
	Span
}

// Ready is a G that becomes runnable: it is new, or somebody has woken it. The
// runtime's names: newproc, ready. (One that yields, is preempted, or returns
// from a call without a P is runnable too, and has no Ready.)
type Ready struct {
	G  int64         `json:"g"`
	By int64         `json:"by"` // the G that did it; 0: the scheduler itself
	P  int           `json:"p"`  // by whose M it was done; None: by one without a P
	At time.Duration `json:"at_ns"`
}

// Taker says who took the P of an M that was in a call.
type Taker string

// Who may take it.
const (
	Monitor   Taker = "monitor"   // sysmon: a thread with neither P nor G
	Returning Taker = "returning" // a thread that came back from its own call and had no P: exitsyscallTryGetP
	World     Taker = "world"     // the runtime stops the world, or wants every P for a moment: a GC does, and the tracer each second
	Itself    Taker = "itself"    // the M of the call, before it went: entersyscallblock
)

// Handoff is a P that is taken from an M while that is in a Call: a Hold ends.
// Who gets the P has the next Hold of it. (That of the World is none in the
// strict sense: the P is handed to nobody.) tiny's are all the Monitor's. The
// trace's name: ProcSteal.
type Handoff struct {
	P   int           `json:"p"`
	M   int64         `json:"m"` // which is in the call
	By  Taker         `json:"by"`
	ByM int64         `json:"by_m"` // the taker's thread; 0: not known
	At  time.Duration `json:"at_ns"`
}

// Steal is a P that takes from the run queue of another. The runtime's name:
// runqsteal.
type Steal struct {
	P    int           `json:"p"` // the thief
	M    int64         `json:"m"` // its thread
	From int           `json:"from"`
	N    int           `json:"n"` // Gs
	At   time.Duration `json:"at_ns"`
}

// Length is how many Gs are on a run queue from At on.
type Length struct {
	P  int           `json:"p"` // None: the global queue
	N  int           `json:"n"`
	At time.Duration `json:"at_ns"`
}

// event is an entry of one of the lists.
type event interface{ span() Span }

func (s Span) span() Span    { return s }
func (r Ready) span() Span   { return Span{Begin: r.At, End: r.At} }
func (h Handoff) span() Span { return Span{Begin: h.At, End: h.At} }
func (s Steal) span() Span   { return Span{Begin: s.At, End: s.At} }
func (l Length) span() Span  { return Span{Begin: l.At, End: l.At} }

// compare puts what begins earlier first, and of two that begin together, as far
// as a clock tells, the one that ends first.
func compare(a, b Span) int {
	return cmp.Or(cmp.Compare(a.Begin, b.Begin), cmp.Compare(a.End, b.End))
}

// Sort puts each list in the order of time, as whoever makes a Timeline must.
func (t *Timeline) Sort() {
	sort(t.Runs)
	sort(t.Calls)
	sort(t.Holds)
	sort(t.Readies)
	sort(t.Handoffs)
	sort(t.Steals)
	sort(t.Lengths)
}

func sort[E event](list []E) {
	slices.SortStableFunc(list, func(a, b E) int { return compare(a.span(), b.span()) })
}

// CutAt lets the record end at end: what begins later is dropped, and what lasts
// beyond it is Open.
func (t *Timeline) CutAt(end time.Duration) {
	t.End, t.Cut = end, true
	t.Runs = until(end, t.Runs)
	t.Calls = until(end, t.Calls)
	t.Holds = until(end, t.Holds)
	t.Readies = until(end, t.Readies)
	t.Handoffs = until(end, t.Handoffs)
	t.Steals = until(end, t.Steals)
	t.Lengths = until(end, t.Lengths)
	for i := range t.Runs {
		if r := &t.Runs[i]; r.shorten(end) {
			r.Then, r.Why = Unknown, ""
		}
	}
	for i := range t.Calls {
		t.Calls[i].shorten(end)
	}
	for i := range t.Holds {
		t.Holds[i].shorten(end)
	}
}

func until[E event](end time.Duration, list []E) []E {
	return slices.DeleteFunc(list, func(e E) bool { return e.span().Begin > end })
}

// shorten lets s end at end, and reports whether it lasts beyond it.
func (s *Span) shorten(end time.Duration) bool {
	if s.End <= end {
		return false
	}
	s.End, s.Open = end, true
	return true
}
