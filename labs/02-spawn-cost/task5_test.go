package spawn_test

import (
	"bytes"
	"context"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"gmplab/internal/check"
	"gmplab/internal/harness"
	spawn "gmplab/labs/02-spawn-cost"
)

// ---- Task 5: Close and panics ----

func TestAPanicLosesNoThreadThreads(t *testing.T) {
	check.Task(t, 5, func(t *testing.T) {
		p := newPool(t)
		type told struct {
			value  any
			thread string
			locked bool
		}
		reports := make(chan told, 10)
		p.OnPanic = func(v any) { reports <- told{v, threadID(), here().locked} }
		first := p.start("Start(f)", reuse)
		first.end()
		p.idle("Start(f)", 1, reuse)
		for _, value := range []any{"boom", 42} {
			call := fmt.Sprintf(check.Say("Start(f), f panics with %v", "Start(f), f가 %v로 패닉"), value)
			check.Within(t, call, noThreadLost, func() { p.Start(func() { panic(value) }) })
			var r told
			check.Within(t, call, noThreadLost, func() { r = <-reports })
			check.True(t, r.value == value && r.thread == first.thread && r.locked, call,
				fmt.Sprintf(check.Say("OnPanic(%v) on thread %s", "스레드 %[2]s에서 OnPanic(%[1]v)"), r.value, r.thread),
				fmt.Sprintf(check.Say("OnPanic(%v) on thread %s", "스레드 %[2]s에서 OnPanic(%[1]v)"), value, first.thread), noThreadLost)
			p.idle(call, 1, noThreadLost)
			j := p.start(call+", Start(g)", noThreadLost)
			check.True(t, j.thread == first.thread && j.locked && p.now("Created()", p.Created) == 1, call+", Start(g)",
				fmt.Sprintf(check.Say("thread %s, locked: %v, Created() = %d", "스레드 %s, 잠겼는지: %v, Created() = %d"), j.thread, j.locked, p.now("Created()", p.Created)),
				fmt.Sprintf(check.Say("thread %s, locked, Created() = 1", "스레드 %s, 잠김, Created() = 1"), first.thread), noThreadLost)
			j.end()
			p.idle(call+", Start(g)", 1, noThreadLost)
		}
		check.Equal(t, check.Say("two panics", "패닉 두 번"), check.Say("more reports", "남은 보고 수"), len(reports), 0, check.Say(
			"a function that returns is no panic", "정상적으로 끝난 함수는 패닉이 아닙니다"))
	})
}

func TestOnPanicMayStartThreads(t *testing.T) {
	check.Task(t, 5, func(t *testing.T) {
		p := newPool(t)
		type told struct{ idle, before, after int }
		reports, ran := make(chan told, 1), make(chan struct{}, 1)
		p.OnPanic = func(any) {
			r := told{idle: p.Idle(), before: p.Created()}
			p.Start(func() { ran <- struct{}{} })
			r.after = p.Created()
			reports <- r
		}
		call := check.Say("Start(f), f panics, OnPanic calls Idle, Created, Start(g) and Created", "Start(f), f가 패닉, OnPanic 안에서 Idle, Created, Start(g), Created")
		rule := check.Say("no lock is held while OnPanic runs, and the thread on which it runs is not idle yet",
			"OnPanic이 실행되는 동안에는 락을 잡지 않습니다. OnPanic을 실행하는 스레드는 아직 파킹된 스레드가 아닙니다")
		var r told
		check.Within(t, call, rule, func() { p.Start(func() { panic("boom") }) })
		check.True(t, p.now("Created()", p.Created) > 0, call, "Created() = 0", "1", rule)
		check.Within(t, call, rule, func() { r = <-reports; <-ran })
		check.Equal(t, call, check.Say("Idle(), Created() and, after Start(g), Created()", "Idle(), Created(), 그리고 Start(g) 뒤의 Created()"),
			fmt.Sprint(r.idle, r.before, r.after), "0 1 2", rule)
		p.idle(call, 2, noThreadLost)
	})
}

// parts["panic"] is this test's other half.
func TestAPanicWithoutOnPanicEndsTheProgramThreads(t *testing.T) {
	check.Task(t, 5, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), check.Deadline)
		defer cancel()
		cmd := harness.Child(ctx, t, "panic", 0)
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		err := cmd.Run()
		harness.Started(t, cmd, err)
		got, _, _ := strings.Cut(stderr.String(), "\n\n") // what the program says before the stacks
		check.True(t, err != nil && ctx.Err() == nil && strings.Contains(got, "boom") && !strings.Contains(got, "nil pointer"),
			check.Say(`OnPanic is nil, Start(f), f panics with "boom"; in a program of its own`, `OnPanic이 nil일 때 Start(f), f가 "boom"으로 패닉. 따로 띄운 프로그램에서`),
			fmt.Sprintf(check.Say("%v, stderr: %q", "%v, 표준 오류: %q"), cmd.ProcessState, got),
			check.Say(`exit status 2, "boom" on stderr and no second panic`, `exit status 2, 표준 오류에 "boom"이 있고 다른 패닉은 없음`), check.Say(
				"nobody wants to be told: then the program ends by the panic of f, as with any goroutine. A recover would swallow the bug, and a call of the nil OnPanic would be a bug of its own: recover only if OnPanic is set",
				"알려 달라는 곳이 없으면 여느 고루틴처럼 f의 패닉으로 프로그램이 끝납니다. recover하면 버그를 삼키게 되고, nil인 OnPanic을 부르면 또 다른 패닉이 납니다. OnPanic이 있을 때만 recover합니다"))
	})
}

func TestCloseEndsTheThreadsThreads(t *testing.T) {
	check.Task(t, 5, func(t *testing.T) {
		var none spawn.Threads
		check.Within(t, check.Say("Close() of Threads that started nothing", "아무것도 시작하지 않은 Threads에 Close()"), closeEnds, none.Close)

		p := newPool(t)
		for range 4 {
			p.start("Start × 4", itsOwnThread)
		}
		for _, j := range p.jobs {
			j.end()
		}
		p.idle(check.Say("Start × 4, all return", "Start 4번, 모두 끝남"), 4, reuse)
		call := check.Say("Start × 4, all return, Close()", "Start 4번, 모두 끝남, Close()")
		check.Within(t, call, closeEnds, p.Close)
		check.Equal(t, call, "Idle()", p.now("Idle()", p.Idle), 0, closeEnds)
		check.Equal(t, call, "Created()", p.now("Created()", p.Created), 4, check.Say("Created counts those that have ended too", "Created는 끝난 스레드도 셉니다"))
		for _, j := range p.jobs {
			becomes(t, call, fmt.Sprintf(check.Say("thread %s is gone", "스레드 %s가 사라졌는지"), j.thread), check.Say(
				"a goroutine that ends while it is locked takes its thread along: return from it, and don't unlock",
				"잠긴 채로 끝나는 고루틴은 스레드도 함께 끝냅니다. 잠금을 풀지 말고 그대로 반환합니다"), true, func() bool { return gone(j.thread) })
		}
		check.Within(t, call+" Close()", closeEnds, p.Close)
	})
}

// closesEarly has one thread idle and one in f, which calls block. It calls
// Close so many times at once, and reports whether the last one was over while
// f was in block.
func (p *pool) closesEarly(call string, closes int, f func(block func())) bool {
	p.t.Helper()
	idle := p.start(call, reuse)
	started, gate, over, seen := make(chan struct{}), make(chan struct{}), make(chan struct{}), make(chan struct{})
	open := sync.OnceFunc(func() { close(gate) })
	p.t.Cleanup(open)
	var early atomic.Bool
	block := func() {
		defer close(seen)
		close(started)
		<-gate
		for range 2000 { // a Close that does not wait is over long before
			select {
			case <-over:
				early.Store(true)
				return
			default:
				runtime.Gosched()
			}
		}
	}
	check.Within(p.t, call, closeEnds, func() {
		p.Start(func() { f(block) })
		<-started
	})
	idle.end()
	p.idle(call, 1, reuse)
	var all sync.WaitGroup
	for n := range closes {
		all.Go(func() {
			if n == closes-1 {
				defer close(over)
			}
			p.Close()
		})
		becomes(p.t, call, "Idle()", closeEnds, 0, p.Idle) // by now the first one has begun
	}
	open()
	check.Within(p.t, call, closeEnds, func() {
		all.Wait()
		<-seen
	})
	return early.Load()
}

func TestCloseWaitsForFunctionsThatRunThreads(t *testing.T) {
	check.Task(t, 5, func(t *testing.T) {
		p := newPool(t)
		call := check.Say("one thread runs f, one is idle: Close(), then f returns", "한 스레드는 f를 실행 중, 하나는 파킹: Close(), 그 뒤에 f가 끝남")
		var running place
		ended := false
		early := p.closesEarly(call, 1, func(block func()) {
			running = thisThread()
			block()
			ended = true
		})
		check.True(t, ended && !early, call, check.Say("Close() returned while f was running", "f가 실행되는 동안 Close()가 끝남"),
			check.Say("Close() returns after f", "f가 끝난 뒤에 Close()가 끝남"), closeEnds)
		check.Equal(t, call, "Idle()", p.now("Idle()", p.Idle), 0, check.Say(
			"a thread whose function returns after Close must not park: nobody would wake it again",
			"Close 뒤에 함수가 끝난 스레드는 파킹해서는 안 됩니다. 다시 깨워 줄 이가 없습니다"))
		becomes(t, call, fmt.Sprintf(check.Say("thread %s is gone", "스레드 %s가 사라졌는지"), running.thread), closeEnds, true, func() bool { return gone(running.thread) })
	})
}

func TestCloseWaitsForOnPanicThreads(t *testing.T) {
	check.Task(t, 5, func(t *testing.T) {
		p := newPool(t)
		call := check.Say("one thread runs OnPanic, one is idle: Close(), then OnPanic returns", "한 스레드는 OnPanic을 실행 중, 하나는 파킹: Close(), 그 뒤에 OnPanic이 끝남")
		p.OnPanic = func(block any) { block.(func())() }
		early := p.closesEarly(call, 1, func(block func()) { panic(block) })
		check.True(t, !early, call, check.Say("Close() returned while OnPanic was running", "OnPanic이 실행되는 동안 Close()가 끝남"),
			check.Say("Close() returns after OnPanic", "OnPanic이 끝난 뒤에 Close()가 끝남"), closeEnds)
	})
}

func TestEveryCloseWaitsThreads(t *testing.T) {
	check.Task(t, 5, func(t *testing.T) {
		p := newPool(t)
		call := check.Say("one thread runs f, one is idle: Close(), Close() by another goroutine, then f returns", "한 스레드는 f를 실행 중, 하나는 파킹: Close(), 다른 고루틴에서 또 Close(), 그 뒤에 f가 끝남")
		early := p.closesEarly(call, 2, func(block func()) { block() })
		check.True(t, !early, call, check.Say("the second Close() returned while f was running", "f가 실행되는 동안 두 번째 Close()가 끝남"),
			check.Say("it returns after f, as the first does", "첫 번째처럼 f가 끝난 뒤에 끝남"), check.Say(
				"when a Close has returned, whichever it is, no function runs any more: who called it may rely on that",
				"어느 Close든 끝났다면 실행 중인 함수가 더는 없습니다. Close를 부른 쪽은 그렇게 믿습니다"))
	})
}

func TestCloseRightAfterStartThreads(t *testing.T) {
	check.Task(t, 5, func(t *testing.T) {
		for round := range 300 {
			n := 1 + round%3
			call := fmt.Sprintf(check.Say("new Threads, %d × Start(f), Close() at once", "새 Threads에 Start(f) %d번, 바로 Close()"), n)
			var p spawn.Threads
			var ran atomic.Int32
			check.Within(t, call, closeEnds, func() {
				for range n {
					p.Start(func() { ran.Add(1) })
				}
				p.Close()
			})
			check.Equal(t, call, check.Say("functions that have run", "실행된 함수 수"), ran.Load(), int32(n), check.Say(
				"Close waits for every function that was started, also for one whose thread has not run at all: count the thread in Start, before its goroutine is there",
				"Close는 시작한 함수를 모두 기다립니다. 스레드가 아직 한 번도 실행되지 않았어도 그렇습니다. 스레드는 고루틴이 생기기 전에 Start에서 셉니다"))
		}
	})
}

func TestStartAfterClosePanicsThreads(t *testing.T) {
	check.Task(t, 5, func(t *testing.T) {
		p := newPool(t)
		p.start("Start(f)", reuse).end()
		p.idle("Start(f)", 1, reuse)
		check.Within(t, "Start(f) Close()", closeEnds, p.Close)
		var value any
		ran := make(chan struct{}, 1)
		check.Within(t, "Start(f) Close() Start(g)", closeEnds, func() {
			defer func() { value = recover() }()
			p.Start(func() { ran <- struct{}{} })
		})
		check.True(t, value != nil, "Start(f) Close() Start(g)", check.Say("no panic", "패닉 없음"), check.Say("a panic", "패닉"), check.Say(
			"there is no thread any more that could run g, and none may be made: to lose g in silence would be worse than to panic",
			"g를 실행할 스레드가 더는 없고 새로 만들 수도 없습니다. 조용히 g를 잃는 것보다 패닉이 낫습니다"))
		check.Within(t, "Start(f) Close() Start(g) Idle() Close()", check.Say("a panic leaves no lock behind: defer its Unlock", "패닉이 나도 락이 남아서는 안 됩니다. Unlock은 defer로 부릅니다"), func() {
			p.Idle()
			p.Close()
		})
		check.Equal(t, "Start(f) Close() Start(g)", "Created()", p.now("Created()", p.Created), 1, check.Say("a refused Start makes no thread", "거절된 Start는 스레드를 만들지 않습니다"))
	})
}

func TestStampedeThreads(t *testing.T) {
	check.Task(t, 5, func(t *testing.T) {
		p := newPool(t)
		p.start("Start(f)", reuse).end()
		p.idle("Start(f)", 1, reuse)

		const starters = 4
		each := many(2000)
		call := fmt.Sprintf(check.Say("%d goroutines, each %d times: Start(f) and wait for f; every 10th f panics", "고루틴 %d개가 각각 %d번: Start(f) 뒤에 f를 기다림. 열에 하나는 패닉"), starters, each)
		var ran, panics, shared, loose atomic.Int64
		var busy sync.Map // thread: a function runs on it
		p.OnPanic = func(any) { panics.Add(1) }
		check.Within(t, call, reuse, func() {
			var all sync.WaitGroup
			for range starters {
				all.Go(func() {
					for i := range each {
						done := make(chan struct{})
						p.Start(func() {
							defer close(done)
							thread := threadID()
							if _, taken := busy.LoadOrStore(thread, true); taken {
								shared.Add(1)
							}
							defer busy.Delete(thread)
							if i%100 == 0 && !here().locked {
								loose.Add(1)
							}
							ran.Add(1)
							if i%10 == 0 {
								panic("one in ten")
							}
						})
						<-done
					}
				})
			}
			all.Wait()
		})
		check.Equal(t, call, check.Say("functions that ran", "실행된 함수 수"), ran.Load(), int64(starters*each), check.Say("every function runs once", "함수마다 한 번 실행됩니다"))
		check.Equal(t, call, check.Say("functions on a thread where another ran", "다른 함수가 실행 중인 스레드에서 실행된 함수 수"), shared.Load(), int64(0), itsOwnThread)
		check.Equal(t, call, check.Say("functions that were not locked", "잠기지 않은 함수 수"), loose.Load(), int64(0), itsOwnThread)
		becomes(t, call, check.Say("Idle() - Created()", "Idle() - Created()"), noThreadLost, 0, func() int { return p.Idle() - p.Created() })
		becomes(t, call, check.Say("panics told", "보고된 패닉 수"), noThreadLost, int64(starters*((each+9)/10)), panics.Load)
		check.Within(t, call+" Close()", closeEnds, p.Close)
	})
}
