package machine

import (
	"fmt"
	"sync/atomic"

	"gmplab/internal/lang"
)

// Word is the size of a word, and the step between two addresses, in bytes.
const Word = 8

// GuardWords is the room, in words, between a stack's lowest word and its
// guard: for the return address that CALL pushes without asking, and for a
// save of all registers at any instruction. The runtime's name: stackGuard,
// whose room is for functions that do not compare.
const GuardWords = 32

// Status says who may touch a goroutine. The runtime's names: _Grunnable, ….
type Status uint32

const (
	Idle     Status = iota // just made, or never used
	Runnable               // on a run queue, which owns it
	Running                // on a CPU, whose thread owns it
	Waiting                // parked: whoever will wake it owns it
	Syscall                // in a blocking call, with its thread
	Dead                   // finished: a free list owns it
)

// Context is what a cooperative switch keeps: three words.
// The runtime's name: gobuf.
type Context struct{ PC, SP, BP uint64 }

// G is a goroutine of the machine. The runtime's name: g.
type G struct {
	ID      uint64
	Status  AtomicStatus
	Context Context // where it goes on; stale while it runs
	Stack   Stack
	Full    bool   // all registers are on its stack: it goes on by LoadAll, not by Load
	Ret     uint64 // goes to R0 after a plain Load: the result of the trap that it waited in (not used in lab 03)
	Link    *G     // the next in a queue or list. The runtime's name: schedlink
}

// AtomicStatus is a Status that any thread may read.
type AtomicStatus struct{ v atomic.Uint32 }

// Load returns the status.
func (a *AtomicStatus) Load() Status { return Status(a.v.Load()) }

// Store sets the status: a store-release of all that was written before it.
func (a *AtomicStatus) Store(s Status) { a.v.Store(uint32(s)) }

// Stack is the words at the addresses [Lo, Hi). It grows down, from Hi. The
// zero Stack has no words. Copies of a Stack share its words. They are behind a
// pointer, so that a Stack has three words: of what is bigger, the copies at a
// switch would cost half as much again as the switch.
type Stack struct {
	Lo, Hi uint64 // byte addresses, multiples of Word
	mem    *mem   // by a pointer: a switch copies a Stack, and three words go through registers
}

// mem is a stack's words, and how deep it went.
type mem struct {
	words []uint64
	low   int // below words[low] nobody has written: all is zero
}

// step is how many words low goes down at a time.
const step = 16

// nextAddress is the lowest address that no stack has had: an address is
// never used twice, so that one that points into a stack that is gone can't
// be mistaken for one into a stack that lives.
var nextAddress atomic.Uint64

// NewStack returns a stack of n words that are all zero.
func NewStack(n int) Stack {
	size := uint64(n) * Word
	// A gap of 4 KB is left to the next stack, so that an address just outside
	// a stack is never inside another.
	hi := nextAddress.Add((size+4095)&^4095+4096) + 0x10000
	words := make([]uint64, n)
	return Stack{Lo: hi - size, Hi: hi, mem: &mem{words, n}}
}

// Words returns the stack's words, the lowest address first: index i is the
// word at Lo + i*Word. It is the stack itself, not a copy, until Clear.
func (s *Stack) Words() []uint64 {
	if s.mem == nil {
		return nil
	}
	s.mem.low = 0 // the caller may write anywhere
	return s.mem.words
}

// Clear sets all words to zero, as those of a new stack are. It knows how deep
// the stack went, and what was never written it need not touch: of 2 KB most
// goroutines use a small part.
func (s *Stack) Clear() {
	if m := s.mem; m != nil {
		clear(m.words[m.low:])
		m.low = len(m.words)
	}
}

// used is the words that may have been written, and the address of the first.
func (s *Stack) used() (words []uint64, lo uint64) {
	if s.mem == nil {
		return nil, 0
	}
	return s.mem.words[s.mem.low:], s.Lo + uint64(s.mem.low)*Word
}

// reach lets used go down to addr; false, if that is no address of the stack, or
// is in used already.
func (s *Stack) reach(addr uint64) bool {
	if s.mem == nil || addr < s.Lo || addr >= s.Lo+uint64(s.mem.low)*Word {
		return false
	}
	s.mem.low = int((addr-s.Lo)/Word) &^ (step - 1)
	return true
}

// Has reports whether addr is the address of one of the stack's words.
func (s *Stack) Has(addr uint64) bool {
	return addr%Word == 0 && addr >= s.Lo && addr < s.Hi
}

// Get returns the word at addr. An address outside the stack, or between two
// words, is a panic: the machine's segmentation fault for code written in Go.
func (s *Stack) Get(addr uint64) uint64 {
	if !s.Has(addr) {
		panic(outside(addr, *s))
	}
	return s.mem.words[(addr-s.Lo)/Word]
}

// Set sets the word at addr; like Get, it panics outside the stack.
func (s *Stack) Set(addr, v uint64) {
	if !s.Has(addr) {
		panic(outside(addr, *s))
	}
	i := int((addr - s.Lo) / Word)
	if i < s.mem.low {
		s.mem.low = i &^ (step - 1)
	}
	s.mem.words[i] = v
}

// outside words an access beyond a stack's ends.
func outside(addr uint64, s Stack) string {
	if s.Hi == 0 {
		return fmt.Sprintf(lang.Say(
			"machine: address %#x, but there is no stack yet: Use one first",
			"machine: 주소 %#x에 접근했지만 아직 스택이 없습니다. 먼저 Use로 스택을 연결해야 합니다"), addr)
	}
	return fmt.Sprintf(lang.Say(
		"machine: address %#x is not a word of the stack [%#x, %#x)",
		"machine: 주소 %#x: 스택 [%#x, %#x)의 워드가 아닙니다"), addr, s.Lo, s.Hi)
}
