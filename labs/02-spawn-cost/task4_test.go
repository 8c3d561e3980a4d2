package spawn_test

import (
	"bytes"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"gmplab/internal/check"
	spawn "gmplab/labs/02-spawn-cost"
)

// ---- Task 4: Start ----

var (
	itsOwnThread = check.Say(
		"a started function has a thread to itself: its goroutine is locked (runtime.LockOSThread), so no other goroutine can come upon that thread, nor this one upon another",
		"시작한 함수는 스레드를 혼자 씁니다. 고루틴을 스레드에 잠그면(runtime.LockOSThread) 다른 고루틴이 그 스레드에 올라오지 않고, 이 고루틴도 다른 스레드로 옮겨 가지 않습니다")
	reuse = check.Say(
		"a thread whose function has returned parks, and the next Start wakes it: one thread is made only if none is idle",
		"함수가 끝난 스레드는 파킹되고 다음 Start가 그 스레드를 깨웁니다. 파킹된 스레드가 없을 때만 새로 만듭니다")
	lastIn = check.Say(
		"last in, first out: who parked last has its stack and its data in the caches still",
		"마지막에 파킹된 것이 먼저 깨어납니다. 방금까지 일한 스레드의 스택과 데이터는 아직 캐시에 있습니다")
	noThreadLost = check.Say(
		"a panic ends the function, not its thread: OnPanic is told, on that thread, and the thread parks as after any other function",
		"패닉이 나면 함수만 끝나고 스레드는 끝나지 않습니다. 그 스레드에서 OnPanic을 부르고, 다른 함수가 끝났을 때처럼 파킹합니다")
	closeEnds = check.Say(
		"Close ends the idle threads at once and each other one when its function has returned, and waits for these functions, and for OnPanic",
		"Close는 파킹된 스레드를 바로 끝내고, 나머지는 함수가 끝나면 끝냅니다. 그리고 그 함수들과 OnPanic을 기다립니다")
)

// place is where a function runs.
type place struct {
	goroutine, thread string
	locked            bool
}

func thisThread() place {
	at := here()
	at.thread = threadID()
	return at
}

func here() place {
	buf := make([]byte, 200)
	header, _, _ := bytes.Cut(buf[:runtime.Stack(buf, false)], []byte("\n"))
	words := strings.Fields(string(header)) // goroutine 7 [running, locked to thread]:
	return place{goroutine: words[1], locked: bytes.Contains(header, []byte("locked to thread"))}
}

// stuck names the test in which the learner's code did not come to what was
// waited for. Those after it would wait as long.
var stuck string

// becomes waits until what is want, and looks by now, which calls the
// learner's code.
func becomes[T comparable](t *testing.T, call, what, rule string, want T, now func() T) {
	t.Helper()
	var got T
	check.Within(t, call+", "+what, rule, func() {
		for begin := time.Now(); ; runtime.Gosched() {
			if got = now(); got == want || time.Since(begin) > check.Deadline*4/5 {
				return
			}
		}
	})
	if got != want {
		stuck = t.Name()
		check.Fail(t, call, fmt.Sprintf(check.Say("%s = %v, still after %v", "%[1]s = %[2]v, %[3]v가 지나도 그대로"), what, got, check.Deadline*4/5), fmt.Sprintf("%s = %v", what, want), rule)
	}
}

// pool is the Threads under test and the functions that it was given.
type pool struct {
	spawn.Threads
	t    *testing.T
	jobs []*job
}

// newPool returns threads that are closed when the test is over, whatever it
// has left running.
func newPool(t *testing.T) *pool {
	t.Helper()
	if stuck != "" {
		t.Fatalf(check.Say("not run, since in %s something did not come about, for which this test would wait too", "%s에서 기다리던 일이 일어나지 않아 실행하지 않습니다. 이 테스트도 똑같이 기다리게 됩니다"), stuck)
	}
	p := &pool{t: t}
	t.Cleanup(func() {
		for _, j := range p.jobs {
			j.end()
		}
		if !t.Failed() {
			check.Within(t, check.Say("the test is over: Close()", "테스트가 끝나고 Close()"), closeEnds, p.Close)
			return
		}
		done := make(chan struct{}) // whatever is broken has been told
		go func() {
			defer close(done)
			defer func() { _ = recover() }()
			p.Close()
		}()
		select {
		case <-done:
		case <-time.After(time.Second):
		}
	})
	return p
}

// job is a function that says where it runs, and then waits until it may end.
type job struct {
	place
	end func()
}

// add has Threads run a job. It returns what Idle and Created were right after
// Start, and how to wait until the job runs.
func (p *pool) add(call, rule string) (j *job, idle, created int, runs func()) {
	p.t.Helper()
	where, gate := make(chan place, 1), make(chan struct{})
	j = &job{end: sync.OnceFunc(func() { close(gate) })}
	p.jobs = append(p.jobs, j)
	var locked bool
	check.Within(p.t, call, check.Say("Start does not wait for the function that it starts", "Start는 시작한 함수가 끝나기를 기다리지 않습니다"), func() {
		p.Start(func() {
			where <- thisThread()
			<-gate
		})
		idle, created = p.Idle(), p.Created()
		locked = here().locked
	})
	check.True(p.t, created > 0, call, fmt.Sprintf("Created() = %d", created), check.Say("1 or more", "1 이상"), reuse)
	check.True(p.t, !locked, call, check.Say("who called Start is locked to its thread", "Start를 부른 고루틴이 스레드에 잠겨 있음"),
		check.Say("not locked", "잠기지 않음"), check.Say(
			"the goroutine that calls f locks its thread, and not the one that calls Start: that one would be slow for ever, and would take a thread along when it ends",
			"스레드를 잠그는 것은 f를 부르는 고루틴입니다. Start를 부른 고루틴이 잠기면 내내 느려지고, 끝날 때 스레드까지 없앱니다"))
	return j, idle, created, func() {
		p.t.Helper()
		check.Within(p.t, call+check.Say(", f runs", ", f의 실행"), rule, func() { j.place = <-where })
	}
}

// start has Threads run a job, and returns when it runs.
func (p *pool) start(call, rule string) *job {
	p.t.Helper()
	j, _, _, runs := p.add(call, rule)
	runs()
	return j
}

// idle waits until n threads are parked.
func (p *pool) idle(call string, n int, rule string) {
	p.t.Helper()
	becomes(p.t, call, "Idle()", rule, n, p.Idle)
}

// now is a count, by p.Idle or p.Created: no lock was left behind.
func (p *pool) now(call string, count func() int) (n int) {
	p.t.Helper()
	check.Within(p.t, call, check.Say(
		"a lock is held only while a list or a count is read or changed, and is let go on every way out",
		"락은 리스트나 수를 읽거나 바꾸는 동안만 잡고, 함수를 어디서 빠져나가든 놓습니다"), func() { n = count() })
	return n
}

func TestStartGivesAThreadThreads(t *testing.T) {
	check.Task(t, 4, func(t *testing.T) {
		p := newPool(t)
		a := p.start("Start(f)", itsOwnThread)
		check.Equal(t, "Start(f)", "Created()", p.now("Created()", p.Created), 1, reuse)
		check.Equal(t, "Start(f)", "Idle()", p.now("Idle()", p.Idle), 0, check.Say("a thread whose function runs is not idle", "함수를 실행 중인 스레드는 파킹된 스레드로 세지 않습니다"))
		check.True(t, a.locked, "Start(f)", check.Say("f's goroutine is not locked to its thread", "f의 고루틴이 스레드에 잠겨 있지 않음"),
			check.Say("[running, locked to thread] in its stack's header", "스택 덤프의 머리글에 [running, locked to thread]"), itsOwnThread)
		b := p.start("Start(f) Start(g)", itsOwnThread)
		check.Equal(t, "Start(f) Start(g)", "Created()", p.now("Created()", p.Created), 2, reuse)
		check.True(t, b.locked && b.thread != a.thread, "Start(f) Start(g)",
			fmt.Sprintf(check.Say("threads %s and %s, the second locked: %v", "스레드 %s와 %s, 두 번째가 잠겼는지: %v"), a.thread, b.thread, b.locked),
			check.Say("two threads, both locked", "서로 다른 두 스레드, 둘 다 잠김"), itsOwnThread)
	})
}

func TestStartReusesAParkedThreadThreads(t *testing.T) {
	check.Task(t, 4, func(t *testing.T) {
		p := newPool(t)
		first := p.start("Start(f)", reuse)
		call := check.Say("Start(f), f returns", "Start(f), f가 끝남")
		for n := 2; n <= 4; n++ {
			p.jobs[len(p.jobs)-1].end()
			p.idle(call, 1, reuse)
			call += fmt.Sprintf(check.Say(", Start number %d", ", %d번째 Start"), n)
			again := p.start(call, reuse)
			check.True(t, again.thread == first.thread && again.locked, call,
				fmt.Sprintf(check.Say("thread %s, locked: %v", "스레드 %s, 잠겼는지: %v"), again.thread, again.locked),
				fmt.Sprintf(check.Say("thread %s, locked", "스레드 %s, 잠김"), first.thread), reuse)
			check.Equal(t, call, "Created()", p.now("Created()", p.Created), 1, reuse)
			check.Equal(t, call, "Idle()", p.now("Idle()", p.Idle), 0, check.Say("a thread that was woken is not idle", "깨운 스레드는 더는 파킹된 스레드로 세지 않습니다"))
			call += check.Say(", it returns", ", 끝남")
		}
	})
}

func TestStartWakesWhoParkedLastThreads(t *testing.T) {
	check.Task(t, 4, func(t *testing.T) {
		p := newPool(t)
		var running, woken []string
		for range 4 {
			running = append(running, p.start("Start × 4", itsOwnThread).thread)
		}
		for i, which := range []int{2, 0, 3, 1} { // the order of parking
			p.jobs[which].end()
			p.idle(check.Say("Start × 4, they return one by one", "Start 4번, 하나씩 끝남"), i+1, reuse)
		}
		call := check.Say("4 threads, of which the 3rd, 1st, 4th and 2nd parked, in this order; Start × 4", "스레드 4개가 3, 1, 4, 2번 순서로 파킹됨. 그다음 Start 4번")
		for range 4 {
			woken = append(woken, p.start(call, reuse).thread)
		}
		check.Equal(t, call, check.Say("threads", "스레드"), woken, []string{running[1], running[3], running[0], running[2]}, lastIn)
		check.Equal(t, call, "Created()", p.now("Created()", p.Created), 4, reuse)
	})
}

func TestStartMakesOnlyWhatIsMissingThreads(t *testing.T) {
	check.Task(t, 4, func(t *testing.T) {
		p := newPool(t)
		for range 3 {
			p.start("Start × 3", itsOwnThread)
		}
		p.jobs[0].end()
		p.jobs[1].end()
		p.idle(check.Say("3 run, 2 return", "3개 실행, 2개 끝남"), 2, reuse)
		call := check.Say("1 runs, 2 are idle; Start × 4", "1개 실행 중, 2개 파킹. 그다음 Start 4번")
		seen := map[string]bool{p.jobs[2].thread: true}
		for range 4 {
			j := p.start(call, itsOwnThread)
			check.True(t, !seen[j.thread], call, fmt.Sprintf(check.Say("thread %s for two functions at once", "스레드 %s에 함수 두 개가 동시에"), j.thread),
				check.Say("a thread for each", "함수마다 스레드 하나"), itsOwnThread)
			seen[j.thread] = true
		}
		check.Equal(t, call, "Created()", p.now("Created()", p.Created), 5, reuse)
		check.Equal(t, call, "Idle()", p.now("Idle()", p.Idle), 0, reuse)
	})
}

func TestStartCountsBeforeItReturnsThreads(t *testing.T) {
	check.Task(t, 4, func(t *testing.T) {
		// One P: nobody else runs between Start and the look.
		procs := runtime.GOMAXPROCS(1)
		t.Cleanup(func() { runtime.GOMAXPROCS(procs) })
		p := newPool(t)
		const n = 50
		for round := 1; round <= 2; round++ {
			for i := 1; i <= n; i++ {
				_, idle, created, _ := p.add(fmt.Sprintf("Start × %d", i+(round-1)*n), itsOwnThread)
				if round == 1 {
					call := fmt.Sprintf(check.Say("Start × %d; right after it", "Start %d번, 그 직후"), i)
					check.Equal(t, call, "Created()", created, i, check.Say(
						"the thread that Start makes counts before Start returns: count where it is made, not in its own goroutine",
						"새 스레드는 Start가 반환하기 전에 셉니다. 스레드의 고루틴이 아니라 만드는 곳에서 셉니다"))
					continue
				}
				call := fmt.Sprintf(check.Say("%d threads are idle; Start × %d; right after it", "스레드 %d개가 파킹됨. Start %d번, 그 직후"), n, i)
				check.Equal(t, call, "Idle()", idle, n-i, check.Say(
					"a thread that was woken is no longer idle, even before it runs: Start itself takes it off the list",
					"깨운 스레드는 아직 실행되지 않았어도 파킹된 것이 아닙니다. 리스트에서 떼어 내는 일은 Start가 직접 합니다"))
				check.Equal(t, call, "Created()", created, n, reuse)
			}
			if round == 1 {
				for _, j := range p.jobs {
					j.end()
				}
				p.idle(fmt.Sprintf(check.Say("Start × %d, all return", "Start %d번, 모두 끝남"), n), n, check.Say(
					"no thread ends before Close, however many are idle", "스레드가 아무리 많이 파킹되어 있어도 Close 전에는 끝내지 않습니다"))
			}
		}
	})
}

func TestIdleThreadsUseNoCPUThreads(t *testing.T) {
	check.Task(t, 4, func(t *testing.T) {
		p := newPool(t)
		j := p.start("Start(f)", reuse)
		j.end()
		p.idle("Start(f)", 1, reuse)
		call := check.Say("Start(f), f returns, the thread is idle", "Start(f), f가 끝나고 스레드가 파킹됨")
		// A goroutine that waits is in a state such as [chan receive]; one that
		// looks again and again is running, runnable, or asleep between two looks.
		buf := make([]byte, 1<<20)
		rule := check.Say(
			"a parked thread waits to be woken: on a channel, say, or a sync.Cond. One that spins takes a CPU from those who work; one that looks every millisecond keeps a computer awake for nothing",
			"파킹된 스레드는 깨워 줄 때까지 기다립니다. 채널이나 sync.Cond를 쓰면 됩니다. 스핀하는 스레드는 일하는 쪽의 CPU를 빼앗고, 1밀리초마다 들여다보는 스레드는 쓸데없이 컴퓨터를 깨웁니다")
		becomes(t, call, check.Say("it looks for work again and again", "일이 있는지 계속 들여다봄"), rule, false, func() bool {
			dump := string(buf[:runtime.Stack(buf, true)])
			_, state, _ := strings.Cut(dump, "goroutine "+j.goroutine+" [")
			state, _, _ = strings.Cut(state, "]")
			return strings.HasPrefix(state, "run") || strings.HasPrefix(state, "sleep")
		})
		// One that waits for a timer looks like one that waits. But the kernel
		// counts how often a thread goes to sleep: one that stays parked never again.
		// In a window a timer of ours fires 25 times, so that a poller's has had its
		// turns too, however busy the machine is.
		check.True(t, staysAsleep(j.thread, 10), call,
			check.Say("it has slept and woken again, in each of 10 windows of 50 ms", "50밀리초씩 열 번을 지켜보는 동안 번번이 깨었다가 다시 잠듦"),
			check.Say("in one of them it stays asleep", "그 가운데 한 번은 내내 잠들어 있음"), rule)
	})
}

func TestAStartedFunctionMayStartThreads(t *testing.T) {
	check.Task(t, 4, func(t *testing.T) {
		p := newPool(t)
		inner := make(chan place, 1)
		outer := make(chan place, 1)
		call := check.Say("Start(f), f calls Start(g), Idle and Created", "Start(f), f 안에서 Start(g), Idle, Created")
		rule := check.Say("the lock guards the list of threads, not the functions: hold it for as long as a list is changed",
			"락이 지키는 것은 스레드의 리스트이지 함수가 아닙니다. 리스트를 바꾸는 동안만 잡습니다")
		check.Within(t, call, rule, func() {
			p.Start(func() {
				p.Start(func() { inner <- thisThread() })
				p.Idle()
				p.Created()
				outer <- thisThread()
			})
		})
		check.True(t, p.now("Created()", p.Created) > 0, call, "Created() = 0", "2", rule)
		var a, b place
		check.Within(t, call, rule, func() { a, b = <-outer, <-inner })
		check.True(t, a.thread != b.thread, call, fmt.Sprintf(check.Say("both on thread %s", "둘 다 스레드 %s에서"), a.thread), check.Say("two threads", "서로 다른 스레드"), itsOwnThread)
		p.idle(call, 2, reuse)
		check.Equal(t, call, "Created()", p.now("Created()", p.Created), 2, reuse)
	})
}
