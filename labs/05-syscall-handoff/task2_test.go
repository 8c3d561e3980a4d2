package handoff_test

import (
	"fmt"
	"strings"
	"testing"

	"gmplab/internal/check"
	"gmplab/internal/interleave"
	handoff "gmplab/labs/05-syscall-handoff"
)

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

		// A P makes more calls in a day than fit into a million.
		const many = 1 << 21
		first, again := p.Enter(), 0
		p.Exit(first)
		for range many {
			k := p.Enter()
			if k == first {
				again++
			}
			p.Exit(k)
		}
		check.Equal(t, fmt.Sprintf(check.Say("%d × Enter and Exit", "Enter와 Exit %d번"), many), check.Say("times the first ticket came again", "첫 티켓이 다시 나온 횟수"), again, 0, ticketRule)
	})
}

func TestTheExplorerSeesTheState(t *testing.T) {
	check.Task(t, 2, func(t *testing.T) {
		rule := check.Say(
			"what the explorer does not see it can't try in every order: the state is in types of interleave/atomic, and the locks are those of Sched",
			"탐색기가 볼 수 없는 것은 모든 순서로 시험할 수 없습니다. 상태는 interleave/atomic의 타입에 두고, 락은 Sched의 것을 씁니다")
		want := check.Say("all state of State in interleave/atomic; no package sync, no channel, no go statement",
			"State의 상태는 모두 interleave/atomic에 있음. sync 패키지, 채널, go 문 없음")
		if err := interleave.Fields(handoff.State{}); err != nil {
			check.Fail(t, "handoff.go", err.Error(), want, rule)
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
		explore(t, call, check.Say("one M at a time has the P", "P를 가진 M은 한 번에 하나"), rule, func(m *interleave.Model) {
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
