package timeline

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// Check returns an error of a line for each thing that can't be, at most ten: a G
// that runs twice at one moment, two Gs on one M or P, a P in the hands of two Ms,
// a run without a P, a P that is taken from an M that is in no call, a G that waits
// and runs on though nobody has made it runnable, a list out of order. It is for the tests of what makes a Timeline. One of a wrong scheduler
// may fail it.
func (t *Timeline) Check() error {
	c := checker{t: t, busy: map[resource][]interval{}, held: map[hold][]Span{}}
	c.inOrder()
	c.holds()
	c.runs()
	c.calls()
	c.handoffs()
	c.queues()
	c.overlaps()
	c.lives()
	return errors.Join(c.errs...)
}

type checker struct {
	t    *Timeline
	busy map[resource][]interval
	held map[hold][]Span
	errs []error
}

// resource is what can do one thing at a time.
type resource struct {
	kind string // "G", "M", "P", "hold of P", "hold by M"
	id   int64
}

type interval struct {
	Span
	what any
}

type hold struct {
	m int64
	p int
}

func (c *checker) bad(format string, args ...any) {
	if len(c.errs) < 10 {
		c.errs = append(c.errs, fmt.Errorf("timeline: "+format, args...))
	}
}

func (c *checker) inOrder() {
	check(c, c.t.Runs)
	check(c, c.t.Calls)
	check(c, c.t.Holds)
	check(c, c.t.Readies)
	check(c, c.t.Handoffs)
	check(c, c.t.Steals)
	check(c, c.t.Lengths)
}

func check[E event](c *checker, list []E) {
	for i, e := range list {
		if e.span().Begin < 0 || e.span().Begin > c.t.End {
			c.bad("%T %+v is not within the record, which ends at %v", e, e, c.t.End)
		}
		if i > 0 && compare(list[i-1].span(), e.span()) > 0 {
			c.bad("%T %+v comes after a later one", e, e)
		}
	}
}

func (c *checker) span(what any, s Span) {
	if s.Begin > s.End || s.End > c.t.End || s.Open && s.End != c.t.End {
		c.bad("%T %+v in a record that ends at %v", what, what, c.t.End)
	}
}

func (c *checker) use(kind string, id int64, s Span, what any) {
	r := resource{kind, id}
	c.busy[r] = append(c.busy[r], interval{s, what})
}

// useM is use for an M, if it is known which.
func (c *checker) useM(kind string, m int64, s Span, what any) {
	if m != 0 {
		c.use(kind, m, s, what)
	}
}

func (c *checker) proc(p int, what any) {
	if p < 0 || p >= c.t.Procs {
		c.bad("%T %+v: Ps are 0 to %d", what, what, c.t.Procs-1)
	}
}

func (c *checker) holds() {
	for _, h := range c.t.Holds {
		c.span(h, h.Span)
		c.proc(h.P, h)
		c.use("hold of P", int64(h.P), h.Span, h)
		c.useM("hold by M", h.M, h.Span, h)
		of := hold{h.M, h.P}
		c.held[of] = append(c.held[of], h.Span)
	}
}

// holding reports whether one of m's holds of p is like that.
func (c *checker) holding(m int64, p int, like func(Span) bool) bool {
	return slices.ContainsFunc(c.held[hold{m, p}], like)
}

func (c *checker) runs() {
	for _, r := range c.t.Runs {
		c.span(r, r.Span)
		if (r.Then == Unknown) != r.Open {
			c.bad("%+v: what became of the G is unknown if and only if the run is open", r)
		}
		c.use("G", r.G, r.Span, r)
		c.useM("M", r.M, r.Span, r)
		c.use("P", int64(r.P), r.Span, r)
		if !c.holding(r.M, r.P, func(h Span) bool { return h.Begin <= r.Begin && r.End <= h.End }) {
			c.bad("%+v: its M does not hold its P", r)
		}
	}
	for _, r := range c.t.Readies {
		c.use("G", r.G, r.span(), r)
	}
}

func (c *checker) calls() {
	for _, call := range c.t.Calls {
		c.span(call, call.Span)
		c.use("G", call.G, call.Span, call)
		c.useM("M", call.M, call.Span, call)
		if !c.holding(call.M, call.P, func(h Span) bool {
			kept := call.End <= h.End
			return h.Begin <= call.Begin && call.Begin <= h.End && (kept || c.handedOff(call.M, call.P, h.End))
		}) {
			c.bad("%+v: its M does not hold its P, or gives it up without a hand-off", call)
		}
	}
}

func (c *checker) handedOff(m int64, p int, at time.Duration) bool {
	return slices.ContainsFunc(c.t.Handoffs, func(h Handoff) bool { return h.M == m && h.P == p && h.At == at })
}

func (c *checker) handoffs() {
	for _, h := range c.t.Handoffs {
		c.proc(h.P, h)
		if !slices.ContainsFunc(c.t.Calls, func(call Call) bool {
			return call.M == h.M && call.P == h.P && call.Begin <= h.At && h.At <= call.End
		}) {
			c.bad("%+v: the M is in no call", h)
		}
		if !c.holding(h.M, h.P, func(s Span) bool { return s.End == h.At && !s.Open }) {
			c.bad("%+v: no hold of the P by the M ends there", h)
		}
	}
}

func (c *checker) queues() {
	for _, s := range c.t.Steals {
		c.proc(s.P, s)
		c.proc(s.From, s)
		if s.P == s.From || s.N < 1 {
			c.bad("%+v: want at least one G, from another P", s)
		}
	}
	for _, l := range c.t.Lengths {
		if l.P != None {
			c.proc(l.P, l)
		}
		if l.N < 0 {
			c.bad("%+v: less than none", l)
		}
	}
}

func (c *checker) overlaps() {
	for r, list := range c.busy {
		slices.SortStableFunc(list, func(a, b interval) int { return compare(a.Span, b.Span) })
		for i := range list[1:] {
			if a, b := list[i], list[i+1]; a.End > b.Begin {
				c.bad("%s %d does two things at once: %T %+v and %T %+v", r.kind, r.id, a.what, a.what, b.what, b.what)
			}
		}
	}
}

// lives checks that what a G does next is what it can do after its last run.
func (c *checker) lives() {
	readies, calls := map[int64][]time.Duration{}, map[int64][]time.Duration{}
	for _, r := range c.t.Readies {
		readies[r.G] = append(readies[r.G], r.At)
	}
	for _, call := range c.t.Calls {
		calls[call.G] = append(calls[call.G], call.Begin)
	}
	last := map[int64]Run{}
	for _, r := range c.t.Runs {
		before, ok := last[r.G]
		last[r.G] = r
		switch {
		case !ok || before.Then == Runnable || before.Then == Unknown:
		case before.Then == Dead && r.Begin > before.End: // else the clock does not tell which was first
			c.bad("%+v: it is dead since %v", r, before.End)
		case before.Then == Waiting && !within(readies, r.G, before.End, r.Begin):
			c.bad("%+v: it waits since %v, and nobody has made it runnable", r, before.End)
		case before.Then == Syscall && !within(calls, r.G, before.End, before.End):
			c.bad("%+v: it is in a call since %v, and there is no such call", r, before.End)
		}
	}
}

// within reports whether one of g's times is from begin to end, and drops those
// that are earlier.
func within(times map[int64][]time.Duration, g int64, begin, end time.Duration) bool {
	list := times[g]
	for len(list) > 0 && list[0] < begin {
		list = list[1:]
	}
	times[g] = list
	return len(list) > 0 && list[0] <= end
}
