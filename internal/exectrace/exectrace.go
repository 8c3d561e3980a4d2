// Package exectrace reads an execution trace of a Go program for what the book
// asks of it: who had which processor when, and what became of a processor
// while its thread was in a system call.
//
// A G is a goroutine, an M a thread (here the kernel's thread id), a P a
// processor. A trace is a list of state transitions: Read turns it into
// intervals. A [Run] is a G in Go code, by an M on a P. A [Hold] is a P in the
// hands of an M. A [Call] is a system call; its M is in the kernel from Begin to
// End, whatever becomes of the P meanwhile. If another thread takes the P (the
// runtime's name: retake; the trace's: ProcSteal) that is a transition of the P
// alone: the G and its M do not notice before the call returns.
//
// golang.org/x/exp/trace is used here and nowhere else. Calls of the runtime's
// own (futex, the monitor's usleep) and raw ones (syscall.RawSyscall) are in no
// trace: the scheduler does not know of them.
package exectrace

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/exp/trace"

	"gmplab/internal/lang"
)

// Never is the time of what did not happen while the trace was recorded.
const Never time.Duration = -1

// None is the M or the P of what has none.
const None = -1

// Trace is what was recorded. All times are since the trace began.
type Trace struct {
	Go    string        // the format, by the first Go that wrote it: "1.26"
	End   time.Duration // of the last event
	Calls []Call        // by Begin
	Runs  []Run         // by Begin
	Holds []Hold        // by Begin
}

// Taker says who took the P of a thread that was in a call.
type Taker string

const (
	Nobody    Taker = ""
	Monitor   Taker = "monitor"   // sysmon: a thread with neither P nor G
	Returning Taker = "returning" // a thread that came back from its own call and had no P: exitsyscallTryGetP
	World     Taker = "world"     // the runtime stops the world, or wants every P for a moment: a GC does, and the tracer each second
	Itself    Taker = "itself"    // the M of the call, before it went: entersyscallblock
)

// Call is a system call that a G made. Calls that had begun before the trace
// did are left out.
type Call struct {
	G     int64
	M     int64    // the thread that is in the kernel
	P     int      // the P that the M had at Begin
	Stack []string // the functions that made it, the innermost first; read only

	Begin time.Duration
	End   time.Duration // the M is back in the runtime

	Taken  time.Duration // when the P was taken meanwhile, else Never
	Taker  Taker
	TakerM int64 // else None

	// Where and when the G goes on in Go code. If the P was not taken that
	// is the same M and P, at End.
	Resumed  time.Duration
	ResumedM int64
	ResumedP int
}

// Lost reports whether the P was taken before the call ended.
func (c Call) Lost() bool { return c.Taken != Never }

// HandedOff reports whether another thread took the P so that others could run
// on it: the monitor, or a thread that came back from a call of its own.
func (c Call) HandedOff() bool { return c.Taker == Monitor || c.Taker == Returning }

// Elsewhere reports whether the G went on on another thread.
func (c Call) Elsewhere() bool { return c.Resumed != Never && c.ResumedM != c.M }

// Run is a G that ran in Go code. A run that the trace's end cut short ends
// there.
type Run struct {
	G, M       int64
	P          int
	Begin, End time.Duration
}

// Hold is an M that had a P, in Go code, in the scheduler or in a call. One that
// the trace's end cut short ends there.
type Hold struct {
	P          int
	M          int64
	Begin, End time.Duration
	Taken      bool // by another M
}

// CallsBy returns the calls that the function of that name made, or one that
// it called: "nap" is any package's nap. By name, because a trace has calls
// that nobody thinks of, such as those of the program's start.
func (t *Trace) CallsBy(name string) []Call {
	var calls []Call
	for _, c := range t.Calls {
		if slices.ContainsFunc(c.Stack, func(f string) bool { return f == name || strings.HasSuffix(f, "."+name) }) {
			calls = append(calls, c)
		}
	}
	return calls
}

// The versions of the format that are known here. Go 1.22 brought the present
// one; older ones say less about calls. TestKnowsThisGo fails when the pinned
// golang.org/x/exp is too old for the Go in use.
const oldest, newest = 22, 26

// An UnknownVersionError is what Read returns for a trace of a Go that this
// package does not know. It is an [errors.ErrUnsupported].
type UnknownVersionError struct{ Go string }

func (e *UnknownVersionError) Error() string {
	return fmt.Sprintf(lang.Say(
		"exectrace: this is a trace of Go %s; known are those of Go 1.%d to 1.%d: record it with one of these, or let go.mod have a newer golang.org/x/exp",
		"exectrace: Go %s의 트레이스입니다. 읽을 수 있는 것은 Go 1.%d부터 1.%d까지의 트레이스입니다. 그중 하나로 다시 기록하거나 go.mod의 golang.org/x/exp를 더 새 버전으로 바꿉니다"),
		e.Go, oldest, newest)
}

// Unwrap makes it an [errors.ErrUnsupported].
func (e *UnknownVersionError) Unwrap() error { return errors.ErrUnsupported }

// header is how a trace begins: "go 1.26 trace" and three zeros.
const header = "go 1.26 trace\x00\x00\x00"

func version(in *bufio.Reader) (string, error) {
	head, err := in.Peek(len(header))
	if err != nil && err != io.EOF {
		return "", fmt.Errorf("exectrace: %w", err)
	}
	minor, isTrace := "", false
	if rest, ok := strings.CutPrefix(string(head), "go 1."); ok {
		minor, _, isTrace = strings.Cut(rest, " trace\x00")
	}
	n, err := strconv.Atoi(minor)
	if !isTrace || err != nil {
		return "", fmt.Errorf(lang.Say(
			"exectrace: no execution trace: it begins with %q, want %q",
			"exectrace: 실행 트레이스가 아닙니다. %[2]q로 시작해야 하는데 %[1]q로 시작합니다"), head, header)
	}
	if n < oldest || n > newest {
		return "", &UnknownVersionError{"1." + minor}
	}
	return "1." + minor, nil
}

// Read reads a trace to its end. An error of one line says what is wrong with
// it; for an unknown version it is an [UnknownVersionError].
func Read(r io.Reader) (*Trace, error) {
	in := bufio.NewReader(r)
	v, err := version(in)
	if err != nil {
		return nil, err
	}
	events, err := trace.NewReader(in)
	if err != nil {
		return nil, broken(err, 0)
	}
	b := builder{
		trace:   Trace{Go: v},
		calling: map[int64]*Call{}, returning: map[int64]*Call{},
		running: map[int64]Run{}, held: map[int]Hold{},
		stacks: map[trace.Stack][]string{},
	}
	for n := 0; ; n++ {
		e, err := events.ReadEvent()
		if err == io.EOF && b.seen {
			return b.end(), nil
		}
		if err != nil {
			return nil, broken(err, n)
		}
		b.add(e)
	}
}

func broken(err error, events int) error {
	why, _, _ := strings.Cut(err.Error(), "\n") // what follows is a dump
	return fmt.Errorf(lang.Say(
		"exectrace: the trace is broken after %d events: %s",
		"exectrace: 이벤트 %d개 다음에서 트레이스가 깨져 있습니다: %s"), events, why)
}

// builder turns events into intervals.
type builder struct {
	trace      Trace
	began, now trace.Time
	seen       bool // a state transition: each trace has one

	calls     []*Call         // all, by Begin
	calling   map[int64]*Call // by G: it is in this call
	returning map[int64]*Call // by G: it is back from this call, without a P
	running   map[int64]Run   // by G
	held      map[int]Hold    // by P
	stacks    map[trace.Stack][]string
}

func (b *builder) at() time.Duration { return time.Duration(b.now - b.began) }

func (b *builder) add(e trace.Event) {
	if b.now = e.Time(); b.began == 0 {
		b.began = b.now
	}
	if e.Kind() != trace.EventStateTransition {
		return
	}
	b.seen = true
	switch st := e.StateTransition(); st.Resource.Kind {
	case trace.ResourceGoroutine:
		// from equals to where a trace, once a second, repeats who is where.
		if from, to := st.Goroutine(); from != to {
			b.goroutine(e, int64(st.Resource.Goroutine()), from, to)
		}
	case trace.ResourceProc:
		if from, to := st.Proc(); from != to {
			b.proc(e, int(st.Resource.Proc()), from, to)
		}
	}
}

func (b *builder) goroutine(e trace.Event, g int64, from, to trace.GoState) {
	m, p := int64(e.Thread()), int(e.Proc())
	switch from {
	case trace.GoRunning:
		if run, ok := b.running[g]; ok {
			run.End = b.at()
			b.trace.Runs = append(b.trace.Runs, run)
			delete(b.running, g)
		}
		if to == trace.GoSyscall {
			c := &Call{
				G: g, M: m, P: p, Stack: b.stack(e.Stack()), Begin: b.at(), End: Never,
				Taken: Never, TakerM: None, Resumed: Never, ResumedM: None, ResumedP: None,
			}
			b.calling[g] = c
			b.calls = append(b.calls, c)
		}
	case trace.GoSyscall:
		if c := b.calling[g]; c != nil {
			c.End = b.at()
			delete(b.calling, g)
			b.returning[g] = c
		}
	}
	switch to {
	case trace.GoRunning:
		b.running[g] = Run{G: g, M: m, P: p, Begin: b.at()}
		if c := b.returning[g]; c != nil {
			c.Resumed, c.ResumedM, c.ResumedP = b.at(), m, p
		}
		delete(b.returning, g)
	case trace.GoNotExist:
		delete(b.returning, g)
	}
}

func (b *builder) proc(e trace.Event, p int, from, to trace.ProcState) {
	m := int64(e.Thread())
	switch {
	case to == trace.ProcRunning:
		b.held[p] = Hold{P: p, M: m, Begin: b.at()}
	case from == trace.ProcRunning:
		hold, ok := b.held[p]
		if !ok {
			return
		}
		hold.End, hold.Taken = b.at(), hold.M != m
		b.trace.Holds = append(b.trace.Holds, hold)
		delete(b.held, p)
		for _, c := range b.calling { // at most one thread had this P
			if c.M == hold.M && c.P == p && !c.Lost() {
				c.Taken, c.Taker, c.TakerM = b.at(), taker(e, c), m
			}
		}
	}
}

// taker says who took the P of c, by what the event's thread has itself.
func taker(e trace.Event, c *Call) Taker {
	switch {
	case int64(e.Thread()) == c.M:
		return Itself
	case e.Proc() != trace.NoProc:
		return World
	case e.Goroutine() != trace.NoGoroutine:
		return Returning
	}
	return Monitor
}

func (b *builder) stack(s trace.Stack) []string {
	if s == trace.NoStack {
		return nil
	}
	names, ok := b.stacks[s]
	if !ok {
		for f := range s.Frames() {
			names = append(names, f.Func)
		}
		b.stacks[s] = names
	}
	return names
}

func (b *builder) end() *Trace {
	t := &b.trace
	t.End = b.at()
	for _, c := range b.calls {
		t.Calls = append(t.Calls, *c)
	}
	for _, run := range b.running {
		run.End = t.End
		t.Runs = append(t.Runs, run)
	}
	for _, hold := range b.held {
		hold.End = t.End
		t.Holds = append(t.Holds, hold)
	}
	slices.SortFunc(t.Runs, func(a, b Run) int { return cmp.Compare(a.Begin, b.Begin) })
	slices.SortFunc(t.Holds, func(a, b Hold) int { return cmp.Compare(a.Begin, b.Begin) })
	return t
}
