package interleave

import (
	"iter"
	"math/bits"
	"slices"

	"gmplab/internal/interleave/internal/hook"
)

// Two operations on different objects, or that only look at the same one, may
// change places, and nobody can tell. Orders that are the same but for such
// changes are a class, and one of it stands for all. This file runs one order
// of each class: dynamic partial-order reduction with source sets and sleep
// sets (Abdulla, Aronis, Jonsson and Sagonas, "Optimal dynamic partial order
// reduction", POPL 2014; before them Flanagan and Godefroid, POPL 2005).
//
// After a run, each two operations that depend on each other, and that nothing
// between them has put in order, are a race: the one that came second could
// have come first. Where the first happened, a thread is then noted that leads
// there. And what was tried at a point sleeps in its other branches, until
// something happens on which it depends: what it leads to is known.

// reduced is the state of a search without a bound.
type reduced struct {
	reducing bool
	path     []step
	fresh    int     // steps of path before it are of the run before
	history  [][]int // of path, by object
	pausing  []int   // those that pause
}

// step is an operation of a run, and what is known of the point before it.
type step struct {
	thread int
	can    uint32 // who could go on
	todo   uint32 // who must be tried here
	tried  uint32
	sleep  []known
	access access
	index  uint16 // of this step among those of its thread, from 1 on
	clock  clock  // what happened before it, and itself
}

// asleep are the threads that sleep at s.
func (s *step) asleep() (set uint32) {
	for _, z := range s.sleep {
		set |= 1 << z.thread
	}
	return set
}

// known is a thread whose next operation was tried already.
type known struct {
	thread int
	access access
}

// clock counts of each thread the operations that happened before.
type clock [maxThreads]uint16

func (c *clock) join(d *clock) {
	for i := range c {
		c[i] = max(c[i], d[i])
	}
}

// has reports whether s is among what c counts.
func (c *clock) has(s *step) bool { return c[s.thread] >= s.index }

// reduce tries an order of each class. It returns the first failure, or nil,
// with spent if it gave up.
func (x *explorer) reduce(r *Result) (failure *Failure) {
	x.reducing, x.spent, x.choose = true, false, x.branch
	r.Orders = 0
	defer func() { x.reducing = false }()
	left := budget
	if x.m != nil && x.m.budget > 0 { // of the runs before
		left = x.m.budget
	}
	if failure = x.classes(r, &left); failure != nil || x.spent {
		return failure
	}
	// And with each of those that may freeze, before each operation. Before a
	// load is no better than before what comes next: nobody sees the load.
	defer func() { x.freeze = nil }()
	for may := x.mayFreeze(); may != 0; may &= may - 1 {
		x.freeze = &freeze{thread: bits.TrailingZeros32(may)}
		for {
			if failure = x.classes(r, &left); failure != nil || x.spent {
				return failure
			}
			if !x.freeze.did {
				break
			}
			x.freeze = &freeze{thread: x.freeze.thread, before: x.freeze.before + 1}
		}
	}
	return nil
}

// classes runs an order of each class.
func (x *explorer) classes(r *Result, left *int) *Failure {
	x.path, x.fresh = x.path[:0], 0
	for {
		x.run()
		if x.failure == nil && x.depth < len(x.path) {
			x.fail(Unsteady, unsteadyText, "")
		}
		if x.spent {
			return nil
		}
		*left -= x.steps
		if x.failure == nil {
			x.analyse(true)
		}
		if x.failure != nil {
			return x.found(script{order: slices.Clone(x.schedule), freeze: x.freeze})
		}
		if !x.pruned && (x.freeze == nil || x.frozen != nil) {
			r.Orders++
			if x.frozen == nil {
				if f := x.otherwise(left); f != nil {
					return f
				}
			}
		}
		if !x.turn() {
			return nil
		}
		if *left < 0 {
			x.spent = true
			return nil
		}
	}
}

// branch is choose in a search without a bound.
func (x *explorer) branch(last *thread, can, spins uint32) int {
	d := x.depth
	x.depth++
	if d < len(x.path) {
		s := &x.path[d]
		if s.can != can|spins {
			x.fail(Unsteady, unsteadyText, "")
			return -1
		}
		return s.thread
	}
	now := step{can: can | spins}
	if d > 0 {
		before := &x.path[d-1]
		for _, s := range before.sleep {
			if s.thread != before.thread && !depend(&s.access, &before.access) {
				now.sleep = append(now.sleep, s)
			}
		}
	}
	asleep := now.asleep()
	c := x.usual(last, can&^asleep, spins&^asleep)
	if c < 0 || spins>>c&1 == 1 && x.threads[c].pauses >= maxTurns {
		x.depth--
		x.pruned = true
		x.spent = c >= 0 // there may be no end to it
		return -1
	}
	now.thread, now.todo, now.tried = c, 1<<c, 1<<c
	x.path = append(x.path, now)
	return c
}

// usual is who goes on if nothing speaks for another: the same thread; else one
// that does not spin; else the one that spun longest ago.
func (x *explorer) usual(last *thread, can, spins uint32) int {
	if last != nil && can>>last.id&1 == 1 {
		return last.id
	}
	if can != 0 {
		return bits.TrailingZeros32(can)
	}
	c := -1
	for _, t := range x.threads {
		if spins>>t.id&1 == 1 && (c < 0 || t.turn < x.threads[c].turn) {
			c = t.id
		}
	}
	return c
}

// unfair reports whether a thread other than last can go on, and is asleep: an
// endless run that passes it over shows nothing.
func (x *explorer) unfair(last *thread) bool {
	for _, t := range x.threads {
		if t != last && !t.done && !t.frozen && t.ready() {
			return true
		}
	}
	return false
}

// turn changes path where something is left to try; false: nowhere.
func (x *explorer) turn() bool {
	for d := len(x.path) - 1; d >= 0; d-- {
		s := &x.path[d]
		left := s.todo &^ s.tried &^ s.asleep()
		if left == 0 {
			continue
		}
		s.sleep = append(s.sleep, known{s.thread, s.access})
		s.thread = bits.TrailingZeros32(left)
		s.tried |= 1 << s.thread
		x.path, x.fresh = x.path[:d+1], d
		return true
	}
	return false
}

// depend reports whether a and b, of different threads, may not change places.
func depend(a, b *access) bool {
	if a.op == hook.Pause {
		a, b = b, a
	}
	if b.op == hook.Pause {
		return a.wrote && slices.ContainsFunc(b.looked, func(l look) bool { return l.obj == a.obj })
	}
	return a.obj == b.obj && (a.wrote || b.wrote)
}

// analyse gives each step of path its clock, and, if races, notes what the new
// ones could have been before.
func (x *explorer) analyse(races bool) {
	for i := range x.history {
		x.history[i] = x.history[i][:0]
	}
	for len(x.history) < len(x.versions) {
		x.history = append(x.history, nil)
	}
	x.pausing = x.pausing[:0]
	var clocks [maxThreads]clock
	for j := range x.path {
		s := &x.path[j]
		now := clocks[s.thread]
		before := now
		now[s.thread]++
		s.index = now[s.thread]
		x.follows(&now, s, j)
		s.clock = now
		clocks[s.thread] = now
		if races && j >= x.fresh {
			x.reverse(s.thread, &s.access, j, &before, &now)
		}
		if s.access.obj >= 0 {
			x.history[s.access.obj] = append(x.history[s.access.obj], j)
		} else {
			x.pausing = append(x.pausing, j)
		}
	}
	if !races {
		return
	}
	// Who still waits at the end could have been first, too.
	for _, t := range x.threads {
		if !t.done && !t.frozen && (t.op == hook.Lock || t.op == hook.Sleep) && !t.ready() {
			c := clocks[t.id]
			now := c
			now[t.id]++
			x.reverse(t.id, &t.access, len(x.path), &c, &now)
		}
	}
}

// follows joins into now what comes before step j since s depends on it.
func (x *explorer) follows(now *clock, s *step, j int) {
	if s.access.op == hook.Pause {
		for k := range x.path[:j] {
			e := &x.path[k]
			if k < s.access.again-1 || depend(&e.access, &s.access) {
				now.join(&e.clock)
			}
		}
		return
	}
	for k := range x.depends(&s.access) {
		now.join(&x.path[k].clock)
	}
}

// depends yields the steps on which a depends, the latest first, but for those
// that come before a change on which it depends.
func (x *explorer) depends(a *access) iter.Seq[int] {
	return func(yield func(int) bool) {
		if a.wrote {
			for _, k := range slices.Backward(x.pausing) {
				if depend(&x.path[k].access, a) && !yield(k) {
					return
				}
			}
		}
		for _, k := range slices.Backward(x.history[a.obj]) {
			if e := &x.path[k].access; a.wrote || e.wrote {
				if !yield(k) || e.wrote {
					return
				}
			}
		}
	}
}

// reverse looks for what step j of thread t races with. before is what happened
// before it even if it came first, now what did in this run.
func (x *explorer) reverse(t int, a *access, j int, before, now *clock) {
	if a.op == hook.Pause {
		x.reversePause(t, a, j, before, now)
		return
	}
	if a.op == hook.Lock || a.op == hook.Sleep {
		for _, k := range slices.Backward(x.history[a.obj]) {
			if e := &x.path[k]; e.access.open {
				if !before.has(e) {
					x.try(k, t, j, now)
				}
				return
			}
		}
		return
	}
	for k := range x.depends(a) {
		e := &x.path[k]
		if before.has(e) {
			continue
		}
		through := false // another that comes between
		for l := range x.depends(a) {
			through = through || l != k && x.path[l].clock.has(e)
		}
		if !through {
			x.try(k, t, j, now)
		}
	}
}

// reversePause is reverse for a Pause: one of the changes for which it waited
// could have come later, if another was enough.
func (x *explorer) reversePause(t int, a *access, j int, before, now *clock) {
	if a.again > 0 {
		return // it waited for all of them
	}
	changes := func(k int) bool {
		e := &x.path[k]
		return e.thread != t && slices.ContainsFunc(a.looked, func(l look) bool {
			return e.access.obj == l.obj && e.access.wrote && e.access.version > l.version
		})
	}
	for k := range x.path[:j] {
		e := &x.path[k]
		if before.has(e) || !changes(k) {
			continue
		}
		for l := range x.path[:j] {
			if f := &x.path[l]; l != k && changes(l) && (l < k || !f.clock.has(e)) {
				x.try(k, t, j, now)
				break
			}
		}
	}
}

// try notes at step k that step j, of thread t, shall come before it: a thread
// whose next operation may be the first of those that lead there.
func (x *explorer) try(k, t, j int, now *clock) {
	e := &x.path[k]
	var first uint32 // threads
	var between []*step
	begins := func(thread int, c *clock) {
		for _, s := range between {
			if s.thread == thread || c.has(s) {
				return
			}
		}
		first |= 1 << thread
	}
	for i := k + 1; i < j; i++ {
		s := &x.path[i]
		if s.clock.has(e) {
			continue
		}
		begins(s.thread, &s.clock)
		between = append(between, s)
	}
	begins(t, now)
	if first&(e.todo|e.asleep()) != 0 {
		return
	}
	if first>>t&1 == 1 {
		first = 1 << t
	}
	if first&e.can == 0 {
		x.fail(Unsteady, unsteadyText, "") // its operations are not those that were announced
		return
	}
	e.todo |= 1 << bits.TrailingZeros32(first&e.can)
}
