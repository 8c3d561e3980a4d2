package handoff_test

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"gmplab/internal/check"
	"gmplab/internal/harness"
	"gmplab/internal/interleave"
	"gmplab/internal/machine"
	handoff "gmplab/labs/05-syscall-handoff"
)

func TestMain(m *testing.M) {
	harness.Play(parts)
	check.Main(m)
}

// explore runs a model under all schedules with at most bound preemptions.
// Each of events must take place in one of them.
func explore(t *testing.T, bound int, call, want, rule string, f func(*interleave.Model), events ...string) {
	t.Helper()
	r := interleave.Explore(bound, f)
	if r.Failure != nil {
		check.Fail(t, call, r.Failure.Error(), want, rule)
	}
	for _, e := range events {
		check.True(t, r.Saw(e) > 0, call,
			fmt.Sprintf(check.Say("in none of %d schedules: %s", "스케줄 %d개 어디에서도 일어나지 않음: %s"), r.Schedules, e),
			fmt.Sprintf(check.Say("in some schedule: %s", "어떤 스케줄에서는 일어남: %s"), e), rule)
	}
}

// words prints the word of a State, laid out as in the lab, in a trace.
func words(name string, v any) string {
	w, ok := v.(uint64)
	if !ok || !strings.HasSuffix(name, ".word") {
		return ""
	}
	status := []string{"idle", "running", "in call", "?"}[w&3]
	return fmt.Sprintf("%s/%d", status, w>>2)
}

// ---- Task 1: save, then publish ----

var saveFirst = check.Say(
	"save first, then publish: from the moment g is in ready another thread may take it and run it, and it goes on where g.PC says at that moment",
	"먼저 저장하고 그다음에 내놓습니다. g가 ready에 들어간 순간부터 다른 스레드가 꺼내 실행할 수 있고, 그 순간의 g.PC가 가리키는 곳부터 실행합니다")

func TestYieldSavesBeforeItPublishes(t *testing.T) {
	check.Task(t, 1, func(t *testing.T) {
		call := "Yield(ready, g, 2)"
		var ready handoff.Ready
		g := new(handoff.Saved)
		handoff.Yield(&ready, g, 2)
		check.True(t, ready.Load() == g, call, check.Say("g is not in ready", "ready에 g가 없음"), check.Say("ready holds g", "ready에 g가 있음"), saveFirst)
		check.Equal(t, call, "g.PC", g.PC.Load(), uint64(2), saveFirst)

		explore(t, 2, call, check.Say("each part of g runs once", "g의 각 부분이 한 번씩 실행됨"), saveFirst, func(m *interleave.Model) {
			var ready handoff.Ready
			g := new(handoff.Saved)
			g.PC.Store(1)
			m.Watch("ready", &ready)
			m.Watch("g", g)
			m.Label(g, "g")
			var ran [3]int
			run := func() (pc uint64) { // runs the part of g that is next
				pc = g.PC.Load()
				ran[pc]++
				m.Check(ran[pc] == 1, "part %d of g runs twice", "g의 %d번째 부분이 두 번 실행됩니다", pc)
				return pc + 1
			}
			m.Go("M1", func() {
				pc := run()
				handoff.Yield(&ready, g, pc)
			})
			m.Go("M2", func() {
				for ready.Swap(nil) == nil {
					interleave.Pause()
				}
				g.PC.Store(run())
				m.Saw("M2 runs g")
			})
			m.After(func() {
				m.Check(g.PC.Load() == 3, "g.PC = %d, but M2 has saved 3: g was not M1's any more", "g.PC = %d: M2가 저장한 것은 3입니다. g는 이미 M1의 것이 아니었습니다", g.PC.Load())
				m.Check(ran[2] == 1, "part 2 of g has run %d times", "g의 2번째 부분이 %d번 실행되었습니다", ran[2])
			})
		}, "M2 runs g")
	})
}

// ---- Task 2: a call, and back ----

var (
	stateRule = check.Say(
		"the status goes idle, running, in call, and back: Acquire takes an idle P only, Enter leaves the P where it is, and after Exit its M runs on as if nothing had been",
		"상태는 idle, running, in call 사이를 오갑니다. Acquire는 idle인 P만 얻고, Enter는 P를 그 자리에 두며, Exit 뒤에는 아무 일도 없었던 것처럼 이어서 실행합니다")
	ticketRule = check.Say(
		"a ticket is of one call alone. The P of an old ticket may be in another M's hands by now: an old ticket that still works takes the P out of a later call",
		"티켓은 한 호출에만 유효합니다. 옛 티켓의 P는 이제 다른 M의 것일 수 있습니다. 옛 티켓이 아직 통하면 나중 호출에서 P를 빼앗게 됩니다")
)

// p is a P under test, with the calls so far.
type p struct {
	handoff.State
	t     *testing.T
	calls string
	rule  string
}

func (p *p) did(call string) { p.calls = strings.TrimSpace(p.calls + " " + call) }

func (p *p) want(call string, f func() bool, want bool) {
	p.t.Helper()
	p.did(call)
	var got bool
	check.Within(p.t, p.calls, check.Say(
		"no method of State waits for another thread: Acquire of a P that isn't idle, Exit and Retake with a ticket that has lost say false",
		"State의 메서드는 다른 스레드를 기다리지 않습니다. idle이 아닌 P를 Acquire하거나 이미 진 티켓으로 Exit, Retake를 부르면 바로 false를 돌려줍니다"), func() { got = f() })
	check.Equal(p.t, p.calls, call, got, want, p.rule)
	p.calls += fmt.Sprintf("=%v", got)
}

// looks checks what Look says: "idle", "running" or "in call".
func (p *p) looks(want string, call handoff.Ticket) {
	p.t.Helper()
	busy, in := p.Look()
	got := "idle"
	switch {
	case busy && in == 0:
		got = "running"
	case busy:
		got = "in call"
	case in != 0:
		got = fmt.Sprintf("busy = false, call = %d", in)
	}
	check.Equal(p.t, p.calls+" Look()", check.Say("the P", "P"), got, want, p.rule)
	if want == "in call" {
		check.Equal(p.t, p.calls+" Look()", "call", in, call, p.rule)
	}
}

func (p *p) enters(name string) handoff.Ticket {
	p.t.Helper()
	p.did(name + " = Enter()")
	k := p.Enter()
	check.True(p.t, k != 0, p.calls, "0", check.Say("a ticket, which is never 0", "0이 아닌 티켓"), p.rule)
	return k
}

func TestACallAndBack(t *testing.T) {
	check.Task(t, 2, func(t *testing.T) {
		p := &p{t: t, rule: stateRule}
		for range 3 {
			p.looks("idle", 0)
			p.want("Acquire()", func() bool { return p.Acquire() }, true)
			p.looks("running", 0)
			p.want("Acquire()", func() bool { return p.Acquire() }, false)
			for range 2 {
				k := p.enters("k")
				p.looks("in call", k)
				p.want("Acquire()", func() bool { return p.Acquire() }, false)
				p.looks("in call", k)
				p.want("Exit(k)", func() bool { return p.Exit(k) }, true)
				p.looks("running", 0)
			}
			p.did("Release()")
			p.Release()
		}
	})
}

func TestATicketIsOfOneCall(t *testing.T) {
	check.Task(t, 2, func(t *testing.T) {
		p := &p{t: t, rule: ticketRule}
		p.want("Acquire()", func() bool { return p.Acquire() }, true)
		k1 := p.enters("k1")
		p.want("Exit(k1)", func() bool { return p.Exit(k1) }, true)
		p.want("Exit(k1)", func() bool { return p.Exit(k1) }, false)
		p.looks("running", 0)
		k2 := p.enters("k2")
		p.want("Exit(k1)", func() bool { return p.Exit(k1) }, false)
		p.looks("in call", k2)
		p.want("Exit(k2)", func() bool { return p.Exit(k2) }, true)
		p.did("Release()")
		p.Release()
		p.want("Exit(k2)", func() bool { return p.Exit(k2) }, false)
		p.looks("idle", 0)
		p.want("Acquire()", func() bool { return p.Acquire() }, true)
		k3 := p.enters("k3")
		p.want("Exit(k2)", func() bool { return p.Exit(k2) }, false)
		p.want("Exit(k1)", func() bool { return p.Exit(k1) }, false)
		p.looks("in call", k3)
		p.want("Exit(k3)", func() bool { return p.Exit(k3) }, true)

		const n = 100_000
		seen := make(map[handoff.Ticket]bool, n)
		for range n {
			k := p.Enter()
			seen[k] = true
			p.Exit(k)
		}
		check.Equal(t, fmt.Sprintf(check.Say("%d × Enter and Exit", "Enter와 Exit %d번"), n), check.Say("different tickets", "서로 다른 티켓"), len(seen), n, ticketRule)
	})
}

//go:embed handoff.go
var source []byte

func TestTheExplorerSeesTheState(t *testing.T) {
	check.Task(t, 2, func(t *testing.T) {
		rule := check.Say(
			"what the explorer does not see it can't try in every order: the state is in types of interleave/atomic, and the locks are those of Sched",
			"탐색기가 볼 수 없는 것은 모든 순서로 시험할 수 없습니다. 상태는 interleave/atomic의 타입에 두고, 락은 Sched의 것을 씁니다")
		want := check.Say("all state of State in interleave/atomic; no package sync, no channel, no go statement",
			"State의 상태는 모두 interleave/atomic에 있음. sync 패키지, 채널, go 문 없음")
		for _, err := range []error{interleave.Fields(handoff.State{}), interleave.Imports("handoff.go", source)} {
			got := ""
			if err != nil {
				got = err.Error()
			}
			check.True(t, err == nil, "handoff.go", got, want, rule)
		}
		// A State whose operations are no operations to the explorer is empty.
		p := &p{t: t, rule: stateRule}
		p.want("Acquire()", func() bool { return p.Acquire() }, true)
	})
}

func TestOneOfManyAcquires(t *testing.T) {
	check.Task(t, 2, func(t *testing.T) {
		rule := check.Say("of several that Acquire at once exactly one wins: two Ms with one P are two threads in what only its owner may touch",
			"여럿이 동시에 Acquire해도 정확히 하나만 얻습니다. P 하나를 M 둘이 가지면, 주인만 건드려야 할 것을 두 스레드가 건드리게 됩니다")
		call := check.Say("three threads: Acquire(), and who has won Release()s", "스레드 셋: Acquire(), 얻은 스레드는 Release()")
		explore(t, 3, call, check.Say("one M at a time has the P", "P를 가진 M은 한 번에 하나"), rule, func(m *interleave.Model) {
			m.Show(words)
			var st handoff.State
			m.Watch("p", &st)
			m.Freeze()
			holders, lost := 0, 0
			for _, name := range []string{"M1", "M2", "M3"} {
				m.Go(name, func() {
					if !st.Acquire() {
						lost++
						m.Saw("an Acquire is too late")
						return
					}
					holders++
					m.Check(holders == 1, "%d Ms have the P", "M %d개가 P를 가지고 있습니다", holders)
					st.Look() // an operation: here another M may come in
					holders--
					st.Release()
				})
			}
			m.After(func() {
				m.Check(lost < 3, "nobody got the idle P", "쉬는 P를 아무도 얻지 못했습니다")
				m.Check(st.Acquire(), "at the end the P is not idle: it is lost", "끝났는데 P가 idle이 아닙니다. 잃어버린 P입니다")
			})
		}, "an Acquire is too late")
	})
}

// ---- Task 3: retake ----

var exactlyOne = check.Say(
	"of Exit and Retake of one call exactly one wins: with two winners two Ms run with one P, with none the P is lost. Only a CAS looks and acts at once",
	"한 호출의 Exit과 Retake 가운데 정확히 하나만 이깁니다. 둘 다 이기면 M 둘이 P 하나로 실행되고, 둘 다 지면 P를 잃어버립니다. 확인과 변경을 한 번에 하는 것은 CAS뿐입니다")

func TestRetakeTakesTheP(t *testing.T) {
	check.Task(t, 3, func(t *testing.T) {
		p := &p{t: t, rule: ticketRule}
		p.want("Acquire()", func() bool { return p.Acquire() }, true)
		k1 := p.enters("k1")
		p.want("Retake(k1)", func() bool { return p.Retake(k1) }, true)
		p.looks("idle", 0)
		p.want("Exit(k1)", func() bool { return p.Exit(k1) }, false)
		p.want("Retake(k1)", func() bool { return p.Retake(k1) }, false)
		p.looks("idle", 0)
		p.did(check.Say("(another M:)", "(다른 M:)"))
		p.want("Acquire()", func() bool { return p.Acquire() }, true)
		p.want("Retake(k1)", func() bool { return p.Retake(k1) }, false)
		p.want("Exit(k1)", func() bool { return p.Exit(k1) }, false)
		p.looks("running", 0)
		k2 := p.enters("k2")
		p.want("Exit(k1)", func() bool { return p.Exit(k1) }, false)
		p.want("Retake(k1)", func() bool { return p.Retake(k1) }, false)
		p.looks("in call", k2)
		p.want("Exit(k2)", func() bool { return p.Exit(k2) }, true)
		p.want("Retake(k2)", func() bool { return p.Retake(k2) }, false)
		p.looks("running", 0)
		k3 := p.enters("k3")
		p.want("Retake(k2)", func() bool { return p.Retake(k2) }, false)
		p.looks("in call", k3)
		p.want("Retake(k3)", func() bool { return p.Retake(k3) }, true)
		p.looks("idle", 0)
	})
}

func TestExitAgainstRetake(t *testing.T) {
	check.Task(t, 3, func(t *testing.T) {
		call := check.Say("M: Enter() = k, Exit(k); monitor: Look() = k, Retake(k)", "M: Enter() = k, Exit(k). 모니터: Look() = k, Retake(k)")
		explore(t, 3, call, check.Say("exactly one of Exit and Retake wins", "Exit과 Retake 가운데 정확히 하나만 이김"), exactlyOne, func(m *interleave.Model) {
			m.Show(words)
			var st handoff.State
			m.Watch("p", &st)
			m.Freeze()
			st.Acquire()
			var k handoff.Ticket
			exited, retaken, tried := false, false, false
			m.Go("M", func() {
				k = st.Enter()
				exited = st.Exit(k)
			})
			m.Go("monitor", func() {
				_, call := st.Look()
				if call != 0 {
					tried = true
					retaken = st.Retake(call)
				}
			})
			m.After(func() {
				if exited && tried {
					m.Saw("Exit wins")
				}
				if retaken {
					m.Saw("Retake wins")
				}
				m.Check(exited != retaken, "Exit: %v, Retake: %v", "Exit: %v, Retake: %v", exited, retaken)
				busy, call := st.Look()
				m.Check(busy == exited && call == 0, "Exit: %v, and then Look() = %v, %d", "Exit: %v, 그다음 Look() = %v, %d", exited, busy, call)
			})
		}, "Exit wins", "Retake wins")
	})
}

func TestRetakeOfAnEarlierCall(t *testing.T) {
	check.Task(t, 3, func(t *testing.T) {
		call := check.Say("M: Enter, Exit, Enter, Exit; monitor: Look() = k, Retake(k)", "M: Enter, Exit, Enter, Exit. 모니터: Look() = k, Retake(k)")
		explore(t, 3, call, check.Say("Retake(k) succeeds in the call k alone", "Retake(k)는 호출 k에서만 성공"), ticketRule, func(m *interleave.Model) {
			m.Show(words)
			var st handoff.State
			m.Watch("p", &st)
			m.Freeze()
			st.Acquire()
			var in handoff.Ticket // the call that M is in
			has, calls, retakes := true, 0, 0
			m.Go("M", func() {
				for has && calls < 2 {
					calls++
					in = st.Enter()
					has = st.Exit(in)
					in = 0
				}
			})
			m.Go("monitor", func() {
				_, k := st.Look()
				if k == 0 {
					return
				}
				at := calls
				ok := st.Retake(k)
				if calls != at {
					m.Saw("M is in a later call by then")
				}
				if ok {
					retakes++
					m.Saw("Retake wins")
					m.Check(in == 0 || in == k, "a Retake with the ticket of an earlier call takes the P out of a later one", "이전 호출의 티켓으로 Retake가 나중 호출에서 P를 빼앗습니다")
				}
			})
			m.After(func() {
				m.Check(has == (retakes == 0), "M has the P: %v, successful Retakes: %d", "M이 P를 가짐: %v, 성공한 Retake: %d", has, retakes)
			})
		}, "M is in a later call by then", "Retake wins")
	})
}

func TestExitAfterTheLoss(t *testing.T) {
	check.Task(t, 3, func(t *testing.T) {
		call := check.Say("M1: Enter, Exit; monitor: Look, Retake; M2: Acquire, Enter, Exit, Release", "M1: Enter, Exit. 모니터: Look, Retake. M2: Acquire, Enter, Exit, Release")
		explore(t, 3, call, check.Say("one M at a time has the P, and M1's Exit leaves M2's call alone", "P를 가진 M은 한 번에 하나이고, M1의 Exit은 M2의 호출을 건드리지 않음"), ticketRule, func(m *interleave.Model) {
			m.Show(words)
			var st handoff.State
			m.Watch("p", &st)
			m.Freeze()
			st.Acquire()
			owner, inCall := "M1", "" // who has the P, running or in a call
			lost := false             // and on its way: nobody has it
			has := func(name string) {
				m.Check(owner == name || owner == "", "%s and %s both have the P", "%s, %s 둘 다 P를 가지고 있습니다", owner, name)
				owner = name
			}
			m.Go("M1", func() {
				k := st.Enter()
				ok := st.Exit(k)
				if inCall == "M2" {
					m.Saw("M1 is back while M2 is in a call")
				}
				if !ok {
					m.Check(owner != "M1", "M1 has lost the P, and nobody has taken it", "M1이 P를 잃었는데 아무도 가져가지 않았습니다")
					return
				}
				has("M1")
				owner = ""
				st.Release()
			})
			m.Go("monitor", func() {
				for range 2 {
					_, k := st.Look()
					if k == 0 || !st.Retake(k) {
						continue
					}
					if owner == "M2" {
						lost = true
					}
					owner = ""
				}
			})
			m.Go("M2", func() {
				if !st.Acquire() {
					return
				}
				has("M2")
				k := st.Enter()
				inCall = "M2"
				ok := st.Exit(k)
				inCall = ""
				m.Check(ok != lost, "M2's Exit: %v, but its P was retaken: %v", "M2의 Exit: %v, 그런데 P 회수: %v", ok, lost)
				if ok {
					has("M2")
					owner = ""
					st.Release()
				}
			})
			m.After(func() {
				m.Check(st.Acquire(), "at the end the P is not idle: it is lost", "끝났는데 P가 idle이 아닙니다. 잃어버린 P입니다")
			})
		}, "M1 is back while M2 is in a call")
	})
}

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
			now := time.Duration(rapid.IntRange(20, 30).Draw(rt, "start")) * ms
			var scans []string
			for i := range views {
				views[i] = handoff.View{Busy: true, Tick: uint32(i)}
			}
			next := handoff.Ticket(2)
			for range rapid.IntRange(1, 12).Draw(rt, "scans") {
				idle := rapid.IntRange(0, 1).Draw(rt, "idle")
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

// ---- Task 5: Monitor.Delay ----

var delayRule = check.Say(
	"20 µs after work and for the first 50 rounds in a row without; then twice as long each round, at most 10 ms. Who has found work soon finds more; a monitor that never finds any must not keep a CPU awake",
	"일이 있었던 뒤와 일 없는 첫 50라운드까지는 20 µs, 그다음부터 라운드마다 두 배, 많아야 10 ms입니다. 일을 찾았으면 곧 또 있기 쉽고, 일이 없는 모니터가 CPU를 깨워 두어서는 안 됩니다")

// delayAfter is the delay after n rounds in a row without work.
func delayAfter(n int) time.Duration {
	if n <= 50 {
		return 20 * us
	}
	return min(20*us<<min(n-50, 20), 10*ms)
}

func TestDelayBacksOff(t *testing.T) {
	check.Task(t, 5, func(t *testing.T) {
		for _, first := range []string{"", "Delay(true), "} {
			var m handoff.Monitor
			if first != "" {
				check.Equal(t, "Delay(true)", check.Say("delay", "지연"), m.Delay(true), 20*us, delayRule)
			}
			for n := 1; n <= 100; n++ {
				check.Equal(t, fmt.Sprintf(check.Say("%s%d × Delay(false): the last", "%sDelay(false) %d번: 마지막"), first, n), check.Say("delay", "지연"), m.Delay(false), delayAfter(n), delayRule)
			}
		}
	})
}

func TestDelayBeginsAnewAfterWork(t *testing.T) {
	check.Task(t, 5, func(t *testing.T) {
		check.Model(t, delayRule, func(rt *rapid.T) (call, got, want string) {
			var m handoff.Monitor
			var calls []string
			for range rapid.IntRange(1, 4).Draw(rt, "bouts") {
				n := rapid.IntRange(1, 70).Draw(rt, "idle rounds")
				for i := range n {
					if a, b := m.Delay(false), delayAfter(i+1); a != b {
						return strings.Join(append(calls, fmt.Sprintf("%d × Delay(false)", i+1)), ", "), a.String(), b.String()
					}
				}
				calls = append(calls, fmt.Sprintf("%d × Delay(false)", n), "Delay(true)")
				for range rapid.IntRange(1, 2).Draw(rt, "work") {
					if a := m.Delay(true); a != 20*us {
						return strings.Join(calls, ", "), a.String(), (20 * us).String()
					}
				}
			}
			return "", "", ""
		})
	})
}

// ---- Task 6: Handoff and Back ----

var (
	oneLock = check.Say(
		"look and act under one lock, held once: \"is there work?\" and \"then the P is idle\", \"is there an idle P?\" and \"then the G waits\". If anything comes between, a G waits while a P is idle, and nobody knows",
		"확인과 그에 따른 행동은 락을 한 번 잡은 채 이어서 합니다. \"일이 있나?\"와 \"없으면 P를 쉬게 한다\", \"쉬는 P가 있나?\"와 \"없으면 G가 기다린다\"입니다. 그 사이에 무엇이 끼어들면 P가 쉬는데도 G가 기다리고, 아무도 모릅니다")
	startRule = check.Say(
		"Start is called without the lock: it takes the lock itself to find a spare thread, and to make one takes long",
		"Start는 락 없이 부릅니다. 남는 스레드를 찾으려고 스스로 락을 잡고, 새로 만드는 데는 오래 걸립니다")
	notLost = check.Say(
		"a P that is handed off runs or is idle, exactly one of the two: else it is lost, and with it a part of the machine",
		"넘긴 P는 실행되거나 쉬거나 둘 중 정확히 하나입니다. 아니면 P를 잃고, 그만큼 컴퓨터를 덜 쓰게 됩니다")
	backRule = check.Say(
		"who comes back without a P takes an idle one; only if there is none does the G wait on the global queue. It never does both",
		"P 없이 돌아온 M은 쉬는 P를 얻습니다. 없을 때만 G가 전역 런큐에서 기다립니다. 둘 다 하는 일은 없습니다")
)

// script is a scheduler that notes what it is asked.
type script struct {
	held   bool
	wrong  string
	idle   []int
	global []*machine.G
	steal  bool // there is somebody to steal
	did    []string
}

func (s *script) note(call string, needs bool) {
	if s.did = append(s.did, call); len(s.did) > 100 {
		panic(check.Say("the scheduler is asked again and again: look once, act, and return", "스케줄러의 메서드를 끝없이 부릅니다. 한 번 확인하고, 처리하고, 반환해야 합니다"))
	}
	if s.held != needs && s.wrong == "" {
		s.wrong = call + check.Say(" without the lock", ": 락 없이")
		if s.held {
			s.wrong = call + check.Say(" while the lock is held", ": 락을 잡은 채")
		}
	}
}

func (s *script) Lock()   { s.note("Lock", false); s.held = true }
func (s *script) Unlock() { s.note("Unlock", true); s.held = false }
func (s *script) Work() bool {
	s.note("Work", true)
	return len(s.global) > 0 || s.steal
}
func (s *script) PutIdle(p int) {
	s.note(fmt.Sprintf("PutIdle(%d)", p), true)
	s.idle = append(s.idle, p)
}

func (s *script) TakeIdle() (int, bool) {
	s.note("TakeIdle", true)
	if len(s.idle) == 0 {
		return -1, false
	}
	p := s.idle[len(s.idle)-1]
	s.idle = s.idle[:len(s.idle)-1]
	return p, true
}

func (s *script) PutGlobal(g *machine.G) {
	s.note("PutGlobal("+name(g)+")", true)
	s.global = append(s.global, g)
}
func (s *script) Start(p int) { s.note(fmt.Sprintf("Start(%d)", p), false) }

func name(g *machine.G) string {
	if g == nil {
		return "-"
	}
	return fmt.Sprintf("g%d", g.ID)
}

// acts are what was done, without the locks and looks.
func (s *script) acts() string {
	acts := slices.DeleteFunc(slices.Clone(s.did), func(call string) bool {
		return call == "Lock" || call == "Unlock" || call == "Work"
	})
	return strings.Join(acts, ", ")
}

func (s *script) wants(t *testing.T, call, acts, rule string) {
	t.Helper()
	check.True(t, s.acts() == acts, call, "["+s.acts()+"]", "["+acts+"]", rule)
	lock := oneLock
	if strings.HasPrefix(s.wrong, "Start") {
		lock = startRule
	}
	if s.held && s.wrong == "" {
		s.wrong = check.Say("the lock is still held at the end", "끝났는데 락을 잡은 채임")
	}
	check.True(t, s.wrong == "", call,
		strings.Join(s.did, ", ")+check.Say(": wrong is ", ", 잘못된 것: ")+s.wrong,
		check.Say("Lock, look, act, Unlock; Start without the lock", "Lock, 확인, 처리, Unlock. Start는 락 없이"), lock)
}

func TestHandoffStartsAThreadOrRests(t *testing.T) {
	check.Task(t, 6, func(t *testing.T) {
		g := &machine.G{ID: 4}
		for _, c := range []struct {
			name, nameKO string
			s            *script
			local        bool
			want         string
		}{
			{"work on its own queue", "자기 큐에 일이 있음", &script{}, true, "Start(3)"},
			{"work on the global queue", "전역 런큐에 일이 있음", &script{global: []*machine.G{g}}, false, "Start(3)"},
			{"somebody to steal", "훔칠 고루틴이 있음", &script{steal: true, idle: []int{1}}, false, "Start(3)"},
			{"work everywhere", "어디에나 일이 있음", &script{global: []*machine.G{g}}, true, "Start(3)"},
			{"no work", "일이 없음", &script{}, false, "PutIdle(3)"},
			{"no work, and P1 is idle", "일이 없고 P1이 쉼", &script{idle: []int{1}}, false, "PutIdle(3)"},
		} {
			handoff.Handoff(c.s, 3, c.local)
			c.s.wants(t, fmt.Sprintf("Handoff(s, 3, %v): %s", c.local, check.Say(c.name, c.nameKO)), c.want, notLost)
		}
	})
}

func TestBackFindsAPOrQueues(t *testing.T) {
	check.Task(t, 6, func(t *testing.T) {
		g := &machine.G{ID: 4}
		other := &machine.G{ID: 5}
		s := &script{idle: []int{0, 2}, global: []*machine.G{other}}
		p, ok := handoff.Back(s, g)
		call := check.Say("Back(s, g4), P0 and P2 are idle", "Back(s, g4), P0과 P2가 쉼")
		s.wants(t, call, "TakeIdle", backRule)
		check.True(t, ok && p == 2, call, fmt.Sprintf("%d, %v", p, ok), check.Say("2, true: the P of TakeIdle", "2, true: TakeIdle이 준 P"), backRule)

		s = &script{}
		_, ok = handoff.Back(s, g)
		call = check.Say("Back(s, g4), no P is idle", "Back(s, g4), 쉬는 P 없음")
		s.wants(t, call, "TakeIdle, PutGlobal(g4)", backRule)
		check.Equal(t, call, "ok", ok, false, backRule)
	})
}

// virtual is a scheduler for the explorer: one P, and M2, a spare thread.
type virtual struct {
	interleave.Mutex
	m      *interleave.Model
	st     handoff.State
	idle   []int
	global []*machine.G
	starts int
	wake   interleave.Note // M2 sleeps here
	sleeps bool            // mu guards: M2 waits for a Start
}

func (v *virtual) Work() bool    { return len(v.global) > 0 }
func (v *virtual) PutIdle(p int) { v.idle = append(v.idle, p) }
func (v *virtual) TakeIdle() (int, bool) {
	if len(v.idle) == 0 {
		return -1, false
	}
	v.idle = v.idle[:0]
	return 0, true
}
func (v *virtual) PutGlobal(g *machine.G) { v.global = append(v.global, g) }
func (v *virtual) Start(int) {
	v.starts++
	v.wake.Wakeup()
}

// stranded fails the run if a G waits while the P is idle.
func (v *virtual) stranded() {
	v.m.Check(len(v.global) == 0 || len(v.idle) == 0,
		"all is quiet, the P is idle, and g%[1]d waits on the global queue: it is stranded",
		"모두 조용하고 P는 쉬는데 g%[1]d이(가) 전역 런큐에서 기다립니다. 아무도 데려가지 않습니다", first(v.global))
}

func first(gs []*machine.G) uint64 {
	if len(gs) == 0 {
		return 0
	}
	return gs[0].ID
}

func TestNobodyIsStranded(t *testing.T) {
	check.Task(t, 6, func(t *testing.T) {
		call := check.Say("P0 is retaken. monitor: Handoff(s, 0, false); M1: Back(s, g1)", "P0은 회수되었음. 모니터: Handoff(s, 0, false). M1: Back(s, g1)")
		explore(t, 3, call, check.Say("g1 runs, or P0 is there to run it", "g1이 실행되거나, P0이 g1을 실행하러 감"), oneLock, func(m *interleave.Model) {
			v := &virtual{m: m}
			m.Watch("lock", &v.Mutex)
			g := &machine.G{ID: 1}
			ran := 0
			m.Go("monitor", func() { handoff.Handoff(v, 0, false) })
			m.Go("M1", func() {
				if _, ok := handoff.Back(v, g); ok {
					ran++
					m.Saw("M1 finds the P idle")
				}
			})
			m.After(func() {
				if v.starts > 0 {
					m.Saw("a thread starts for g1")
				}
				m.Check(ran+len(v.global) == 1, "g1 runs %d times, and is %d times on the global queue", "g1이 %d번 실행되고 전역 런큐에 %d번 있습니다", ran, len(v.global))
				m.Check(ran+len(v.idle)+v.starts == 1, "P0: in M1's hands %d, idle %d, started %d: exactly one is right", "P0: M1에게 %d, 쉼 %d, 시작됨 %d. 정확히 하나여야 합니다", ran, len(v.idle), v.starts)
				v.stranded()
			})
		}, "M1 finds the P idle", "a thread starts for g1")
	})
}

func TestTheWholeProtocol(t *testing.T) {
	check.Task(t, 6, func(t *testing.T) {
		call := check.Say("M1 runs g1, in a call; the monitor retakes P0 and hands it off; M2 is spare; g2 waits on P0's queue or nobody does",
			"M1은 g1을 실행하다 호출에 들어감. 모니터는 P0을 회수해 넘김. M2는 남는 스레드. g2가 P0의 큐에서 기다리거나, 아무도 없음")
		for _, local := range []bool{true, false} {
			events := []string{"the call was short", "g1 runs on M2"}
			if !local {
				events = append(events, "M1 finds the P idle")
			}
			explore(t, 3, call, check.Say("one M at a time has P0, each G runs on once, and P0 is idle at the end", "P0을 가진 M은 한 번에 하나, G는 한 번씩 이어서 실행, 끝나면 P0은 쉼"), oneLock, func(m *interleave.Model) {
				m.Show(words)
				v := &virtual{m: m}
				m.Watch("lock", &v.Mutex)
				m.Watch("p", &v.st)
				m.Watch("M2", &v.wake)
				g1, g2 := &machine.G{ID: 1}, &machine.G{ID: 2}
				var queue []*machine.G // P0's own
				if local {
					queue = append(queue, g2)
				}
				v.st.Acquire()
				owner := "M1"
				var ran [3]int
				has := func(name string) {
					m.Check(owner == "", "%s and %s both have P0", "%s, %s 둘 다 P0을 가지고 있습니다", owner, name)
					owner = name
				}
				run := func(name string, g *machine.G) {
					m.Check(owner == name, "%s runs g%d without P0", "%s이(가) P0 없이 g%d을(를) 실행합니다", name, g.ID)
					ran[g.ID]++
					m.Check(ran[g.ID] == 1, "g%d runs on twice", "g%d이(가) 두 번 이어서 실행됩니다", g.ID)
				}
				acquire := func(name string) {
					m.Check(v.st.Acquire(), "%s gets P0, and Acquire says no", "%s이(가) P0을 얻었는데 Acquire가 실패합니다", name)
					has(name)
				}
				// loop runs what there is, and then lets P0 rest.
				loop := func(name string) {
					for {
						var g *machine.G
						if len(queue) > 0 {
							g, queue = queue[0], queue[1:]
						} else {
							v.Lock()
							if len(v.global) == 0 {
								owner = ""
								v.st.Release()
								v.PutIdle(0)
								v.Unlock()
								return
							}
							g, v.global = v.global[0], v.global[1:]
							v.Unlock()
						}
						if g == g1 && name == "M2" {
							m.Saw("g1 runs on M2")
						}
						run(name, g)
					}
				}
				done := 0 // of M1 and the monitor: M2 need not wait any more
				end := func() {
					if done++; done == 2 && v.starts == 0 {
						v.wake.Wakeup()
					}
				}
				m.Go("M1", func() {
					defer end()
					k := v.st.Enter()
					if v.st.Exit(k) {
						m.Check(owner == "M1", "Exit succeeds, but M1 has lost P0", "Exit은 성공했지만 M1은 P0을 잃었습니다")
						m.Saw("the call was short")
					} else if _, ok := handoff.Back(v, g1); ok {
						m.Saw("M1 finds the P idle")
						acquire("M1")
					} else {
						return // M1 parks
					}
					run("M1", g1)
					loop("M1")
				})
				m.Go("monitor", func() {
					defer end()
					_, k := v.st.Look()
					if k == 0 || !v.st.Retake(k) {
						return
					}
					owner = ""
					handoff.Handoff(v, 0, len(queue) > 0)
				})
				m.Go("M2", func() {
					v.wake.Sleep()
					if v.starts == 0 {
						return
					}
					acquire("M2")
					loop("M2")
				})
				m.After(func() {
					v.stranded()
					m.Check(ran[1] == 1, "g1 has run on %d times", "g1이 %d번 이어서 실행되었습니다", ran[1])
					m.Check(len(v.idle) == 1 && v.st.Acquire(), "P0 is not idle at the end: it is lost", "끝났는데 P0이 쉬지 않습니다. 잃어버린 P입니다")
				})
			}, events...)
		}
	})
}

func TestAHundredBlockedThreads(t *testing.T) {
	check.Task(t, 6, func(t *testing.T) {
		n := 100
		if unix {
			n = min(n, (files()-50)/2) // two ends a pipe
		}
		keeps := check.Say("a G in a call keeps its M and not its P: the others run on, and who comes back runs too",
			"호출에 들어간 G가 붙잡는 것은 M이지 P가 아닙니다. 나머지는 계속 실행되고, 돌아온 G도 실행됩니다")
		reuse := check.Say("an M that comes back and finds no P parks, and is started again for the next hand-off: threads are made only when none is spare",
			"돌아왔는데 P가 없는 M은 파킹되었다가 다음 핸드오프에서 다시 쓰입니다. 남는 스레드가 없을 때만 새로 만듭니다")
		check.True(t, works(), check.Say("one call, retaken and handed off, step by step", "호출 하나를 회수하고 넘기기까지 한 단계씩"),
			check.Say("a step does not do what it should", "제대로 되지 않는 단계가 있음"), check.Say("what tasks 2 to 6 say", "과제 2부터 6까지의 내용대로"), keeps)
		toy := newToy()
		var open []*pipe
		defer func() { // when the test fails: let all threads go
			toy.stop()
			for _, pipe := range open {
				_ = pipe.write(0)
			}
		}()
		ticks := make(chan struct{})
		toy.add(&routine{run: func() bool {
			select {
			case ticks <- struct{}{}:
			default:
			}
			return true
		}})
		made := 0
		for round := range 2 {
			entered, resumed := make(chan struct{}, n), make(chan error, n)
			var rs []*routine
			var pipes []*pipe
			for i := range n {
				pipe, err := newPipe()
				if err != nil {
					t.Fatal(err)
				}
				pipes = append(pipes, pipe)
				open = pipes
				var got byte
				rs = append(rs, &routine{
					call: func() {
						entered <- struct{}{}
						got, err = pipe.read()
					},
					run: func() bool {
						if err == nil && got != byte(i) {
							err = fmt.Errorf("G %d has read %d", i, got)
						}
						resumed <- err
						return false
					},
				})
			}
			toy.add(rs...)
			call := fmt.Sprintf(check.Say("round %d, one P, %d Gs blocked in a read, and one that counts", "%d번째 라운드, P 하나, read에서 블로킹된 G %d개와 세는 G 하나"), round+1, n)
			check.Within(t, call+check.Say(": all come to their read", ": 모두 read에 들어감"), keeps, func() {
				for range n {
					<-entered
				}
			})
			check.Within(t, call+check.Say(": it counts on", ": 계속 셈"), keeps, func() {
				for range 100 {
					<-ticks
				}
			})
			for i, pipe := range pipes {
				if err := pipe.write(byte(i)); err != nil {
					t.Fatal(err)
				}
			}
			check.Within(t, call+check.Say(": a byte for each, and all run on", ": 모두에게 한 바이트씩, 모두 이어서 실행"), keeps, func() {
				for range n {
					if err := <-resumed; err != nil {
						toy.says(err.Error())
					}
				}
			})
			check.Within(t, call+check.Say(": then the Ms park", ": 그다음 M들은 파킹"), reuse, toy.settle)
			open = nil
			for _, pipe := range pipes {
				pipe.close()
			}
			if wrong := toy.wrong.Load(); wrong != nil {
				check.Fail(t, call, *wrong, check.Say("one M at a time has the P", "P를 가진 M은 한 번에 하나"), keeps)
			}
			if round == 0 {
				made = toy.threads()
				check.True(t, made > n, call, fmt.Sprintf(check.Say("%d threads", "스레드 %d개"), made), fmt.Sprintf(check.Say("at least %d: one a call, and one that runs", "%d개 이상: 호출마다 하나와 실행하는 것 하나"), n+1), keeps)
			}
		}
		check.Equal(t, check.Say("a second round like the first", "첫 라운드와 같은 두 번째 라운드"), check.Say("threads made", "만든 스레드"), toy.threads(), made, reuse)
		check.Within(t, check.Say("the toy scheduler ends", "장난감 스케줄러를 끝냄"), reuse, toy.close)
	})
}
