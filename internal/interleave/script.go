package interleave

import "gmplab/internal/interleave/internal/hook"

// script is an order that is given: to record it; or to run a class of orders
// in another order, which must come to the same.
//
// What a thread does in plain memory between two operations the explorer does
// not see. If two pieces of such code are in no order by operations, another
// order of the class runs them the other way round. So for each thread each
// class is run once more, in the order in which this thread is as early as it
// can be: it does nothing but run, and of the others happens what it depends
// on. These are lazy: each stops right after an operation, and what comes then
// runs when its next operation must. So of each two pieces of plain code that
// are not in order, each comes first in one of these runs.
type script struct {
	order    []uint8     // threads; 16 + thread: it freezes
	freeze   *freeze     // who stops for ever; nil: nobody
	lazy     uint32      // who stops between an operation and the plain code after it
	same     [][]outcome // of each thread, what the operations must come to
	diverged bool        // they did not
	odd      *thread     // by this one's operation; nil: by something else
	oddWhere string
}

// freeze stops a thread for ever.
type freeze struct {
	thread int
	before int  // so many operations that are no loads it has done
	did    bool // it came to this
}

// freezeNow stops the thread that is to freeze, if this is the moment.
func (x *explorer) freezeNow() {
	f := x.freeze
	if f == nil || x.final || x.frozen != nil {
		return
	}
	if t := x.threads[f.thread]; !t.done && t.solid == f.before && t.op != hook.Load {
		f.did = true
		x.freezeThread(t)
	}
}

// outcome is what two runs of a class have in common.
type outcome struct {
	op    hook.Op
	wrote bool
}

// follow is choose in a script; at its end, or if the threads do as they like,
// the usual.
func (x *explorer) follow(last *thread, can, spins uint32) int {
	d := x.depth
	x.depth++
	if !x.diverged && d < len(x.order) {
		c := int(x.order[d])
		if c >= maxThreads {
			return c
		}
		if x.same == nil || x.steps == d && (can|spins)>>c&1 == 1 {
			t := x.threads[c]
			t.due = t.resting
			return c
		}
		x.diverge()
	}
	return x.usual(last, can, spins)
}

func (x *explorer) diverge() { x.diverged, x.lazy = true, 0 }

// found notes of the failure of the run that has just ended how to run it again.
func (x *explorer) found(s script) *Failure {
	f := x.failure
	f.script, f.Preemptions, f.steps = s, x.used, x.steps
	return f
}

// compare notes if t has done something else than it had to.
func (x *explorer) compare(t *thread) {
	if x.same == nil || x.diverged || x.final {
		return
	}
	o := outcome{t.access.op, t.access.wrote}
	if same := x.same[t.id]; t.count >= len(same) || same[t.count] != o {
		x.diverge()
		x.odd, x.oddWhere = t, t.where
	}
}

// otherwise runs the class of the run that has just ended in its other orders.
func (x *explorer) otherwise(left *int) *Failure {
	n := x.m.n
	s := script{same: make([][]outcome, n)}
	for i := range x.path {
		e := &x.path[i]
		s.same[e.thread] = append(s.same[e.thread], outcome{e.access.op, e.access.wrote})
	}
	x.reducing, x.choose = false, x.follow
	defer func() { x.reducing, x.choose, x.script = true, x.branch, script{} }()
	for first := range n {
		s.order, s.lazy = x.earliest(first), (1<<n-1)&^(1<<first)
		x.script = s
		x.run()
		*left -= x.steps
		if x.failure != nil {
			failure := x.found(s)
			if failure.Kind == Unordered && !x.steady(s) {
				failure = x.failure
			}
			return failure
		}
	}
	return nil
}

// steady reports whether path, run again, comes to the same.
func (x *explorer) steady(s script) bool {
	s.order, s.lazy = nil, 0
	for i := range x.path {
		s.order = append(s.order, uint8(x.path[i].thread))
	}
	x.script = s
	x.run()
	if x.diverged {
		x.failure = nil
		x.fail(Unsteady, unsteadyText, "")
	}
	return !x.diverged
}

// simplify looks for an order of the class of the run that has failed, in path,
// with fewer preemptions.
func (x *explorer) simplify(failure *Failure) (better *Failure) {
	if failure.lazy != 0 || len(x.path) > maxSteps/10 {
		return nil
	}
	x.analyse(false)
	x.choose = x.follow
	for first := range x.m.n {
		x.script = script{order: longest(x.path, first), freeze: failure.freeze}
		x.run()
		if f := x.failure; f != nil && f.Kind == failure.Kind && x.used < failure.Preemptions && (better == nil || x.used < better.Preemptions) {
			better = x.found(x.script)
		}
	}
	x.script = script{}
	return better
}

// longest is an order of path that begins with a thread, and in which each goes
// on for as long as it can.
func longest(path []step, thread int) (order []uint8) {
	taken := make([]bool, len(path))
	can := func(i int) bool {
		for k := range path[:i] {
			if !taken[k] && path[i].clock.has(&path[k]) {
				return false
			}
		}
		return true
	}
	for next := thread; len(order) < len(path); {
		at := -1
		for i := range path {
			if taken[i] || !can(i) {
				continue
			}
			if path[i].thread == next {
				at = i
				break
			}
			if at < 0 {
				at = i
			}
		}
		taken[at] = true
		next = path[at].thread
		order = append(order, uint8(next))
	}
	return order
}

// earliest is an order of path in which a thread runs as early as it can.
func (x *explorer) earliest(thread int) []uint8 {
	turns := make([]uint8, 0, len(x.path))
	taken := make([]bool, len(x.path))
	for i := range x.path {
		if e := &x.path[i]; e.thread == thread {
			for k := range x.path[:i+1] {
				if f := &x.path[k]; !taken[k] && e.clock.has(f) {
					taken[k] = true
					turns = append(turns, uint8(f.thread))
				}
			}
		}
	}
	for i := range x.path {
		if !taken[i] {
			turns = append(turns, uint8(x.path[i].thread))
		}
	}
	return turns
}
