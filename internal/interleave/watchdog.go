package interleave

import (
	"path"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"gmplab/internal/interleave/internal/hook"
)

// supervise runs work in a goroutine, which acts for x, and returns how it
// failed; a thread that is stuck too.
func (x *explorer) supervise(patience time.Duration, work func()) *Failure {
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		defer x.end()
		x.g, x.goid = hook.Self(), goid()
		active.Store(x)
		atomic.StoreUintptr(&hook.Running, x.g)
		work()
	}()
	const looks = 20 // counted, not timed: a process that was stopped is not stuck
	tick := time.NewTicker(max(patience/looks, time.Millisecond))
	defer tick.Stop()
	for last, still := uint64(0), 0; ; {
		select {
		case <-ended:
			return x.failure
		case <-tick.C:
			now := x.progress.Load()
			if still++; now != last {
				last, still = now, 0
			}
			if still >= looks {
				return x.giveUp()
			}
		}
	}
}

// end ends the coroutines. It also runs when a thread or the model has called
// runtime.Goexit, as t.FailNow does: iter.Pull hands that on to the caller.
func (x *explorer) end() {
	if !x.dead.Load() {
		current = nil
		atomic.StoreUintptr(&hook.Running, 0)
		active.Store(nil)
	}
	for _, t := range x.pool {
		t.leaving = true
		func() {
			defer func() { _ = recover() }()
			t.stop()
		}()
	}
}

// giveUp is the watchdog: the goroutine that acts for x has not come to an
// operation for too long, and can't be ended from outside.
func (x *explorer) giveUp() *Failure {
	running := atomic.LoadUintptr(&hook.Running)
	x.dead.Store(true)
	active.Store(nil)
	atomic.StoreUintptr(&hook.Running, 0)
	name, id := "", x.goid
	for _, t := range x.pool {
		if t.g == running {
			name, id = t.name, t.goid
		}
	}
	state, stack := stackOf(id)
	return &Failure{Kind: Stuck, Runs: x.runs + 1, thread: name, replay: !x.building, text: stuckText(state, stack),
		script: script{order: slices.Clone(x.schedule), freeze: x.freeze, lazy: x.lazy, same: x.same}}
}

// stackOf is the state and the stack of the goroutine with the given number.
func stackOf(id string) (state, stack string) {
	buf := make([]byte, 1<<20)
	buf = buf[:runtime.Stack(buf, true)]
	for g := range strings.SplitSeq(string(buf), "\n\n") {
		rest, ok := strings.CutPrefix(g, "goroutine "+id+" ")
		if !ok {
			continue
		}
		lines := strings.Split(rest, "\n")
		state, _, _ = strings.Cut(strings.Trim(lines[0], "[]:"), ",")
		var kept []string
		for i := 1; i+1 < len(lines); i += 2 {
			function := lines[i]
			if j := strings.LastIndexByte(function, '('); j > 0 {
				function = function[:j]
			}
			line, _, _ := strings.Cut(path.Base(strings.TrimSpace(lines[i+1])), " +")
			file, _, _ := strings.Cut(line, ":")
			if !ours(runtime.Frame{Function: function, File: file}) && !strings.HasPrefix(function, "created by ") {
				kept = append(kept, "    "+path.Base(function)+"  "+line)
			}
		}
		return state, strings.Join(kept, "\n")
	}
	return "gone", ""
}
