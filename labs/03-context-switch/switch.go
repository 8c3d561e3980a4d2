// Package ctxswitch switches goroutines of the machine: lab 03.
//
// A context is what a goroutine needs in order to go on as if nothing had
// happened. At a YIELD that is three words, PC, SP and BP: by the calling
// convention no general register is alive there. At any other instruction it
// is the PC and all sixteen registers. The first is what Go does when a
// goroutine gives way by itself (mcall and gogo in runtime/asm_amd64.s), the
// second when it is preempted (asyncPreempt in runtime/preempt_amd64.s).
//
// A ready queue keeps the goroutines that can run, and a scheduler takes the
// next one, loads it, runs it until a trap, and acts on the trap.
package ctxswitch

import "gmplab/internal/machine"

// Save keeps in g.Context the three words with which g goes on after a trap
// that it made itself: PC, SP and BP of c. It clears g.Full. It writes nothing
// to the stack and leaves c as it is. The runtime's name: mcall.
func Save(c *machine.CPU, g *machine.G) {
	// TODO(task 1): three words, from c to g.Context. c.R[machine.SP] is SP,
	// c.R[machine.BP] is BP. And g is not Full after this.
	// 할 일(과제 1): c에서 g.Context로 워드 세 개를 옮깁니다. c.R[machine.SP]가 SP이고
	// c.R[machine.BP]가 BP입니다. 저장이 끝난 g는 Full이 아닙니다.
}

// Load makes c go on with g, which Save saved: c uses g's stack, and PC, SP
// and BP are as they were. The other registers are dead: what is in them does
// not matter. The runtime's name: gogo, which also sets the g register.
func Load(c *machine.CPU, g *machine.G) {
	// TODO(task 1): the way back. c.Use(g.Stack) first: a CPU reads and writes
	// one stack at a time.
	// 할 일(과제 1): 되돌리는 길입니다. CPU는 한 번에 스택 하나만 읽고 쓰므로 먼저
	// c.Use(g.Stack)을 부릅니다.
}

// SaveAll keeps all that g needs to go on from any instruction: the sixteen
// registers and the PC of c. They go to g's own stack, to words below SP, of
// which 31 are free. What LoadAll can tell otherwise may be left out: SP from
// where the words lie, PC and BP from g.Context, which are those of c, for a
// dump of g's frames begins there. g.Context.SP is the lowest word used, or
// lower: what lies below it is nobody's. It sets g.Full. The runtime's name:
// asyncPreempt.
func SaveAll(c *machine.CPU, g *machine.G) {
	// TODO(task 4): push the registers and the PC to g's stack, one word at a
	// time: lower the address by machine.Word, then g.Stack.Set(address, value).
	// 할 일(과제 4): 레지스터와 PC를 g의 스택에 한 워드씩 쌓습니다. 주소를 machine.Word만큼
	// 낮춘 다음 g.Stack.Set(주소, 값)을 부릅니다.
}

// LoadAll makes c go on with g, which SaveAll saved: c uses g's stack, and the
// sixteen registers and the PC are as they were.
func LoadAll(c *machine.CPU, g *machine.G) {
	// TODO(task 4): read the words back, with g.Stack.Get(address). If you find
	// them by c.R[machine.SP], mind when you change it.
	// 할 일(과제 4): g.Stack.Get(주소)로 도로 읽어 들입니다. c.R[machine.SP]로 찾아가고
	// 있다면 그 값을 언제 바꾸는지 주의합니다.
}

// Ready is a queue of goroutines that can run, first in, first out, linked by
// G.Link, so that it needs no memory of its own. A goroutine is on at most one
// queue at a time. The zero value is an empty queue; one thread may use it.
// The runtime's name: gQueue.
type Ready struct {
	// TODO(task 2): where the queue begins, and where it ends.
	// 할 일(과제 2): 큐가 시작하는 곳과 끝나는 곳을 기억할 필드입니다.
}

// Push adds g at the end, in O(1) and without allocation. Whatever g.Link was
// before, g is the last.
func (r *Ready) Push(g *machine.G) {
	// TODO(task 2): link g behind the last one. Is the queue empty? Then g is
	// also the first.
	// 할 일(과제 2): 마지막 고루틴 뒤에 g를 잇습니다. 큐가 비어 있다면 g는 첫 번째이기도 합니다.
}

// Pop takes the goroutine that has waited longest, in O(1), and leaves its
// Link nil; nil if there is none.
func (r *Ready) Pop() *machine.G {
	// TODO(task 2): unlink the first one. What if it was the only one?
	// 할 일(과제 2): 첫 번째 고루틴을 떼어 냅니다. 하나뿐이었다면 어떻게 될까요?
	return nil
}

// Queue is where Run takes goroutines from and puts them back: a *Ready, or a
// test that looks on.
type Queue interface {
	Push(g *machine.G)
	Pop() *machine.G // nil: there is none
}

// Run is the scheduler: it takes the first goroutine of ready and runs p on c
// until a trap, and so on until ready is empty. A goroutine that yields is
// saved by Save, one that was stopped by SaveAll, and goes on later; one that
// exits is not pushed again. It is saved before it is pushed: from that moment
// on another thread may run it. Any other trap ends Run at once, and g is not
// pushed; the error names the trap (its Kind) and, for a FAULT, wraps its Err.
// G.Status and G.Ret are for later labs. The runtime's name: schedule.
func Run(c *machine.CPU, p *machine.Program, ready Queue) error {
	// TODO(task 3): a loop: Pop, Load, c.Run(p), then a switch over the Kind of
	// the trap: machine.Yield, machine.Exit, and the rest.
	// TODO(task 5): one case more, machine.Stopped, and two ways to load.
	// 할 일(과제 3): 반복문 안에서 Pop, Load, c.Run(p)를 차례로 부르고 트랩의 Kind로
	// 나눕니다. machine.Yield, machine.Exit, 그리고 나머지입니다.
	// 할 일(과제 5): machine.Stopped를 더하고, 두 가지 방법으로 불러옵니다.
	return nil
}
