// Package memory gives goroutines of the machine their stacks: lab 01.
//
// A stack begins with 2 KB. The guard is the address that ENTER compares the
// end of the new frame with: one that would end below it traps with MORESTACK.
// Then the stack grows: the words in use are copied to the top of one twice the
// size, and what points into the old stack is adjusted. That is SP, BP and the chain of
// saved BPs, and by the calling convention there is nothing else. A stack that
// is hardly used shrinks by half, in the same way. A pool keeps stacks that
// nobody uses, so that the next goroutine does not wait for the allocator.
//
// The runtime's file is runtime/stack.go.
package memory

import (
	"errors"

	"gmplab/internal/machine"
)

// Sizes of stacks, in words. The runtime's names: stackMin, maxstacksize.
const (
	MinWords   = 256     // 2 KB: the smallest stack
	DefaultMax = 1 << 22 // 32 MB: the biggest, unless Pool.Max says otherwise
)

// ErrOverflow says that a goroutine needs a stack bigger than the maximum.
var ErrOverflow = errors.New("memory: stack overflow")

// Guard returns the address that ENTER compares the end of the new frame with
// on stack s: 32 words (machine.GuardWords) above Lo. Below it there is room for
// the return address that CALL pushes without asking and for a save of all
// registers, which may come at any instruction. The runtime's name: stackguard0.
func Guard(s machine.Stack) uint64 {
	// TODO(task 1): one line. Mind the unit: an address counts bytes, and a word
	// has machine.Word of them.
	// 할 일(과제 1): 한 줄입니다. 단위에 주의합니다. 주소는 바이트를 세고, 한 워드는
	// machine.Word바이트입니다.
	return 0
}

// Pool keeps stacks that nobody uses, in a list for each size. One thread at a
// time may use it: there is one for each P, and two share nothing. The zero
// value is an empty pool. The runtime's name: stackcache, which has no big ones.
type Pool struct {
	Max int // words of the biggest stack that Grow makes; 0 means DefaultMax

	// TODO(task 2): the stacks that nobody uses, so that Get finds one of the
	// right size at once.
	// 할 일(과제 2): 아무도 쓰지 않는 스택들입니다. Get이 알맞은 크기의 스택을 바로 찾을 수
	// 있어야 합니다.
}

// Get returns a stack of at least that many words: the smallest power of two
// that is enough, and never fewer than MinWords. It takes one that was put
// back, if there is one of that size, and else makes a new one. Its words may
// be anything. The runtime's name: stackalloc.
func (p *Pool) Get(words int) machine.Stack {
	// TODO(task 2): round up to a power of two, at least MinWords. Is there a
	// free stack of that size? Else machine.NewStack(size).
	// 할 일(과제 2): 2의 거듭제곱으로 올리되 MinWords보다 작지 않게 합니다. 그 크기의 남는
	// 스택이 있으면 그것을, 없으면 machine.NewStack(크기)를 씁니다.
	return machine.Stack{}
}

// Put takes back a stack that nobody uses any more, for a later Get of its
// size, however big it is and however many there are. Until that Get its words
// are the pool's. A stack that can't be Get's, because its size is no power of
// two or is below MinWords, is dropped. The runtime's name: stackfree.
func (p *Pool) Put(s machine.Stack) {
	// TODO(task 2): len(s.Words()) is its size. To which list does it belong, or
	// to none?
	// 할 일(과제 2): len(s.Words())가 크기입니다. 어느 목록에 넣을까요? 넣지 말아야 할까요?
}

// Grow moves g, which was saved by three words (it is not Full), to a stack of
// twice the size from p: the words from SP up go to the top, and SP, BP and the
// chain of saved BPs are adjusted by the distance. No other word and no other
// field changes. The old stack, whose size is one that Get makes, goes to p. If
// the new one would be bigger than the maximum, Grow returns ErrOverflow, and
// g, its stack and p are as they were. The runtime's names: newstack, copystack.
func Grow(p *Pool, g *machine.G) error {
	// TODO(task 3): get a stack of twice the size from p. Copy the words in use to its
	// top. How far did they move? SP, BP and each saved BP move as far; a BP of
	// 0 ends the chain and stays 0. Then nobody uses the old stack: give it back.
	// TODO(task 4): before anything else: would it be too big?
	// 할 일(과제 3): p에서 두 배 크기의 스택을 얻어 사용 중인 워드를 맨 위로 복사합니다. 얼마나
	// 옮겨졌을까요? SP, BP, 저장된 BP가 모두 그만큼 옮겨집니다. 0인 BP는 사슬의 끝이므로
	// 0으로 둡니다. 옛 스택은 이제 쓰이지 않으므로 풀에 돌려줍니다.
	// 할 일(과제 4): 무엇보다 먼저, 너무 커지지 않는지 확인합니다.
	return nil
}

// Shrink moves g to a stack of half the size, if g uses less than a quarter of
// its stack, the 32 words below the guard counted as used, and reports whether
// it did. It never makes a stack smaller than MinWords. It refuses a g that is
// Full, whose registers lie on its stack, and one in a system call (Status
// Syscall), who may be using addresses that nobody can find; any other Status
// will do. If g stays, g, its stack and p are as they were. Else as Grow. The
// runtime's name: shrinkstack.
func Shrink(p *Pool, g *machine.G) bool {
	// TODO(task 5): who is refused? Then the same move as in Grow, to half the
	// size: let the two share it.
	// 할 일(과제 5): 어떤 고루틴을 거절해야 할까요? 나머지는 Grow와 같은 이동이고 크기만
	// 절반입니다. 두 함수가 함께 쓰게 합니다.
	return false
}
