package exectrace

import (
	"time"

	"golang.org/x/exp/trace"

	"gmplab/internal/timeline"
)

// builder turns events into a timeline.
type builder struct {
	trace      Trace
	began, now trace.Time
	seen       bool // a state transition: each trace has one

	calls   []*call                // by Begin
	calling map[int64]*call        // by G: it is in this call
	running map[int64]timeline.Run // by G
	held    map[int]timeline.Hold  // by P
	stacks  map[trace.Stack][]string
}

type call struct {
	timeline.Call
	stack []string
}

func (b *builder) at() time.Duration { return time.Duration(b.now - b.began) }

func (b *builder) add(e trace.Event) {
	if b.now = e.Time(); b.began == 0 {
		b.began = b.now
	}
	switch e.Kind() {
	case trace.EventMetric:
		if m := e.Metric(); m.Name == "/sched/gomaxprocs:threads" {
			b.trace.Procs = max(b.trace.Procs, int(m.Value.Uint64()))
		}
	case trace.EventStateTransition:
		b.seen = true
		switch st := e.StateTransition(); st.Resource.Kind {
		case trace.ResourceGoroutine:
			// from equals to where a trace, once a second, repeats who is where.
			if from, to := st.Goroutine(); from != to {
				b.goroutine(e, from, to)
			}
		case trace.ResourceProc:
			if from, to := st.Proc(); from != to {
				b.proc(e, int(st.Resource.Proc()), from, to)
			}
		}
	}
}

// thens is what becomes of a G that runs.
var thens = map[trace.GoState]timeline.Status{
	trace.GoRunnable: timeline.Runnable,
	trace.GoWaiting:  timeline.Waiting,
	trace.GoSyscall:  timeline.Syscall,
	trace.GoNotExist: timeline.Dead,
}

func (b *builder) goroutine(e trace.Event, from, to trace.GoState) {
	st := e.StateTransition()
	g, m, p := int64(st.Resource.Goroutine()), int64(e.Thread()), int(e.Proc())
	switch from {
	case trace.GoRunning:
		if run, ok := b.running[g]; ok {
			run.End, run.Then, run.Why = b.at(), thens[to], st.Reason
			b.trace.Runs = append(b.trace.Runs, run)
			delete(b.running, g)
		}
	case trace.GoSyscall:
		if c := b.calling[g]; c != nil {
			c.End, c.Open = b.at(), false
			delete(b.calling, g)
		}
	}
	switch {
	case to == trace.GoRunning:
		b.running[g] = timeline.Run{G: g, M: m, P: p, Span: timeline.Span{Begin: b.at()}}
	case to == trace.GoSyscall && from == trace.GoRunning:
		c := &call{timeline.Call{G: g, M: m, P: p, Span: timeline.Span{Begin: b.at(), Open: true}}, b.stack(e.Stack())}
		b.calling[g] = c
		b.calls = append(b.calls, c)
	case to == trace.GoRunnable && (from == trace.GoNotExist || from == trace.GoWaiting):
		by := int64(0)
		if e.Goroutine() != trace.NoGoroutine {
			by = int64(e.Goroutine())
		}
		b.trace.Readies = append(b.trace.Readies, timeline.Ready{G: g, By: by, P: p, At: b.at()})
	}
}

func (b *builder) proc(e trace.Event, p int, from, to trace.ProcState) {
	m := int64(e.Thread())
	b.trace.Procs = max(b.trace.Procs, p+1)
	switch {
	case to == trace.ProcRunning:
		b.held[p] = timeline.Hold{P: p, M: m, Span: timeline.Span{Begin: b.at()}}
	case from == trace.ProcRunning:
		hold, ok := b.held[p]
		if !ok {
			return
		}
		hold.End = b.at()
		b.trace.Holds = append(b.trace.Holds, hold)
		delete(b.held, p)
		for _, c := range b.calling { // at most one thread had this P
			if c.M == hold.M && c.P == p {
				b.trace.Handoffs = append(b.trace.Handoffs, timeline.Handoff{P: p, M: c.M, By: taker(e, c), ByM: m, At: b.at()})
			}
		}
	}
}

// taker says who took the P of c, by what the event's thread has itself.
func taker(e trace.Event, c *call) timeline.Taker {
	switch {
	case int64(e.Thread()) == c.M:
		return timeline.Itself
	case e.Proc() != trace.NoProc:
		return timeline.World
	case e.Goroutine() != trace.NoGoroutine:
		return timeline.Returning
	}
	return timeline.Monitor
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
		if c.Open {
			c.End = t.End
		}
		t.Calls = append(t.Calls, c.Call)
		t.stacks = append(t.stacks, c.stack)
	}
	for _, run := range b.running {
		run.End, run.Open = t.End, true
		t.Runs = append(t.Runs, run)
	}
	for _, hold := range b.held {
		hold.End, hold.Open = t.End, true
		t.Holds = append(t.Holds, hold)
	}
	t.Sort()
	return t
}
