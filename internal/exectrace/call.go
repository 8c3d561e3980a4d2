package exectrace

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"gmplab/internal/timeline"
)

// Never is the time of what did not happen while the trace was recorded.
const Never time.Duration = -1

// Call is a system call that a G made, and what became of its P and of the G.
type Call struct {
	timeline.Call
	Stack []string // the functions that made it, the innermost first; read only

	Taken  time.Duration // when the P was taken meanwhile, else Never
	Taker  timeline.Taker
	TakerM int64 // else timeline.None

	// Where and when the G goes on in Go code. If the P was not taken that
	// is the same M and P, at End.
	Resumed  time.Duration // else Never
	ResumedM int64         // else timeline.None
	ResumedP int           // else timeline.None
}

// Lost reports whether the P was taken before the call ended.
func (c Call) Lost() bool { return c.Taken != Never }

// HandedOff reports whether another thread took the P so that others could run
// on it: the monitor, or a thread that came back from a call of its own.
func (c Call) HandedOff() bool { return c.Taker == timeline.Monitor || c.Taker == timeline.Returning }

// Elsewhere reports whether the G went on on another thread.
func (c Call) Elsewhere() bool { return c.Resumed != Never && c.ResumedM != c.M }

// CallsBy returns the calls that the function of that name made, or one that
// it called: "nap" is any package's nap. By name, because a trace has calls
// that nobody thinks of, such as those of the program's start.
func (t *Trace) CallsBy(name string) []Call {
	var calls []Call
	for i, stack := range t.stacks {
		if slices.ContainsFunc(stack, func(f string) bool { return f == name || strings.HasSuffix(f, "."+name) }) {
			c := follow(&t.Timeline, t.Calls[i])
			c.Stack = stack
			calls = append(calls, c)
		}
	}
	return calls
}

// follow finds out what became of the P and the G of a call in t.
func follow(t *timeline.Timeline, call timeline.Call) Call {
	c := Call{Call: call, Taken: Never, TakerM: timeline.None, Resumed: Never, ResumedM: timeline.None, ResumedP: timeline.None}
	i, _ := slices.BinarySearchFunc(t.Handoffs, c.Begin, func(h timeline.Handoff, at time.Duration) int { return cmp.Compare(h.At, at) })
	for _, h := range t.Handoffs[i:] {
		if h.At > c.End {
			break
		}
		if h.M == c.M && h.P == c.P {
			c.Taken, c.Taker, c.TakerM = h.At, h.By, h.ByM
			break
		}
	}
	if c.Open {
		return c
	}
	i, _ = slices.BinarySearchFunc(t.Runs, c.End, func(r timeline.Run, at time.Duration) int { return cmp.Compare(r.Begin, at) })
	for _, r := range t.Runs[i:] {
		if r.G == c.G {
			c.Resumed, c.ResumedM, c.ResumedP = r.Begin, r.M, r.P
			break
		}
	}
	return c
}
