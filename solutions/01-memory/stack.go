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
	"math/bits"

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
	return s.Lo + machine.GuardWords*machine.Word
}

// Pool keeps stacks that nobody uses, in a list for each size. One thread at a
// time may use it: there is one for each P, and two share nothing. The zero
// value is an empty pool. The runtime's name: stackcache, which has no big ones.
type Pool struct {
	Max int // words of the biggest stack that Grow makes; 0 means DefaultMax

	// owner only:
	free [bits.UintSize][]machine.Stack // by the binary logarithm of their words
}

// Get returns a stack of at least that many words: the smallest power of two
// that is enough, and never fewer than MinWords. It takes one that was put
// back, if there is one of that size, and else makes a new one. Its words may
// be anything. The runtime's name: stackalloc.
func (p *Pool) Get(words int) machine.Stack {
	class := sizeClass(max(words, MinWords))
	list := p.free[class]
	if len(list) == 0 {
		return machine.NewStack(1 << class)
	}
	last := len(list) - 1
	s := list[last]
	p.free[class] = list[:last]
	return s
}

// Put takes back a stack that nobody uses any more, for a later Get of its
// size, however big it is and however many there are. Until that Get its words
// are the pool's. A stack that can't be Get's, because its size is no power of
// two or is below MinWords, is dropped. The runtime's name: stackfree.
func (p *Pool) Put(s machine.Stack) {
	words := len(s.Words())
	if words < MinWords || words&(words-1) != 0 {
		return
	}
	class := sizeClass(words)
	p.free[class] = append(p.free[class], s)
}

// sizeClass returns the least k for which 2^k words are enough.
func sizeClass(words int) int { return bits.Len(uint(words - 1)) }

// Grow moves g, which was saved by three words (it is not Full), to a stack of
// twice the size from p: the words from SP up go to the top, and SP, BP and the
// chain of saved BPs are adjusted by the distance. No other word and no other
// field changes. The old stack, whose size is one that Get makes, goes to p. If
// the new one would be bigger than the maximum, Grow returns ErrOverflow, and
// g, its stack and p are as they were. The runtime's names: newstack, copystack.
func Grow(p *Pool, g *machine.G) error {
	limit := p.Max
	if limit == 0 {
		limit = DefaultMax
	}
	words := 2 * len(g.Stack.Words())
	if words > limit {
		return ErrOverflow
	}
	move(p, g, words)
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
	words := len(g.Stack.Words())
	used := inUse(g) + machine.GuardWords
	if g.Full || g.Status.Load() == machine.Syscall || words/2 < MinWords || 4*used >= words {
		return false
	}
	move(p, g, words/2)
	return true
}

// inUse returns how many words g's frames take.
func inUse(g *machine.G) int { return int((g.Stack.Hi - g.Context.SP) / machine.Word) }

// move copies g's frames to the top of a stack of that size.
//
// Rejected: to keep the old stack and link a second one to it. Nothing need be
// copied then, but a call in a loop that just crosses the border makes and
// drops a segment each time: the hot split, which Go had until 1.2.
func move(p *Pool, g *machine.G, words int) {
	from, to, used := g.Stack, p.Get(words), inUse(g)
	copy(to.Words()[len(to.Words())-used:], from.Words()[len(from.Words())-used:])

	distance := to.Hi - from.Hi // modulo 2^64: the way down is a big number
	adjust := func(bp uint64) uint64 {
		if bp == 0 { // the chain ends here
			return 0
		}
		return bp + distance
	}
	g.Stack = to
	g.Context.SP += distance
	g.Context.BP = adjust(g.Context.BP)
	for bp := g.Context.BP; bp != 0; bp = to.Get(bp) {
		to.Set(bp, adjust(to.Get(bp)))
	}
	p.Put(from)
}
