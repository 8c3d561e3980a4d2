package handoff_test

import (
	"fmt"
	"runtime"
	"sync"
	realatomic "sync/atomic"
	"testing"

	"gmplab/internal/check"
	"gmplab/internal/interleave"
	handoff "gmplab/labs/05-syscall-handoff"
)

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
		explore(t, call, check.Say("exactly one of Exit and Retake wins", "Exit과 Retake 가운데 정확히 하나만 이김"), exactlyOne, func(m *interleave.Model) {
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
		explore(t, call, check.Say("Retake(k) succeeds in the call k alone", "Retake(k)는 호출 k에서만 성공"), ticketRule, func(m *interleave.Model) {
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
		explore(t, call, check.Say("one M at a time has the P, and M1's Exit leaves M2's call alone", "P를 가진 M은 한 번에 하나이고, M1의 Exit은 M2의 호출을 건드리지 않음"), ticketRule, func(m *interleave.Model) {
			m.Show(words)
			var st handoff.State
			m.Watch("p", &st)
			m.Freeze()
			st.Acquire()
			holders := 1                                    // Ms that have the P and run
			back, tickets := [3]bool{}, [3]handoff.Ticket{} // of M1 and M2: what Exit said, of which call
			retaken := map[handoff.Ticket]bool{}
			inCall := false // M2
			// run is what an M does that has the P: a call, and Release.
			run := func(i int) {
				st.Look() // an operation: here another M may come in
				holders--
				tickets[i] = st.Enter()
				inCall = i == 2
				back[i] = st.Exit(tickets[i])
				if i == 1 && inCall {
					m.Saw("M1 is back while M2 is in a call")
				}
				inCall = inCall && i == 1
				if back[i] {
					holders++
					m.Check(holders == 1, "%d Ms have the P", "M %d개가 P를 가지고 있습니다", holders)
					st.Look()
					holders--
					st.Release()
				}
			}
			m.Go("M1", func() { run(1) })
			m.Go("monitor", func() {
				for range 2 {
					if _, k := st.Look(); k != 0 && st.Retake(k) {
						retaken[k] = true
					}
				}
			})
			m.Go("M2", func() {
				if st.Acquire() {
					holders++
					m.Check(holders == 1, "%d Ms have the P", "M %d개가 P를 가지고 있습니다", holders)
					run(2)
				}
			})
			m.After(func() {
				for i := 1; i <= 2; i++ {
					if k := tickets[i]; k != 0 {
						m.Check(back[i] != retaken[k], "M%d's Exit: %v, but its P was retaken: %v", "M%d의 Exit: %v, 그런데 P 회수: %v", i, back[i], retaken[k])
					}
				}
				m.Check(st.Acquire(), "at the end the P is not idle: it is lost", "끝났는데 P가 idle이 아닙니다. 잃어버린 P입니다")
			})
		}, "M1 is back while M2 is in a call")
	})
}

func TestLookIsOfOneMoment(t *testing.T) {
	check.Task(t, 3, func(t *testing.T) {
		rule := check.Say("what Look returns was true at one moment: who looks twice, for each half once, sees a P that never was",
			"Look가 돌려주는 것은 한순간의 모습입니다. 반씩 두 번 보면 한 번도 없었던 P를 보게 됩니다")
		type look struct {
			busy bool
			call handoff.Ticket
		}
		for _, c := range []struct {
			call   string
			before func(st *handoff.State) handoff.Ticket
			then   func(st *handoff.State, k handoff.Ticket) handoff.Ticket
			was    func(l look, k, later handoff.Ticket) bool
		}{
			{check.Say("P is in a call k: the monitor calls Retake(k), another Look()", "P가 호출 k에 있음: 모니터는 Retake(k), 다른 스레드는 Look()"),
				func(st *handoff.State) handoff.Ticket { st.Acquire(); return st.Enter() },
				func(st *handoff.State, k handoff.Ticket) handoff.Ticket { st.Retake(k); return 0 },
				func(l look, k, _ handoff.Ticket) bool { return l == look{true, k} || l == look{false, 0} }},
			{check.Say("P is idle: M calls Acquire() and Enter() = k, another Look()", "P가 idle: M은 Acquire()와 Enter() = k, 다른 스레드는 Look()"),
				func(*handoff.State) handoff.Ticket { return 0 },
				func(st *handoff.State, _ handoff.Ticket) handoff.Ticket { st.Acquire(); return st.Enter() },
				func(l look, _, k handoff.Ticket) bool {
					return l == look{false, 0} || l == look{true, 0} || l == look{true, k}
				}},
		} {
			explore(t, c.call, check.Say("running, in the call, or idle", "실행 중이거나, 호출 중이거나, idle"), rule, func(m *interleave.Model) {
				m.Show(words)
				m.Freeze()
				var st handoff.State
				m.Watch("p", &st)
				k := c.before(&st)
				var later handoff.Ticket
				var l look
				m.Go("M", func() { later = c.then(&st, k) })
				m.Go("other", func() { l.busy, l.call = st.Look() })
				m.After(func() {
					m.Check(c.was(l, k, later), "Look() = %v, %d: at no moment was it so", "Look() = %v, %d: 그런 순간은 없었습니다", l.busy, l.call)
				})
			})
		}
	})
}

func TestLookNeverGoesBack(t *testing.T) {
	check.Task(t, 3, func(t *testing.T) {
		call := check.Say("P is in a call k: M calls Exit(k) and Enter(), another Look() and Look()", "P가 호출 k에 있음: M은 Exit(k)와 Enter(), 다른 스레드는 Look()을 두 번")
		explore(t, call, check.Say("call k, then none, then the next", "호출 k, 그다음 없음, 그다음 새 호출"), check.Say(
			"Look returns the call that the P is in: not one into which it is only about to go", "Look은 P가 지금 있는 호출을 돌려줍니다. 이제 들어가려는 호출이 아닙니다"), func(m *interleave.Model) {
			m.Show(words)
			m.Freeze()
			var st handoff.State
			m.Watch("p", &st)
			st.Acquire()
			k := st.Enter()
			m.Go("M", func() {
				if st.Exit(k) {
					st.Enter()
				}
			})
			m.Go("other", func() {
				_, one := st.Look()
				_, two := st.Look()
				m.Check(one == 0 || one == k || two == one, "in call %d, and after that in %d", "호출 %d에 있더니 그다음에는 %d", one, two)
			})
		})
	})
}

// On real threads, where -race sees also what the explorer does not: state in
// plain memory.
func TestOneHolderThreads(t *testing.T) {
	check.Task(t, 3, func(t *testing.T) {
		const ms, rounds = 4, 500
		call := fmt.Sprintf(check.Say("%d threads, %d times each: Acquire, Enter, Exit, Release; a monitor: Look, Retake", "스레드 %d개가 %d번씩: Acquire, Enter, Exit, Release. 모니터: Look, Retake"), ms, rounds)
		rule := check.Say("one M at a time has the P; and of Exit and Retake exactly one wins", "P를 가진 M은 한 번에 하나이고, Exit과 Retake 가운데 정확히 하나만 이깁니다")
		// Sequentially first.
		p := &p{t: t, rule: stateRule}
		p.want("Acquire()", func() bool { return p.Acquire() }, true)
		var st handoff.State
		inside, most := 0, 0 // whoever has the P may touch them
		var lost, retaken, ended realatomic.Int32
		check.Within(t, call, rule, func() {
			var all sync.WaitGroup
			for range ms {
				all.Go(func() {
					defer ended.Add(1)
					for range rounds {
						for !st.Acquire() {
							runtime.Gosched()
						}
						inside++
						most = max(most, inside)
						inside--
						if k := st.Enter(); !st.Exit(k) {
							lost.Add(1)
							continue
						}
						inside++
						most = max(most, inside)
						inside--
						st.Release()
					}
				})
			}
			all.Go(func() {
				for ended.Load() < ms {
					if _, k := st.Look(); k != 0 && st.Retake(k) {
						retaken.Add(1)
					}
					runtime.Gosched()
				}
			})
			all.Wait()
		})
		check.Equal(t, call, check.Say("Ms with the P at once", "동시에 P를 가진 M"), most, 1, rule)
		check.Equal(t, call, check.Say("calls that lost the P", "P를 잃은 호출"), lost.Load(), retaken.Load(), rule)
		check.Equal(t, call, check.Say("then Acquire", "그 뒤 Acquire"), st.Acquire(), true, rule)
	})
}
