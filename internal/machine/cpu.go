// Package machine is a computer small enough to hold in the head, on which a
// goroutine is ours to the last word. The labs build a scheduler for it.
//
// A CPU has 16 registers and a program counter (PC). R14 is the frame pointer
// BP, R15 the stack pointer SP. A word has 8 bytes. The only memory is the
// stack of the goroutine that runs, which grows down.
//
// # The calling convention
//
// Outgoing argument i is the word at [SP+8i] when CALL or GO executes. The
// callee, which begins with ENTER, reads it at [BP+16+8i]:
//
//	[BP+24]  argument 1
//	[BP+16]  argument 0        <- the caller's SP
//	[BP+8]   return address       pushed by CALL
//	[BP]     the caller's BP      pushed by ENTER
//	[BP-8]   locals and outgoing arguments, n words for ENTER n
//	[SP]     …                 <- SP = BP - 8n
//
// R0 carries the result of a call and of a trap. Every other general register
// is dead after a CALL and after a trap that the program made itself, as in Go,
// where no value lives in a register across a call. (After Stopped, which it did
// not make, all are alive.) So the saved BPs are the only pointers into a stack:
// they chain the frames, and the first frame's saved BP is 0.
//
// # Traps
//
// What the CPU can't do by itself it leaves to a scheduler: Run returns a
// Trap. The PC is then at the next instruction, except for MORESTACK, which
// leaves it at the ENTER, to run again on a bigger stack, and for a fault.
package machine

import (
	"fmt"
	"sync/atomic"

	"gmplab/internal/lang"
)

// The registers with a name of their own, as indexes of CPU.R.
const (
	BP = 14
	SP = 15
)

// CPU is one processor of the machine. It belongs to one thread; Preempt
// alone may be called from another.
type CPU struct {
	R  [16]uint64
	PC uint64

	// Guard is what ENTER compares the end of its new frame with: one that
	// would end below it traps with MoreStack. Set to the highest address it
	// makes every ENTER trap, which is how Go preempts cooperatively
	// (stackguard0).
	Guard uint64

	// Slice is how many instructions a Run may execute before it stops; 0
	// means any number. With it a test preempts at every instruction in turn;
	// Preempt does the same from outside.
	Slice int

	// Poison scrambles the registers that a call or a trap leaves dead, so
	// that nobody lives on what happens to be there still.
	Poison bool

	stack Stack
	stop  atomic.Uint32 // set by Preempt, cleared by the Run that stops
}

// Kind says why a Run ended.
type Kind uint8

const (
	Stopped   Kind = iota // by Preempt, or because the Slice is used up
	Yield                 // YIELD: lets others run
	Go                    // GO f, n: a new goroutine at Target with N arguments
	Exit                  // EXIT: the goroutine is finished
	Chan                  // CHAN: a channel of capacity Arg(0), to R0
	Send                  // SEND: Arg(1) to channel Arg(0)
	Recv                  // RECV: from channel Arg(0), to R0
	Sys                   // SYS n: blocking call N
	MoreStack             // ENTER found no room: PC is at the ENTER
	Fault                 // Err says what went wrong: PC is at the culprit
)

func (k Kind) String() string {
	return [...]string{"STOPPED", "YIELD", "GO", "EXIT", "CHAN", "SEND", "RECV", "SYS", "MORESTACK", "FAULT"}[k]
}

// Trap is why a Run ended, and what the scheduler needs to act on it. It has
// four words: that much the compiler keeps in registers.
type Trap struct {
	Kind   Kind
	N      int32  // Go: arguments; Sys: the number of the call
	Target uint64 // Go: where the new goroutine starts
	Err    error  // Fault
}

// The blocking calls, Trap.N of Sys. SYS takes the names in lower case.
const (
	SysGetpid = iota // to R0
	SysSleep         // Arg(0) in microseconds
	SysRead          // from the pipe Arg(0), to R0
)

// Use makes s the memory of the CPU, and sets Guard for it. A switch to
// another goroutine needs it beside the registers, as Go's gogo sets g.
func (c *CPU) Use(s Stack) {
	c.stack = s
	c.Guard = s.Lo + GuardWords*Word
}

// Stack returns the stack in use.
func (c *CPU) Stack() Stack { return c.stack }

// Arg returns the word at [SP+8i]: argument i of a trap. It panics outside
// the stack.
func (c *CPU) Arg(i int) uint64 { return c.stack.Get(c.R[SP] + uint64(i)*Word) }

// Preempt asks the CPU to stop before its next instruction, whichever that
// is. Any thread may call it: it is what a signal does for Go.
func (c *CPU) Preempt() { c.stop.Store(1) }

// Run executes p from c.PC until a trap. It allocates nothing but the error
// of a fault.
func (c *CPU) Run(p *Program) Trap {
	var (
		code = p.code
		r    = &c.R
		pc   = c.PC
		left = c.Slice
	)
	if left <= 0 {
		left = -1 // counts down for ever
	}
	var want uint64 // an address that is not in words: deeper, or outside
again:
	words, lo := c.stack.used()
	for {
		if pc >= uint64(len(code)) { // first: where there is no code nobody stops
			return c.fault(p, pc, noCode(pc, len(code)))
		}
		if left == 0 || c.stop.Load() != 0 {
			c.stop.Store(0)
			c.PC = pc
			return Trap{Kind: Stopped}
		}
		left--
		in := &code[pc]
		pc++
		a, b := &r[in.a&15], r[in.b&15]
		imm := in.imm
		switch in.op {
		case opMovI:
			*a = imm
		case opMov:
			*a = b
		case opAddI:
			*a += imm
		case opAdd:
			*a += b
		case opSubI:
			*a -= imm
		case opSub:
			*a -= b
		case opMulI:
			*a *= imm
		case opMul:
			*a *= b
		case opDivI:
			*a = uint64(int64(*a) / int64(imm)) // the assembler refuses 0
		case opModI:
			*a = uint64(int64(*a) % int64(imm))
		case opDiv, opMod:
			if b == 0 {
				return c.fault(p, pc-1, lang.Say("division by zero", "0으로 나누었습니다"))
			}
			if in.op == opDiv {
				*a = uint64(int64(*a) / int64(b))
			} else {
				*a = uint64(int64(*a) % int64(b))
			}
		case opLoad:
			i := (b + imm - lo) / Word
			if i >= uint64(len(words)) {
				want = b + imm
				goto deeper
			}
			*a = words[i]
		case opStore: // [b+imm] = a
			i := (b + imm - lo) / Word
			if i >= uint64(len(words)) {
				want = b + imm
				goto deeper
			}
			words[i] = *a
		case opStoreI: // [b+to] = imm
			addr := b + uint64(int64(in.to))
			i := (addr - lo) / Word
			if i >= uint64(len(words)) {
				want = addr
				goto deeper
			}
			words[i] = imm
		case opJmp:
			pc = uint64(in.to)
		case opJeqI:
			if *a == imm {
				pc = uint64(in.to)
			}
		case opJeq:
			if *a == b {
				pc = uint64(in.to)
			}
		case opJneI:
			if *a != imm {
				pc = uint64(in.to)
			}
		case opJne:
			if *a != b {
				pc = uint64(in.to)
			}
		case opJltI:
			if int64(*a) < int64(imm) {
				pc = uint64(in.to)
			}
		case opJlt:
			if int64(*a) < int64(b) {
				pc = uint64(in.to)
			}
		case opJgeI:
			if int64(*a) >= int64(imm) {
				pc = uint64(in.to)
			}
		case opJge:
			if int64(*a) >= int64(b) {
				pc = uint64(in.to)
			}
		case opCall:
			sp := r[SP] - Word
			i := (sp - lo) / Word
			if i >= uint64(len(words)) {
				want = sp
				goto deeper
			}
			words[i] = pc
			r[SP] = sp
			pc = uint64(in.to)
			if c.Poison {
				c.scramble(0)
			}
		case opEnter:
			sp := r[SP] - Word
			end := sp - imm*Word
			// Below the guard, or so far below that it wrapped around.
			if end < c.Guard || end > r[SP] {
				c.PC = pc - 1
				if c.Poison {
					c.scramble(0)
				}
				return Trap{Kind: MoreStack}
			}
			i := (sp - lo) / Word
			if i >= uint64(len(words)) {
				want = sp
				goto deeper
			}
			words[i] = r[BP]
			r[BP] = sp
			r[SP] = end
		case opRet:
			i := (r[BP] - lo) / Word
			if i+1 >= uint64(len(words)) {
				want = r[BP]
				goto deeper
			}
			bp := words[i]
			if bp != 0 && (bp <= r[BP] || !c.stack.Has(bp)) { // callers are above
				return c.fault(p, pc-1, noFrame(bp))
			}
			pc = words[i+1]
			r[SP] = r[BP] + 2*Word
			r[BP] = bp
			if c.Poison {
				c.scramble(1)
			}
		case opHost: // a call, no trap: a program can be watched without a scheduler
			i, j := (r[SP]-lo)/Word, (r[BP]-lo)/Word
			if j > uint64(len(words)) || i > j {
				want = r[SP]
				goto deeper
			}
			c.PC = pc
			v, err := callHost(p.hosts[in.to], words[i:j:j])
			if err != nil {
				return c.fault(p, pc-1, err.Error())
			}
			if c.Poison {
				c.scramble(1)
			}
			r[0] = v
		case opTrap:
			if k := Kind(in.a); k >= Chan && k <= Sys && r[SP]+2*Word > c.stack.Hi {
				return c.fault(p, pc-1, outside(r[SP]+Word, c.stack)) // its arguments are not there
			}
			c.PC = pc
			if c.Poison {
				c.scramble(0)
			}
			return Trap{Kind: Kind(in.a), N: int32(in.imm), Target: uint64(in.to)}
		default:
			noCase(in.op)
		}
		continue
	deeper:
		pc--
		if !c.stack.reach(want) {
			return c.fault(p, pc, outside(want, c.stack))
		}
		left++
		goto again // not words, lo = …: those that never change stay in registers
	}
}

// noCase is what comes of an instruction that was forgotten. It stands outside of
// Run, which must stay small.
//
//go:noinline
func noCase(op opcode) { panic("machine: " + op.String() + " has no case in CPU.Run") }

// scramble poisons the general registers from R[first] on. The words name
// themselves: 0xdead…0003 was in R3.
func (c *CPU) scramble(first int) {
	for i := first; i < BP; i++ {
		c.R[i] = 0xdead_dead_0000_0000 | uint64(i)
	}
}

func callHost(f Host, args []uint64) (v uint64, err error) {
	returned := false
	defer func() {
		if r := recover(); r == nil && !returned {
			panic("a HOST function has called runtime.Goexit")
		} else if r != nil {
			err = fmt.Errorf(lang.Say("a panic in the Go function: %v", "Go 함수에서 패닉이 일어났습니다: %v"), r)
		}
	}()
	v = f(args)
	returned = true
	return v, nil
}

// noCode words a jump to where there is no instruction of n.
func noCode(pc uint64, n int) string {
	return fmt.Sprintf(lang.Say(
		"PC is %d, but the program has instructions 0 to %d only: is a RET, EXIT or JMP missing, or a saved word overwritten?",
		"PC가 %d인데 프로그램의 명령어는 0부터 %d까지입니다. RET, EXIT, JMP가 빠졌거나 저장해 둔 워드를 덮어쓴 것은 아닌지 확인합니다"), pc, n-1)
}

// noFrame words a return to a frame that is not on the stack.
func noFrame(bp uint64) string {
	return fmt.Sprintf(lang.Say(
		"the saved BP is %#x, which is no caller's frame on this stack: was [BP] overwritten?",
		"저장된 BP가 %#x인데 이 스택에 있는 호출자의 프레임이 아닙니다. [BP]를 덮어쓰지 않았는지 확인합니다"), bp)
}

// FaultError is what a program did wrong, and where.
type FaultError struct{ Where, What string }

func (e *FaultError) Error() string { return e.Where + ": " + e.What }

func (c *CPU) fault(p *Program, pc uint64, what string) Trap {
	c.PC = pc
	return Trap{Kind: Fault, Err: &FaultError{p.Where(pc), what}}
}
