// Package spawn makes goroutines and threads, and as few as it can: lab 02.
//
// A goroutine that has exited leaves two things that are still good: its
// descriptor, a machine.G, and its stack. A free list keeps them for the next
// one. Each P has its own and takes no lock; what one P has too many of, others
// get in batches, through one shared list. So a go statement needs neither the
// kernel nor the allocator for its goroutine (newproc1, gfget and gfput in
// runtime/proc.go). What it may still cost is a closure, and a call of the
// kernel that wakes a thread for an idle P.
//
// A thread that has nothing to do is not ended but parked: to wake it costs
// less than to make one. What is woken is the one that parked last (mput and
// mget in runtime/proc.go).
package spawn

import "gmplab/internal/machine"

// StackWords is the size of a goroutine's first stack in words: 2 KB. A bigger
// one has grown. The runtime's name: stackMin, which is in bytes.
const StackWords = 256

// Shared is the dead goroutines that no P holds. The zero value has none; any
// thread may use it. The runtime's name: sched.gFree.
type Shared struct {
	// TODO(task 3): a lock, and the goroutines that it guards.
	// 할 일(과제 3): 락 하나와 그 락이 지키는 고루틴들입니다.
}

// FreeList is the dead goroutines of one P, whose thread alone uses it. The
// zero value is an empty list. The runtime's name: p.gFree.
type FreeList struct {
	Shared   *Shared             // where batches go and come from; nil: this list keeps all
	PutStack func(machine.Stack) // takes a grown stack back; nil: nobody wants it

	// TODO(task 1): where the list begins. Task 3 wants to know how long it is.
	// 할 일(과제 1): 리스트가 시작하는 곳입니다. 과제 3에서는 길이도 알아야 합니다.
}

// Put takes g, which has exited, and makes it Dead; from now on it is the
// list's. A stack of more than StackWords words is given to PutStack, once,
// and g.Stack is the zero Stack then: before any list has g, and without a
// lock. Any other stack stays with g. With Shared, a list that has 64 after
// this moves 33 of them there, whichever, and keeps 31. Put allocates nothing
// once the lists have had as many. The runtime's name: gfput.
func (f *FreeList) Put(g *machine.G) {
	// TODO(task 1): g is Dead now (g.Status.Store), and the first of the list
	// (the simplest way): its Link is who was the first until now.
	// TODO(task 3): before that, a grown stack goes back. After that, a list of
	// 64 is too long for one P.
	// 할 일(과제 1): g는 이제 Dead이고(g.Status.Store), 가장 간단한 방법은 g를 리스트의 맨 앞에
	// 두는 것입니다. 지금까지 첫 번째이던 것이 g의 Link가 됩니다.
	// 할 일(과제 3): 그 전에 커진 스택을 돌려줍니다. 그 뒤에 64개가 되었다면 P 하나에는
	// 너무 많습니다.
}

// Get takes a dead goroutine, with a stack or without, whose Link is nil; nil
// if there is none. An empty list with Shared first takes up to 32 from there.
// Get allocates nothing once the lists have had as many. The runtime's name:
// gfget.
func (f *FreeList) Get() *machine.G {
	// TODO(task 1): unlink the first one. Its Link is nil then.
	// TODO(task 3): is the list empty? Then Shared may have some.
	// 할 일(과제 1): 첫 번째를 떼어 냅니다. 떼어 낸 것의 Link는 nil입니다.
	// 할 일(과제 3): 리스트가 비었으면 Shared에 남은 것이 있을 수 있습니다.
	return nil
}

// New makes a Runnable goroutine of one that f has, else of a new G, and with
// the stack that it has, else with one that stack returns. It starts at entry
// as if it had been called: the word at SP is exit, where it returns to, the
// words above are args, up to the very top, and its BP is 0. Of a former life
// nothing is left: all other words of the stack and all other fields are zero,
// and its ID is one that no goroutine of any list had before, never 0. New
// allocates nothing if f has a goroutine with a stack. The runtime's name:
// newproc1.
func New(f *FreeList, stack func() machine.Stack, entry, exit uint64, args ...uint64) *machine.G {
	// TODO(task 2): a G from f, or a new one; a stack, if it has none; then the
	// first frame, from the top of the stack down, and the fields.
	// 할 일(과제 2): f에서 G를 꺼내고, 없으면 새로 만듭니다. 스택이 없으면 얻습니다. 그다음
	// 스택의 꼭대기에 첫 프레임을 만들고 필드를 채웁니다.
	return nil
}

// Threads is threads of the operating system that are reused. The zero value
// has none yet; any thread may use it. The runtime's name: sched.midle.
type Threads struct {
	OnPanic func(value any) // called on the thread of a function that panics; nil: the panic ends the program

	// TODO(task 4): a lock; the parked threads, and how each is woken; how many
	// were made.
	// TODO(task 5): is all closed? And how many threads have not ended?
	// 할 일(과제 4): 락 하나, 파킹된 스레드들과 하나하나를 깨울 방법, 지금까지 만든 수입니다.
	// 할 일(과제 5): 닫혔는지, 아직 끝나지 않은 스레드가 몇 개인지도 알아야 합니다.
}

// Start runs f on a thread that runs nothing else until f returns: the
// goroutine that calls f is locked to it; Start's caller is not. It takes the
// idle thread that parked last, which is no longer idle when Start returns, and
// makes one only if none is idle. It does not wait for f, which may call Start
// too, but not runtime.Goexit. When f returns the thread parks, and waits
// without using a CPU; no thread ends before Close. If f panics, the thread
// calls OnPanic with the panic's value and then parks as well. No lock is held
// while OnPanic runs: it may call Start too. Start after Close panics. The
// runtime's name: startm.
func (t *Threads) Start(f func()) {
	// TODO(task 4): is a thread parked? Hand f to the one that parked last. Else
	// start a goroutine that locks its thread (runtime.LockOSThread) and calls
	// one function after the other, parked in between.
	// TODO(task 5): a function that panics, a Start that comes too late, and a
	// Close that comes before the new goroutine has run at all.
	// 할 일(과제 4): 파킹된 스레드가 있으면 마지막에 파킹된 것에 f를 건넵니다. 없으면 고루틴을
	// 하나 시작합니다. 그 고루틴은 스레드를 잠그고(runtime.LockOSThread) 함수를 차례로 부르며
	// 그 사이에는 파킹되어 있습니다.
	// 할 일(과제 5): 패닉을 일으키는 함수, Close 뒤에 온 Start, 그리고 새 고루틴이 아직 한 번도
	// 실행되지 않았을 때 온 Close입니다.
}

// Idle returns how many threads are parked.
func (t *Threads) Idle() int {
	// TODO(task 4): the length of a list, under its lock.
	// 할 일(과제 4): 락을 잡고 리스트의 길이를 읽습니다.
	return 0
}

// Created returns how many threads Start has made so far, those that have
// ended too. A thread counts before the Start that makes it returns.
func (t *Threads) Created() int {
	// TODO(task 4): a count, under its lock.
	// 할 일(과제 4): 락을 잡고 센 값을 읽습니다.
	return 0
}

// Close ends the idle threads, and the others when their functions, and
// OnPanic, have returned, for which it waits. The kernel may need a moment more
// to remove them, and the process's main thread stays. Then Idle is 0. Every
// Close waits like this, also one that comes during another or after it.
// Neither a started function nor OnPanic calls Close.
func (t *Threads) Close() {
	// TODO(task 5): wake the idle ones, so that they end; the others must find
	// out when they want to park. Then wait, without the lock.
	// 할 일(과제 5): 파킹된 스레드를 깨워 끝나게 합니다. 나머지는 파킹하려 할 때 알아채야
	// 합니다. 그다음 락을 놓고 기다립니다.
}
