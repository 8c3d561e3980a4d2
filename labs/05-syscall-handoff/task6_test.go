package handoff_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"gmplab/internal/check"
	"gmplab/internal/interleave"
	"gmplab/internal/interleave/atomic"
	"gmplab/internal/machine"
	handoff "gmplab/labs/05-syscall-handoff"
)

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
	queued *machine.G // the last on the global queue: as soon as the lock is free it is another M's
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

func (s *script) Lock() { s.note("Lock", false); s.held = true }
func (s *script) Unlock() {
	s.note("Unlock", true)
	s.held = false
	if s.queued != nil {
		s.queued.Link = another
	}
}

// another is what the M that takes a G from the global queue writes into its Link.
var another = &machine.G{ID: 99}

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
	s.queued = g
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
		check.True(t, g.Link == another, call, check.Say("g4 was written after Unlock", "Unlock 뒤에 g4를 씀"), check.Say("g4 as the M left it that took it then", "그때 가져간 M이 둔 그대로의 g4"), check.Say(
			"who queues g is done with it: as soon as the lock is free another M may run it", "큐에 넣은 g는 이제 남의 것입니다. 락을 놓는 순간 다른 M이 실행할 수 있습니다"))
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
		explore(t, call, check.Say("g1 runs, or P0 is there to run it", "g1이 실행되거나, P0이 g1을 실행하러 감"), oneLock, func(m *interleave.Model) {
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
			explore(t, call, check.Say("one M at a time has P0, each G runs on once, and P0 is idle at the end", "P0을 가진 M은 한 번에 하나, G는 한 번씩 이어서 실행, 끝나면 P0은 쉼"), oneLock, func(m *interleave.Model) {
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
				var done atomic.Int32 // of M1 and the monitor: M2 need not wait any more
				m.Watch("done", &done)
				end := func() {
					if done.Add(1) == 2 && v.starts == 0 {
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
