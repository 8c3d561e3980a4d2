package interleave

import (
	"math/bits"
	"slices"
	"time"

	"gmplab/internal/lang"
)

// explore searches, and then runs what failed once more to record it.
func explore(f func(*Model)) Result {
	x := &explorer{f: f, saw: map[string]int{}}
	r := Result{saw: x.saw}
	failure := x.supervise(patience, func() { x.search(&r) })
	r.Runs = x.runs
	if failure == nil {
		return r
	}
	if failure.replay {
		again := &explorer{f: f, saw: map[string]int{}, recording: true, script: failure.script}
		again.choose = again.follow
		traced := again.supervise(min(patience, 2*time.Second), again.run)
		if traced != nil && traced.Kind == failure.Kind {
			traced.Runs = failure.Runs
			failure = traced
			failure.trace = again.trace
			failure.Preemptions = again.used
		} else {
			failure.text.EN += "\n(Run again under the same schedule, the model did something else: what it does depends on more than the schedule.)"
			failure.text.KO += "\n(같은 스케줄로 다시 실행하니 다르게 움직였습니다. 모델이 스케줄 말고 다른 것에도 의존합니다.)"
		}
	}
	r.Failure = failure
	return r
}

// search looks for a failure with few preemptions, then in all orders, and for
// one with fewer preemptions than the first that it finds there. If all orders
// are too many, it tries those with at most fallback preemptions.
func (x *explorer) search(r *Result) {
	var best *Failure
	for bound := 0; bound <= 1 && best == nil && (bound == 0 || x.limited); bound++ {
		best = x.within(bound, early, r)
	}
	if best == nil {
		best = x.reduce(r)
		r.Every = best == nil && !x.spent
		if best != nil && best.replay {
			if f := x.simplify(best); f != nil {
				best = f
			}
			left, bound := fewer, 2
			if x.freezing = best.freeze != nil; x.freezing {
				bound = 0 // so far nobody froze
			}
			for ; bound < best.Preemptions && left > 0; bound++ {
				before := x.runs
				if f := x.within(bound, left, r); f != nil {
					best = f
					break
				}
				left -= x.runs - before
			}
		} else if x.spent {
			x.freezing = true
			if best = x.within(fallback, maxRuns, r); best == nil && x.spent {
				best = &Failure{Kind: Unfinished, Runs: x.runs, text: unfinished(x.runs)}
			}
		}
	}
	x.failure = best
	if best == nil {
		x.idle()
	}
}

// bounded is the state of a search in all schedules with at most so many
// preemptions.
type bounded struct {
	bound    int
	limited  bool // there are schedules with more preemptions
	spent    bool // the budget, of this search or of the one without a bound
	freezing bool // one may freeze, where the model says so
	nodes    []node
}

// node is a step at which there was more than one way to go on.
type node struct {
	all    uint32 // bit i: thread i runs; bit 16+i: thread i freezes
	todo   uint32 // of these, not yet tried
	choice int
	steps  int // operations before it: to notice a model that does as it likes
}

const (
	early    = 20_000 // runs in search of a failure with none or one preemption
	fewer    = 50_000 // in search of one with fewer than one that is found
	fallback = 2      // preemptions, if all orders are too many
)

// within tries all schedules with at most bound preemptions, but no more than
// most: then it has spent its budget. When it has found one that fails, it looks
// at some more for a shorter one.
func (x *explorer) within(bound, most int, r *Result) (best *Failure) {
	x.bound, x.limited, x.nodes = bound, false, x.nodes[:0]
	x.choose, x.reducing = x.next, false
	x.spent = false
	spent, before := 0, x.runs
	for {
		if x.runs-before == most && best == nil {
			x.spent = true
			break
		}
		x.run()
		if x.failure == nil && x.depth < len(x.nodes) {
			x.fail(Unsteady, unsteadyText, "")
		}
		if f := x.failure; f != nil && (best == nil || best.replay && f.Kind == best.Kind && x.steps < best.steps) {
			best = x.found(script{order: slices.Clone(x.schedule)})
		}
		if best != nil {
			if spent += x.steps; spent > shorten || !best.replay || best.Kind == Misuse {
				break
			}
		}
		if !x.backtrack() {
			break
		}
	}
	r.Orders = x.runs - before
	return best
}

// next is choose in a search with a bound.
func (x *explorer) next(last *thread, can, spins uint32) int {
	goesOn := last != nil && can>>last.id&1 == 1
	if !x.starves(can) {
		can |= spins
	}
	all := can
	if goesOn && x.used == x.bound {
		x.limited = x.limited || all != 1<<last.id
		all = 1 << last.id
	}
	switch {
	case !x.freezing || x.frozen != nil:
	case x.first:
		all |= x.freezable << maxThreads
	case last != nil && !last.done:
		all |= x.freezable & (1 << last.id) << maxThreads
	}
	c := bits.TrailingZeros32(all)
	switch {
	case all&(all-1) == 0: // one way only
	case x.depth < len(x.nodes):
		n := &x.nodes[x.depth]
		if n.all != all || n.steps != x.steps {
			x.fail(Unsteady, unsteadyText, "")
			return -1
		}
		c = n.choice
		x.depth++
	default:
		if goesOn {
			c = last.id
		}
		x.nodes = append(x.nodes, node{all, all &^ (1 << c), c, x.steps})
		x.depth++
	}
	return c
}

// starves reports whether others spin while one of can is passed over.
func (x *explorer) starves(can uint32) bool {
	for _, t := range x.threads {
		if can>>t.id&1 == 1 && x.turns-t.turn > fair {
			return true
		}
	}
	return false
}

// backtrack turns nodes to the next schedule; false: there is none.
func (x *explorer) backtrack() bool {
	for n := len(x.nodes); n > 0; n-- {
		if c := &x.nodes[n-1]; c.todo != 0 {
			c.choice = bits.TrailingZeros32(c.todo)
			c.todo &= c.todo - 1
			x.nodes = x.nodes[:n]
			return true
		}
	}
	return false
}

// idle fails an exploration that can't have shown anything.
func (x *explorer) idle() {
	if x.m.n == 0 {
		x.fail(Idle, lang.Pair("the model has no threads", "모델에 스레드가 없습니다"), "")
	}
	for i, t := range x.threads[:x.m.n] {
		if x.acted>>i&1 == 0 {
			x.fail(Idle, idleText(t.name), "")
		}
	}
	x.checkStrangers()
}
