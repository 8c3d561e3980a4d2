// Package handoff keeps a processor busy while its thread is stuck in the
// kernel: lab 05.
//
// A G is a goroutine, an M a thread, a P a processor: the right to run
// goroutines. A blocking call keeps its M in the kernel, for how long nobody
// knows, and takes the P along. So the P stays with its M for a short call,
// and is taken away in a long one: by the monitor, a thread of its own that
// needs no P. M and monitor agree by one word, the State of the P: exactly one
// of them has it afterwards. A P that was taken is handed off to another M, or
// is idle; an M that comes back without its P finds an idle one, or leaves its
// G on the global queue.
package handoff

import (
	"time"

	"gmplab/internal/interleave/atomic"
	"gmplab/internal/machine"
)

// Saved is what is kept of a goroutine that does not run: here just the place
// where it goes on. In the machine it is machine.Context.
type Saved struct{ PC atomic.Uint64 }

// Ready is where one goroutine waits for a thread: nil, or who waits. The
// runtime's name: sched.runq, which has room for more.
type Ready = atomic.Pointer[Saved]

// Yield gives g up, which has run up to pc on the calling thread: it keeps pc
// in g.PC and puts g into ready, from where any thread may take it to run it.
// The runtime's names: mcall, which saves (before a call: save), then globrunqput.
func Yield(ready *Ready, g *Saved, pc uint64) {
	// TODO(task 1): the order of these two lines is wrong. Read the trace that the
	// test prints, and say which thread runs what before you change it.
	// 할 일(과제 1): 두 줄의 순서가 잘못되었습니다. 고치기 전에 테스트가 보여 주는 트레이스를
	// 읽고, 어느 스레드가 무엇을 실행하는지 말해 봅니다.
	ready.Store(g)
	g.PC.Store(pc)
}

// Ticket identifies one call of one P. It is never 0.
type Ticket uint64

// State says who has a P. It is idle: nobody runs with it, and it may be
// acquired. Or an M runs with it; or that M is in a call. The zero value is
// idle. No method waits for another thread: whoever is stopped in the middle of
// one holds up nobody. The runtime's names: the P's status; since Go 1.26 whether it is in a
// call is read from its G instead.
type State struct {
	// Any M and the monitor, atomic: the status, and above it the tick, which
	// counts the calls. In one word, so that one CAS compares both.
	word atomic.Uint64
}

const (
	idle    = 0
	running = 1
	inCall  = 2
	status  = 3 // the bits of the status
	oneCall = 4 // one more in the tick
)

// Acquire takes the P if it is idle, and reports whether it did: of several
// at once one wins. Then the caller runs with it. The runtime's names: pidleget,
// under the lock, decides who gets it; acquirep then makes it running, and throws
// if it isn't idle.
func (s *State) Acquire() bool {
	// TODO(task 2): load the word. Is its status idle? Then try to make it running,
	// tick unchanged: CompareAndSwap, for another may be trying the same.
	// 할 일(과제 2): 워드를 읽습니다. 상태가 idle이면 틱은 그대로 두고 running으로 바꿔
	// 봅니다. 다른 스레드도 같은 일을 할 수 있으니 CompareAndSwap입니다.
	return false
}

// Release gives up the P, with which the caller runs: it is idle. The
// runtime's name: releasep.
func (s *State) Release() {
	// TODO(task 2): from running to idle, tick unchanged.
	// 할 일(과제 2): running에서 idle로 바꿉니다. 틱은 그대로입니다.
}

// Enter says that the caller, who runs with the P, goes into a call now. The P
// stays where it is; from now on the monitor may take it. The ticket is of this
// call alone: no other call of this P has it, before or after. The runtime's
// name: entersyscall.
func (s *State) Enter() Ticket {
	// TODO(task 2): from running to inCall, and the tick goes up by one. The new
	// word is a good ticket.
	// 할 일(과제 2): running에서 inCall로 바꾸고 틱을 1 올립니다. 새 워드를 그대로 티켓으로
	// 쓰면 됩니다.
	return 0
}

// Exit ends the call t, and reports whether the caller still has its P, with
// which it runs on as if nothing had been. If not, the monitor has taken it,
// and Exit leaves alone whatever the P does now. The runtime's name: the fast
// path of exitsyscall.
func (s *State) Exit(t Ticket) bool {
	// TODO(task 2): only if the word is still that of the call t, back to running.
	// 할 일(과제 2): 워드가 아직 호출 t의 것일 때만 running으로 되돌립니다.
	return false
}

// Retake takes the P out of the call t: it is idle then, and the caller's to
// hand off. It reports false, and changes nothing, if the P isn't in this
// call any more. Of Exit and Retake of one ticket exactly one succeeds. The
// runtime's names, in retake: setBlockOnExitSyscall, which may say no, and then
// takeP.
func (s *State) Retake(t Ticket) bool {
	// TODO(task 3): only if the word is still that of the call t, to idle.
	// 할 일(과제 3): 워드가 아직 호출 t의 것일 때만 idle로 바꿉니다.
	return false
}

// Look returns whether an M has the P, running or in a call, and in which call
// it is: 0 means in none. Anybody may look.
func (s *State) Look() (busy bool, call Ticket) {
	// TODO(task 2): one Load, and then the bits of the status.
	// 할 일(과제 2): Load 한 번으로 읽고 상태 비트를 봅니다.
	return false, 0
}

// Slice is for how long a P may stay in one time slice. The runtime's name:
// forcePreemptNS.
const Slice = 10 * time.Millisecond

// View is what the monitor sees of a P. It may be a moment old: whether the P is
// still in the call, only Retake tells.
type View struct {
	Busy  bool   // an M has it; if not, the rest says nothing
	Call  Ticket // the call that the M is in; 0: none, it runs
	Tick  uint32 // time slices begun, as lab 04 counts them
	Empty bool   // nobody is on the P's own queue
}

// Monitor watches the Ps. One thread uses it. The zero value is ready. The
// runtime's name: sysmon, which keeps a sysmontick in each P.
type Monitor struct {
	// TODO(task 4): what you remember of each P.
	// TODO(task 5): how many rounds were without work, and the last delay.
	// 할 일(과제 4): P마다 기억할 것.
	// 할 일(과제 5): 일이 없던 라운드의 수와 마지막 지연 시간.
}

// Scan looks at all Ps, of which views[i] is P i, and returns in ascending
// order from which of them to retake the P, and on which of them to preempt
// the G. now is the time since the monitor began; it never goes back. idleOrSpinning is
// how many Ps are idle and how many Ms look for work. For each busy P:
//
//  1. Its time slice is over when Tick is the same as in a scan at least Slice
//     ago. (A Tick counts from the scan that first saw it on a busy P.)
//  2. It runs: preempt the G if the slice is over.
//  3. It is in a call that no scan has noted yet, and the slice is not over:
//     note it with the time, and leave it alone.
//  4. It is in any other call: retake it. But if its queue is empty and
//     idleOrSpinning is not 0, wait until the last note of this P is Slice old;
//     with no note of it yet, don't wait.
//
// The runtime's name: retake.
func (m *Monitor) Scan(now time.Duration, views []View, idleOrSpinning int) (retake, preempt []int) {
	// TODO(task 4): for each P remember the Tick, the Call, and when each was first
	// seen. The rules above, in their order, are a switch of four cases.
	// 할 일(과제 4): P마다 Tick과 Call, 그리고 각각을 언제 처음 보았는지 기억합니다. 위의
	// 규칙을 순서대로 쓰면 case 네 개짜리 switch입니다.
	return nil, nil
}

// Delay returns for how long the monitor sleeps before its next scan; worked
// says whether in the last one it retook a P. After work, and in the first 50
// rounds in a row without: 20 µs. In each further round without work twice as
// long as before, at most 10 ms. It doesn't sleep itself. The runtime's name: the
// head of sysmon's loop.
func (m *Monitor) Delay(worked bool) time.Duration {
	// TODO(task 5): count the rounds without work; after work begin anew.
	// 할 일(과제 5): 일이 없던 라운드를 세고, 일이 있었으면 처음부터 다시 시작합니다.
	return 0
}

// Sched is what a hand-off needs of the scheduler: its one lock, the idle Ps,
// the global queue, threads. Ps go by their numbers. A P that TakeIdle returns
// or Start gets is idle by its State until its new M calls Acquire.
type Sched interface {
	// The scheduler's one lock. It can't be taken twice.
	Lock()
	Unlock()

	// Work, with the lock held: does anybody wait whom any P could run, on the
	// global queue or to be stolen?
	Work() bool
	// PutIdle, with the lock held: p is one of the idle Ps from now on.
	PutIdle(p int)
	// TakeIdle, with the lock held: takes one of the idle Ps, if there is one.
	TakeIdle() (p int, ok bool)
	// PutGlobal, with the lock held: g waits on the global queue from now on.
	PutGlobal(g *machine.G)

	// Start, without the lock, which it may take: a thread runs with p from now
	// on, a spare one, else a new one.
	Start(p int)
}

// Handoff passes on p, whose State is idle: the caller has retaken it, or has
// released it before a call that will be long. local says whether somebody is on
// p's own queue. If there is anything to run, a thread starts with p, else p
// joins the idle Ps. Nobody may be able to put work on the global queue between
// the look and the act. The runtime's name: handoffp.
func Handoff(s Sched, p int, local bool) {
	// TODO(task 6): is there work, here or by s.Work? Start. If not, PutIdle before
	// you unlock. And unlock before you Start.
	// 할 일(과제 6): 이 P의 큐나 s.Work에 일이 있으면 Start를 부릅니다. 없으면 락을 풀기 전에
	// PutIdle합니다. Start는 락을 푼 뒤에 부릅니다.
}

// Back is for an M that comes out of a call, with g, whose P was taken. If
// there is an idle P, it is the caller's, to run g with: ok is true. Else g,
// which was saved before the call, waits on the global queue: it is not the
// caller's any more, and its M parks. Nobody may be able to leave a P idle
// between the look and the act. The runtime's names: exitsyscallTryGetP,
// exitsyscallNoP.
func Back(s Sched, g *machine.G) (p int, ok bool) {
	// TODO(task 6): TakeIdle, else PutGlobal, and all under one Lock.
	// 할 일(과제 6): TakeIdle을 하고, 없으면 PutGlobal입니다. 전부 Lock 한 번 안에서 합니다.
	return 0, false
}
