package interleave

import (
	"math/bits"
	"slices"
	"time"

	"gmplab/internal/lang"
)

// node is a step of the path at which there was more than one way to go on.
type node struct {
	all    uint32 // bit i: thread i runs; bit 16+i: thread i freezes
	todo   uint32 // of these, not yet tried
	choice int
	steps  int // operations before it: to notice a model that does as it likes
}

// backtrack turns path to the next schedule; false: there is none.
func (x *explorer) backtrack() bool {
	for n := len(x.path); n > 0; n-- {
		if c := &x.path[n-1]; c.todo != 0 {
			c.choice = bits.TrailingZeros32(c.todo)
			c.todo &= c.todo - 1
			x.path = x.path[:n]
			return true
		}
	}
	return false
}

// explore searches, and then runs what failed once more to record it.
func explore(bound int, f func(*Model)) Result {
	x := &explorer{f: f, saw: map[string]int{}}
	r := Result{saw: x.saw}
	failure := x.supervise(patience, func() { r.Schedules = x.search(bound) })
	r.Runs = x.runs
	if failure == nil {
		return r
	}
	if failure.replay {
		again := &explorer{f: f, saw: map[string]int{}, bound: x.bound, path: slices.Clone(x.path), recording: true}
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

// search tries all schedules. When it has found one that fails, it looks at
// some more with as many preemptions, for a shorter one.
func (x *explorer) search(bound int) (schedules int) {
	var best *Failure
	var path []node
	spent := 0
	x.limited = true
	for x.bound = 0; x.bound <= bound && x.limited && best == nil; x.bound++ {
		x.path, x.limited = x.path[:0], false
		for before := x.runs; ; {
			if x.runs == maxRuns && best == nil {
				x.failure = &Failure{Kind: Unfinished, Runs: maxRuns, text: unfinished(maxRuns)}
				return x.runs - before
			}
			x.run()
			schedules = x.runs - before
			if f := x.failure; f != nil && (best == nil || best.replay && f.Kind == best.Kind && x.steps < best.steps) {
				best, path = f, slices.Clone(x.path[:x.depth])
				best.steps = x.steps
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
	}
	x.bound--
	x.failure, x.path = best, path
	if best == nil {
		x.idle()
	}
	return schedules
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
