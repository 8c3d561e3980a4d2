package handoff_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"gmplab/internal/check"
	handoff "gmplab/labs/05-syscall-handoff"
)

// ---- Task 4: Monitor.Scan ----

var (
	callRule = check.Say(
		"most calls are short. A call that the monitor sees for the first time is left alone: to hand a P off costs more than to wait for a short call. If it is still the same call at a later scan, it is a long one",
		"호출은 대부분 짧습니다. 처음 보는 호출은 그대로 둡니다. 짧은 호출을 기다리는 것보다 P를 넘기는 것이 더 비쌉니다. 나중 스캔에서도 같은 호출이면 긴 호출입니다")
	noHurry = check.Say(
		"nobody waits for this P: its queue is empty, and somebody else is there for what comes. So there is no hurry, but after Slice it is taken all the same",
		"이 P를 기다리는 고루틴이 없습니다. 큐가 비었고, 새 일을 맡을 쪽은 따로 있습니다. 서두를 필요는 없지만 Slice가 지나면 가져옵니다")
	sliceRule = check.Say(
		"preemption goes by the time slice, which Tick counts: calls and what goes on in runnext do not begin a new one",
		"선점의 기준은 Tick이 세는 타임 슬라이스입니다. 호출을 하거나 runnext로 이어서 실행해도 새 슬라이스가 시작되지 않습니다")
	overRule = check.Say(
		"when the slice is over the P is taken out of any call, also out of one that is new: a G that makes one short call after the other is never seen twice in the same",
		"슬라이스가 끝났으면 새 호출이라도 P를 가져옵니다. 짧은 호출을 잇달아 하는 G는 같은 호출에서 두 번 보이는 일이 없습니다")
	eachRule = check.Say(
		"each P is judged by what was seen of it alone, and an idle one is left alone",
		"P마다 그 P에서 본 것만으로 판단하고, 쉬는 P는 그대로 둡니다")
)

// watch is a Monitor under test, with the scans so far.
type watch struct {
	handoff.Monitor
	t     *testing.T
	scans []string
}

func show(v handoff.View) string {
	switch {
	case !v.Busy:
		return "idle"
	case v.Call == 0:
		return fmt.Sprintf("runs, Tick %d", v.Tick)
	}
	s := fmt.Sprintf("in call %d, Tick %d", v.Call, v.Tick)
	if v.Empty {
		s += ", Empty"
	}
	return s
}

func tell(retake, preempt []int) string { return fmt.Sprintf("retake %v, preempt %v", retake, preempt) }

func scanLine(now time.Duration, views []handoff.View, idle int) string {
	all := make([]string, len(views))
	for i, v := range views {
		all[i] = fmt.Sprintf("P%d %s", i, show(v))
	}
	return fmt.Sprintf("Scan(%v, [%s], %d)", now, strings.Join(all, "; "), idle)
}

func (w *watch) scan(now time.Duration, idle int, retake, preempt []int, rule string, views ...handoff.View) {
	w.t.Helper()
	w.scans = append(w.scans, scanLine(now, views, idle))
	if len(w.scans) > 8 {
		w.scans = append([]string{"…"}, w.scans[len(w.scans)-7:]...)
	}
	got := tell(w.Scan(now, views, idle))
	check.True(w.t, got == tell(retake, preempt), strings.Join(w.scans, "\n"), got, tell(retake, preempt), rule)
}

func runs(tick uint32) handoff.View { return handoff.View{Busy: true, Tick: tick} }

func calls(k handoff.Ticket, tick uint32) handoff.View {
	return handoff.View{Busy: true, Call: k, Tick: tick}
}

func empty(v handoff.View) handoff.View {
	v.Empty = true
	return v
}

const (
	us    = time.Microsecond
	ms    = time.Millisecond
	slice = 10 * ms // handoff.Slice
)

var p0 = []int{0}

func TestALongCallIsRetaken(t *testing.T) {
	check.Task(t, 4, func(t *testing.T) {
		w := &watch{t: t}
		w.scan(1*ms, 0, nil, nil, callRule, calls(6, 1))
		w.scan(1*ms+20*us, 0, p0, nil, callRule, calls(6, 1))

		w = &watch{t: t}
		w.scan(1*ms, 0, nil, nil, callRule, runs(1))
		w.scan(2*ms, 0, nil, nil, callRule, calls(6, 1))
		w.scan(2*ms+20*us, 3, p0, nil, callRule, calls(6, 1))         // somebody is on its queue
		w.scan(3*ms, 0, nil, nil, callRule, empty(calls(10, 2)))      // another call,
		w.scan(3*ms+20*us, 0, p0, nil, callRule, empty(calls(10, 2))) // and no other P is idle
	})
}

func TestAShortCallIsLeftAlone(t *testing.T) {
	check.Task(t, 4, func(t *testing.T) {
		w := &watch{t: t}
		for i := range 20 {
			w.scan(time.Duration(i)*20*us, 0, nil, nil, callRule, calls(handoff.Ticket(6+4*i), 1))
		}
		w.scan(20*20*us, 0, nil, nil, callRule, runs(1))
		w.scan(21*20*us, 0, nil, nil, callRule, calls(6+4*20, 1))

		// One P, calls of 1 µs one after the other, slices of 100 µs.
		var st handoff.State
		var m handoff.Monitor
		st.Acquire()
		const n = 20_000
		retaken := 0
		for i := range n {
			now := time.Duration(i) * us
			k := st.Enter()
			if i%20 == 0 {
				_, call := st.Look()
				retake, _ := m.Scan(now, []handoff.View{calls(call, uint32(i/100))}, 0)
				if len(retake) > 0 && st.Retake(call) {
					retaken++
				}
			}
			if !st.Exit(k) {
				st.Acquire()
			}
		}
		check.Equal(t, fmt.Sprintf(check.Say("%d calls of 1 µs, a scan every 20 µs", "1 µs짜리 호출 %d번, 20 µs마다 스캔"), n),
			check.Say("Ps retaken", "회수한 P"), retaken, 0, callRule)

		// And a call of 80 ms: exactly one.
		k := st.Enter()
		for i := range 4000 {
			now := n*us + time.Duration(i)*20*us
			busy, call := st.Look()
			retake, _ := m.Scan(now, []handoff.View{{Busy: busy, Call: call, Tick: 1000}}, 0)
			if len(retake) > 0 && st.Retake(call) {
				retaken++
			}
		}
		check.True(t, retaken == 1 && !st.Exit(k), check.Say("then one call of 80 ms", "그다음 80 ms짜리 호출 한 번"),
			fmt.Sprintf(check.Say("%d Ps retaken", "P 회수 %d번"), retaken), check.Say("1, and Exit fails", "1번, Exit은 실패"), callRule)
	})
}

func TestWhereNobodyWaitsThereIsNoHurry(t *testing.T) {
	check.Task(t, 4, func(t *testing.T) {
		w := &watch{t: t}
		// The Tick moves, so that no slice is over.
		w.scan(1*ms, 1, nil, nil, noHurry, empty(calls(6, 1)))
		w.scan(1*ms+20*us, 1, nil, nil, noHurry, empty(calls(6, 2)))
		w.scan(6*ms, 1, nil, nil, noHurry, empty(calls(6, 3)))
		w.scan(1*ms+slice-1, 1, nil, nil, noHurry, empty(calls(6, 4)))
		w.scan(1*ms+slice, 1, p0, nil, noHurry, empty(calls(6, 5)))

		w = &watch{t: t}
		w.scan(1*ms, 1, nil, nil, noHurry, empty(calls(6, 1)))
		w.scan(2*ms, 1, nil, nil, noHurry, empty(calls(6, 1)))
		w.scan(3*ms, 0, p0, nil, noHurry, empty(calls(6, 1)))

		w = &watch{t: t}
		w.scan(1*ms, 1, nil, nil, noHurry, empty(calls(6, 1)))
		w.scan(9*ms, 1, nil, nil, noHurry, empty(calls(10, 2)))
		w.scan(12*ms, 1, nil, nil, noHurry, empty(calls(10, 3)))
		w.scan(12*ms, 1, p0, nil, noHurry, calls(10, 4))
		w.scan(9*ms+slice, 5, p0, nil, noHurry, empty(calls(10, 5)))
	})
}

func TestPreemptionGoesByTheSlice(t *testing.T) {
	check.Task(t, 4, func(t *testing.T) {
		w := &watch{t: t}
		w.scan(50*ms, 0, nil, nil, sliceRule, runs(7))
		w.scan(50*ms+slice-1, 0, nil, nil, sliceRule, runs(7))
		w.scan(50*ms+slice, 0, nil, p0, sliceRule, runs(7))
		w.scan(50*ms+slice+20*us, 2, nil, p0, sliceRule, runs(7)) // it has not stopped yet
		w.scan(61*ms, 0, nil, nil, sliceRule, runs(8))
		w.scan(61*ms+slice-1, 0, nil, nil, sliceRule, runs(8))
		w.scan(61*ms+slice, 0, nil, p0, sliceRule, empty(runs(8)))

		// Calls in between are in the same slice.
		w = &watch{t: t}
		w.scan(0, 0, nil, nil, sliceRule, runs(3))
		w.scan(3*ms, 0, nil, nil, sliceRule, calls(6, 3))
		w.scan(5*ms, 0, nil, nil, sliceRule, runs(3))
		w.scan(8*ms, 0, nil, nil, sliceRule, calls(10, 3))
		w.scan(9*ms, 0, nil, nil, sliceRule, runs(3))
		w.scan(slice, 0, nil, p0, sliceRule, runs(3))

		// The Tick is a counter of 32 bits, and each other one is another slice.
		w = &watch{t: t}
		w.scan(0, 0, nil, nil, sliceRule, runs(1<<32-1))
		w.scan(slice, 0, nil, nil, sliceRule, runs(0))
		w.scan(2*slice-1, 0, nil, nil, sliceRule, runs(0))
		w.scan(2*slice, 0, nil, p0, sliceRule, runs(0))
	})
}

func TestASliceThatIsOverEndsInACall(t *testing.T) {
	check.Task(t, 4, func(t *testing.T) {
		w := &watch{t: t}
		for i := range 10 {
			w.scan(time.Duration(i)*ms, 0, nil, nil, callRule, calls(handoff.Ticket(6+4*i), 3))
		}
		w.scan(slice, 0, p0, nil, overRule, calls(102, 3))

		// And if nobody waits: the last note, that of 9 ms, must be Slice old.
		w = &watch{t: t}
		for i := range 10 {
			w.scan(time.Duration(i)*ms, 1, nil, nil, callRule, empty(calls(handoff.Ticket(6+4*i), 3)))
		}
		w.scan(slice, 1, nil, nil, noHurry, empty(calls(102, 3)))
		w.scan(15*ms, 1, nil, nil, noHurry, empty(calls(106, 3)))
		w.scan(9*ms+slice-1, 1, nil, nil, noHurry, empty(calls(110, 3)))
		w.scan(9*ms+slice, 1, p0, nil, overRule, empty(calls(114, 3)))

		// Also if the G has run since that note.
		w = &watch{t: t}
		w.scan(0, 1, nil, nil, callRule, runs(3))
		w.scan(9*ms, 1, nil, nil, callRule, empty(calls(6, 3)))
		w.scan(9*ms+20*us, 1, nil, nil, callRule, runs(3))
		w.scan(slice, 1, nil, nil, noHurry, empty(calls(10, 3)))
		w.scan(9*ms+slice, 1, p0, nil, overRule, empty(calls(14, 3)))

		// Also if the P was idle since, in the same slice.
		w = &watch{t: t}
		w.scan(20*ms, 1, nil, nil, callRule, runs(3))
		w.scan(29*ms, 1, nil, nil, callRule, empty(calls(6, 3)))
		w.scan(29*ms+20*us, 1, nil, nil, noHurry, handoff.View{})
		w.scan(20*ms+slice, 1, nil, nil, noHurry, empty(calls(10, 3)))
		w.scan(29*ms+slice, 1, p0, nil, overRule, empty(calls(14, 3)))

		// Also if the note is of time 0, and many are idle or look for work.
		w = &watch{t: t}
		w.scan(0, 3, nil, nil, callRule, empty(calls(6, 3)))
		w.scan(1*ms, 3, nil, nil, noHurry, empty(calls(6, 3)))

		// And without a note there is nothing to wait for.
		w = &watch{t: t}
		w.scan(20*ms, 1, nil, nil, callRule, runs(3))
		w.scan(20*ms+slice, 1, p0, nil, overRule, empty(calls(6, 3)))
	})
}

func TestScanJudgesEachP(t *testing.T) {
	check.Task(t, 4, func(t *testing.T) {
		w := &watch{t: t}
		idle := handoff.View{}
		w.scan(1*ms, 1, nil, nil, eachRule, runs(1), calls(6, 1), idle, calls(6, 1))
		w.scan(2*ms, 1, []int{1}, nil, eachRule, runs(1), calls(6, 1), idle, calls(10, 1))
		w.scan(1*ms+slice, 1, []int{1, 3}, p0, eachRule, runs(1), calls(6, 1), idle, calls(10, 1))
		w.scan(50*ms, 2, nil, nil, eachRule, idle, handoff.View{Call: 6, Tick: 1}, runs(0), runs(2))
		w.scan(50*ms+slice, 2, nil, []int{2}, eachRule, idle, handoff.View{Call: 6, Tick: 1}, runs(0), runs(3))

		// Many Ps; and a Tick that is another, however far it is.
		w = &watch{t: t}
		views, all := make([]handoff.View, 64), []int{}
		for i := range views {
			views[i] = runs(1)
			all = append(all, i)
		}
		w.scan(1*ms, 0, nil, nil, eachRule, views...)
		views[63] = runs(1 + 1<<31)
		w.scan(1*ms+slice, 0, nil, all[:63], eachRule, views...)

		// A P more than before: what it does begins now.
		w = &watch{t: t}
		w.scan(1*ms, 0, nil, nil, eachRule, runs(1))
		w.scan(30*ms, 0, nil, p0, eachRule, runs(1), runs(0), calls(6, 2))
		w.scan(31*ms, 0, []int{2}, p0, eachRule, runs(1), runs(0), calls(6, 2))
		w.scan(30*ms+slice, 0, []int{2}, []int{0, 1}, eachRule, runs(1), runs(0), calls(6, 2))
	})
}

// sightOf is what the model of Scan remembers of a P.
type sightOf struct {
	known    bool
	tick     uint32
	at, from time.Duration
	call     handoff.Ticket
}

func (s *sightOf) judge(now time.Duration, v handoff.View, idle int) (retake, preempt bool) {
	if !s.known || v.Tick != s.tick {
		s.known, s.tick, s.at = true, v.Tick, now
	}
	over := s.at+slice <= now
	if v.Call == 0 {
		return false, over
	}
	if v.Call != s.call && !over {
		s.call, s.from = v.Call, now
		return false, false
	}
	wait := v.Empty && idle != 0 && now < s.from+slice
	return !wait, false
}

func TestScanAgainstAModel(t *testing.T) {
	check.Task(t, 4, func(t *testing.T) {
		rule := check.Say("the four rules of Scan, for each P and in their order", "Scan의 네 규칙을 P마다 순서대로 적용합니다")
		check.Model(t, rule, func(rt *rapid.T) (call, got, want string) {
			var m handoff.Monitor
			n := rapid.IntRange(1, 3).Draw(rt, "Ps")
			model := make([]sightOf, n)
			views := make([]handoff.View, n)
			now := time.Duration(rapid.IntRange(0, 30).Draw(rt, "start")) * ms
			var scans []string
			for i := range views {
				views[i] = handoff.View{Busy: true, Tick: uint32(i)}
			}
			next := handoff.Ticket(2)
			for range rapid.IntRange(1, 12).Draw(rt, "scans") {
				idle := rapid.IntRange(0, 3).Draw(rt, "idle")
				var retake, preempt []int
				for i := range views {
					v := &views[i]
					v.Empty = rapid.Bool().Draw(rt, "empty")
					switch rapid.IntRange(0, 6).Draw(rt, "does") {
					case 0:
						v.Tick++
						v.Call = 0
					case 1:
						next += 4
						v.Call = next
					case 2:
						next += 4
						v.Call = next
						v.Tick++
					case 3:
						v.Busy = !v.Busy
						v.Call = 0
					}
					if !v.Busy {
						v.Call = 0
						continue
					}
					r, p := model[i].judge(now, *v, idle)
					if r {
						retake = append(retake, i)
					}
					if p {
						preempt = append(preempt, i)
					}
				}
				scans = append(scans, scanLine(now, views, idle))
				if a, b := tell(m.Scan(now, views, idle)), tell(retake, preempt); a != b {
					return strings.Join(scans, "\n"), a, b
				}
				now += []time.Duration{20 * us, ms, 4 * ms, slice - 1, slice}[rapid.IntRange(0, 4).Draw(rt, "later")]
			}
			return "", "", ""
		})
	})
}
