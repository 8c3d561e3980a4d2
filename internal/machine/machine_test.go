package machine

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestMain(m *testing.M) {
	os.Setenv("LAB_LANG", "en") // the messages compared here
	os.Exit(m.Run())
}

func assemble(t testing.TB, source string, hosts map[string]Host) *Program {
	t.Helper()
	p, err := Assemble("test.asm", source, hosts)
	require.NoError(t, err)
	return p
}

// start returns a CPU about to execute the label main as a goroutine's first
// call: GoExit is the return address, args lie above it.
func start(t testing.TB, p *Program, words int, args ...uint64) *CPU {
	t.Helper()
	s := NewStack(words)
	c := &CPU{Poison: true}
	c.Use(s)
	sp := s.Hi
	for i := len(args) - 1; i >= 0; i-- {
		sp -= Word
		s.Set(sp, args[i])
	}
	sp -= Word
	s.Set(sp, GoExit)
	c.R[SP] = sp
	main, ok := p.Label("main")
	require.True(t, ok)
	c.PC = main
	return c
}

// run executes source's main with a HOST out that records its argument.
func run(t testing.TB, source string, args ...uint64) (out []uint64, c *CPU, last Trap) {
	t.Helper()
	p := assemble(t, source, map[string]Host{"out": func(a []uint64) uint64 { out = append(out, a[0]); return a[0] }})
	c = start(t, p, 512, args...)
	last = c.Run(p)
	return out, c, last
}

func TestArithmeticAndBranches(t *testing.T) {
	for name, test := range map[string]struct {
		code string
		want uint64
	}{
		"mov":       {"MOV R1, 7", 7},
		"negative":  {"MOV R1, -1", ^uint64(0)},
		"hex":       {"MOV R1, 0x10", 16},
		"add":       {"MOV R1, 7\n MOV R2, 5\n ADD R1, R2\n ADD R1, 1", 13},
		"sub":       {"MOV R1, 7\n MOV R2, 5\n SUB R1, R2\n SUB R1, 1", 1},
		"mul":       {"MOV R1, 7\n MOV R2, 5\n MUL R1, R2\n MUL R1, -1", ^uint64(34)},
		"div":       {"MOV R1, -7\n MOV R2, 2\n DIV R1, R2", ^uint64(2)},
		"div imm":   {"MOV R1, 70\n DIV R1, 10", 7},
		"mod":       {"MOV R1, 17\n MOV R2, 5\n MOD R1, R2", 2},
		"mod imm":   {"MOV R1, 17\n MOD R1, 5", 2},
		"store":     {"MOV R2, 9\n STORE [BP-8], R2\n LOAD R1, [BP-8]", 9},
		"store imm": {"STORE [SP+8], 9\n LOAD R1, [BP-8]", 9},
		"jmp":       {"MOV R1, 1\n JMP end\n MOV R1, 2\nend:", 1},
		"jeq":       {"MOV R1, 1\n JEQ R1, 1, end\n MOV R1, 2\nend:", 1},
		"jeq reg":   {"MOV R1, 1\n MOV R2, 3\n JEQ R1, R2, end\n MOV R1, 2\nend:", 2},
		"jne":       {"MOV R1, 1\n JNE R1, 1, end\n MOV R1, 2\nend:", 2},
		"jne reg":   {"MOV R1, 1\n MOV R2, 3\n JNE R1, R2, end\n MOV R1, 2\nend:", 1},
		"jlt":       {"MOV R1, -1\n JLT R1, 0, end\n MOV R1, 2\nend:", ^uint64(0)},
		"jlt reg":   {"MOV R1, 1\n MOV R2, 1\n JLT R1, R2, end\n MOV R1, 2\nend:", 2},
		"jge":       {"MOV R1, 1\n JGE R1, 1, end\n MOV R1, 2\nend:", 1},
		"jge reg":   {"MOV R1, -1\n MOV R2, 1\n JGE R1, R2, end\n MOV R1, 2\nend:", 2},
	} {
		t.Run(name, func(t *testing.T) {
			out, _, last := run(t, "main: ENTER 2\n"+test.code+"\n STORE [SP], R1\n HOST out\n RET")
			require.Equal(t, Trap{Kind: Exit}, last)
			require.Equal(t, []uint64{test.want}, out)
		})
	}
}

func TestCallingConvention(t *testing.T) {
	// Argument 0 and 1 lie at [BP+16] and [BP+24]; R0 is the result.
	out, c, last := run(t, `
main:   ENTER 2
        LOAD  R1, [BP+16]
        STORE [SP], R1
        LOAD  R1, [BP+24]
        STORE [SP+8], R1
        CALL  sub
        STORE [SP], R0
        HOST  out
        RET
sub:    ENTER 0
        LOAD  R0, [BP+16]
        LOAD  R1, [BP+24]
        SUB   R0, R1
        RET`, 50, 8)
	require.Equal(t, Trap{Kind: Exit}, last)
	require.Equal(t, []uint64{42}, out)
	require.Equal(t, c.Stack().Hi-2*Word, c.R[SP], "the frame is left, the arguments stay with the caller")
	require.Zero(t, c.R[BP], "the chain of saved BPs ends at 0")
}

func TestTraps(t *testing.T) {
	p := assemble(t, `
main:   ENTER 2
        STORE [SP], 11
        STORE [SP+8], 12
        YIELD
        GO    main, 1
        CHAN
        SEND
        RECV
        SYS   read
        SYS   sleep
        SYS   getpid
        EXIT`, nil)
	c := start(t, p, 64)
	main, _ := p.Label("main")
	for i, want := range []Trap{
		{Kind: Yield}, {Kind: Go, Target: main, N: 1}, {Kind: Chan}, {Kind: Send}, {Kind: Recv},
		{Kind: Sys, N: SysRead}, {Kind: Sys, N: SysSleep}, {Kind: Sys, N: SysGetpid}, {Kind: Exit},
	} {
		c.R[5] = 5
		require.Equal(t, want, c.Run(p))
		require.Equal(t, main+uint64(4+i), c.PC, "after %v the PC is at the next instruction", want.Kind)
		require.Equal(t, []uint64{11, 12}, []uint64{c.Arg(0), c.Arg(1)})
		require.Equal(t, uint64(0xdead_dead_0000_0005), c.R[5], "registers are dead after a trap")
	}
}

func TestMoreStackRunsTheEnterAgain(t *testing.T) {
	p := assemble(t, "main: ENTER 3\n MOV R0, 1\n RET", nil)
	main, _ := p.Label("main")
	for words, want := range map[int]Kind{
		GuardWords + 1 + 1 + 3:     Exit,      // exit address, saved BP, three words: down to the guard
		GuardWords + 1 + 1 + 3 - 1: MoreStack, // one word less
	} {
		c := start(t, p, words)
		before := c.R[SP]
		require.Equal(t, want, c.Run(p).Kind)
		if want == MoreStack {
			require.Equal(t, main, c.PC)
			require.Equal(t, before, c.R[SP])
		}
	}
	c := start(t, p, 512)
	c.Guard = ^uint64(0) // what a scheduler does to preempt cooperatively
	require.Equal(t, MoreStack, c.Run(p).Kind)
	c.Use(c.Stack())
	require.Equal(t, Exit, c.Run(p).Kind)
}

func TestGuardLeavesRoomForASaveAtAnyInstruction(t *testing.T) {
	// Recursion until MORESTACK, stopped after every instruction: below SP
	// there are always the 17 words that a full save may take.
	p := assemble(t, "main: ENTER 0\n CALL main", nil)
	c := start(t, p, 256)
	c.Slice = 1
	trap := Trap{Kind: Stopped}
	for trap.Kind == Stopped {
		require.GreaterOrEqual(t, c.R[SP], c.Stack().Lo+17*Word)
		trap = c.Run(p)
	}
	require.Equal(t, MoreStack, trap.Kind)
}

func TestPoison(t *testing.T) {
	p := assemble(t, "main: ENTER 0\n MOV R3, 1\n CALL f\n RET\nf: ENTER 0\n MOV R0, 2\n MOV R4, 3\n RET", nil)
	c := start(t, p, 64)
	c.Slice = 4 // up to f's first MOV
	c.Run(p)
	require.Equal(t, uint64(0xdead_dead_0000_0003), c.R[3], "dead after CALL")
	c.Run(p)
	require.Equal(t, uint64(2), c.R[0], "the result lives")
	require.Equal(t, uint64(0xdead_dead_0000_0004), c.R[4], "dead after RET")
}

func TestSliceAndPreempt(t *testing.T) {
	p := assemble(t, "main: ENTER 0\nloop: ADD R1, 1\n JMP loop", nil)
	c := start(t, p, 64)
	c.Slice = 5
	require.Equal(t, Stopped, c.Run(p).Kind)
	require.Equal(t, uint64(2), c.R[1]-0, "ENTER ADD JMP ADD JMP: all registers are as they were")
	c.Slice = 0
	stopped := make(chan Trap)
	go func() { stopped <- c.Run(p) }()
	c.Preempt() // before or while it runs: both stop it
	require.Equal(t, Stopped, (<-stopped).Kind)
	c.Slice = 1
	require.Equal(t, Stopped, c.Run(p).Kind)
}

func TestFaults(t *testing.T) {
	for name, test := range map[string]struct{ source, want string }{
		"load below":         {"main: ENTER 0\n LOAD R1, [SP-8000]\n RET", "test.asm:2: LOAD R1, [SP-8000]: machine: address"},
		"store above":        {"main: ENTER 0\n STORE [BP+8000], R1\n RET", "test.asm:2: STORE [BP+8000], R1: machine: address"},
		"store imm above":    {"main: ENTER 0\n STORE [BP+8000], 1\n RET", "test.asm:2: STORE [BP+8000], 1: machine: address"},
		"division":           {"main: ENTER 0\n MOV R1, 0\n DIV R2, R1\n RET", "test.asm:3: DIV R2, R1: division by zero"},
		"modulo":             {"main: ENTER 0\n MOV R1, 0\n MOD R2, R1\n RET", "test.asm:3: MOD R2, R1: division by zero"},
		"runs off the end":   {"main: ENTER 0\n MOV R1, 0", "test.asm: pc 3: PC is 3"},
		"overwritten BP":     {"main: ENTER 0\n STORE [BP], 12345\n RET", "test.asm:3: RET: the saved BP is 0x3039"},
		"misaligned BP":      {"main: ENTER 0\n LOAD R1, [BP+8]\n CALL f\n RET\nf: ENTER 0\n LOAD R1, [BP]\n ADD R1, 4\n STORE [BP], R1\n RET", "test.asm:9: RET: the saved BP is"},
		"overwritten return": {"main: ENTER 0\n STORE [BP+8], 77\n RET", "test.asm: pc 77: PC is 77"},
		"RET without frame":  {"main: ENTER 0\n CALL f\n RET\nf: ENTER 0\n RET\n", ""},
		"host panics":        {"main: ENTER 0\n HOST bad\n RET", "test.asm:2: HOST bad: a panic in the Go function: boom"},
	} {
		t.Run(name, func(t *testing.T) {
			p := assemble(t, test.source, map[string]Host{"bad": func([]uint64) uint64 { panic("boom") }})
			c := start(t, p, 64)
			trap := c.Run(p)
			if test.want == "" {
				require.Equal(t, Trap{Kind: Exit}, trap)
				return
			}
			require.Equal(t, Fault, trap.Kind)
			require.ErrorContains(t, trap.Err, test.want)
		})
	}
	t.Run("no stack", func(t *testing.T) {
		p := assemble(t, "main: ENTER 0\n RET", nil)
		c := &CPU{PC: 1}
		c.R[SP] = 0x1000
		trap := c.Run(p)
		require.ErrorContains(t, trap.Err, "there is no stack yet")
	})
}

func TestHostSeesTheOutgoingWords(t *testing.T) {
	var got []uint64
	p := assemble(t, "main: ENTER 2\n STORE [SP], 3\n STORE [SP+8], 4\n HOST f\n RET",
		map[string]Host{"f": func(args []uint64) uint64 { got = append(got, args...); return 9 }})
	c := start(t, p, 64)
	c.Slice = 4
	c.Run(p)
	require.Equal(t, []uint64{3, 4}, got)
	require.Equal(t, uint64(9), c.R[0])
}

func TestStack(t *testing.T) {
	s, other := NewStack(4), NewStack(4)
	require.Equal(t, uint64(4*Word), s.Hi-s.Lo)
	require.False(t, s.Has(other.Lo))
	require.Less(t, s.Hi, other.Lo, "addresses are never used twice")
	s.Set(s.Lo, 1)
	s.Set(s.Hi-Word, 2)
	require.Equal(t, []uint64{1, 0, 0, 2}, s.Words())
	require.Equal(t, uint64(2), s.Get(s.Hi-Word))
	for _, addr := range []uint64{s.Hi, s.Lo - Word, s.Lo + 1, 0} {
		require.False(t, s.Has(addr))
		require.Panics(t, func() { s.Get(addr) })
		require.Panics(t, func() { s.Set(addr, 0) })
	}
}

// Clear leaves nothing, whoever wrote it and wherever, and what is below the
// deepest word that was written is zero.
func TestClear(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	s := NewStack(64)
	var want [64]uint64
	for range 2000 {
		i := r.IntN(64)
		at := s.Lo + uint64(i)*Word
		switch r.IntN(8) {
		case 0:
			s.Clear()
			want = [64]uint64{}
		case 1:
			s.Words()[i], want[i] = 7, 7
		case 2:
			s.Set(at, 8)
			want[i] = 8
		case 3, 4, 5: // by a program: any word, above and below SP
			program := assemble(t, "main:\nSTORE [SP], 9\nLOAD R2, [SP]\nSTORE [SP], R3\nYIELD", nil)
			c := CPU{PC: program.labels["main"]}
			c.Use(s)
			c.R[SP], c.R[3] = at, uint64(i)
			require.Equal(t, Yield, c.Run(program).Kind)
			require.EqualValues(t, 9, c.R[2])
			want[i] = uint64(i)
		default:
			program := assemble(t, "main:\nLOAD R2, [SP]\nYIELD", nil)
			c := CPU{PC: program.labels["main"]}
			c.Use(s)
			c.R[SP] = at
			require.Equal(t, Yield, c.Run(program).Kind)
			require.Equal(t, want[i], c.R[2])
		}
		require.Equal(t, want[i], s.Get(at))
	}
	require.Equal(t, want[:], s.Words())
}

func TestAssemblerErrors(t *testing.T) {
	for name, test := range map[string]struct{ source, want string }{
		"unknown instruction":  {"NOP\n\n MOVE R1, 2", "x.asm:3: unknown instruction \"MOVE\"; expected one of " + strings.Join(slices.Sorted(maps.Keys(mnemonics)), " ")},
		"one long word":        {strings.Repeat("x", 1<<20), "x.asm:1: unknown instruction \"" + strings.Repeat("x", 400) + " …\"; expected one of"},
		"a label, no colon":    {"main ENTER 1", "x.asm:1: unknown instruction \"main\" before an instruction: a label ends with a colon, for example: main:"},
		"too few operands":     {"ADD R1", "x.asm:1: ADD takes 2 operands, found 1; for example: ADD R1, R2"},
		"too many operands":    {"RET 1", "x.asm:1: RET takes 0 operands, found 1; for example: RET"},
		"wrong operand":        {"ADD 1, R1", "x.asm:1: operand 1 of ADD: found \"1\", expected a register R0 to R13; for example: ADD R1, R2"},
		"no such register":     {"ADD R1, R16", "x.asm:1: operand 2 of ADD: found \"R16\", expected a register R0 to R13 or a number"},
		"BP as a source":       {"MOV R1, BP", "x.asm:1: operand 2 of MOV: found \"BP\", expected R0 to R13: BP (R14) and SP (R15) are no operands"},
		"SP as a source":       {"ADD R1, SP", "x.asm:1: operand 2 of ADD: found \"SP\", expected R0 to R13"},
		"R15 as a source":      {"STORE [SP], R15", "x.asm:1: operand 2 of STORE: found \"R15\", expected R0 to R13"},
		"SP as a destination":  {"MOV SP, 1", "x.asm:1: operand 1 of MOV: found \"SP\", expected R0 to R13"},
		"immediate too large":  {"MOV R1, 2147483648", "x.asm:1: operand 2 of MOV: found \"2147483648\", expected a number that fits into 32 bits"},
		"immediate too small":  {"MOV R1, -2147483649", "expected a number that fits into 32 bits"},
		"division by zero":     {"DIV R1, 0", "expected a divisor that is not 0"},
		"not a memory operand": {"LOAD R1, R2", "x.asm:1: operand 2 of LOAD: found \"R2\", expected [BP+n] or [SP+n]"},
		"memory by a register": {"LOAD R1, [R2+8]", "expected [BP+n] or [SP+n]"},
		"odd offset":           {"LOAD R1, [BP+4]", "expected an offset that is a multiple of 8"},
		"offset too large":     {"LOAD R1, [BP+99999999999]", "expected a number that fits into 32 bits"},
		"label twice":          {"a: RET\nb: RET\na: RET", "x.asm:3: label \"a\" is already on line 1"},
		"label missing":        {"main: ENTER 0\n JMP nowhere", "x.asm:2: label \"nowhere\" is nowhere defined; expected a line that begins with nowhere:"},
		"label at the end":     {"JMP end\nend:", "x.asm:1: label \"end\" has no instruction after it"},
		"bad label":            {"1a: RET", "x.asm:1: label \"1a\": expected a name"},
		"not a label":          {"JMP 5", "x.asm:1: operand 1 of JMP: found \"5\", expected a label"},
		"CALL without ENTER":   {"CALL f\nf: MOV R1, 2", "x.asm:1: CALL f: the target must begin with ENTER, which makes its frame; found \"MOV R1, 2\""},
		"GO without ENTER":     {"GO f, 0\nf: RET", "x.asm:1: GO f: the target must begin with ENTER"},
		"ENTER of a register":  {"ENTER R1", "x.asm:1: operand 1 of ENTER: found \"R1\", expected a number from 0 to 65535"},
		"ENTER too large":      {"ENTER 65536", "expected a number from 0 to 65535"},
		"ENTER negative":       {"ENTER -1", "expected a number from 0 to 65535"},
		"unknown host":         {"HOST nobody", "x.asm:1: operand 1 of HOST: found \"nobody\", expected one of the Go functions given: print"},
		"unknown call":         {"SYS open", "x.asm:1: operand 1 of SYS: found \"open\", expected one of getpid, read, sleep"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Assemble("x.asm", test.source, map[string]Host{"print": nil})
			require.ErrorContains(t, err, test.want)
		})
	}
	_, err := Assemble("x.asm", "FOO\nBAR\nJMP a", nil)
	require.Len(t, strings.Split(err.Error(), "\n"), 3, "every wrong line is told, in order: %v", err)
}

func TestListing(t *testing.T) {
	p := assemble(t, "; a comment\nmain:\n  ENTER 0 ; frame\n  RET", nil)
	require.Equal(t, "      ; a comment\n      main:\n   1    ENTER 0 ; frame\n   2    RET\n", p.Listing())
	require.Equal(t, "test.asm:3: ENTER 0", p.Where(1))
	require.Equal(t, "test.asm: goexit", p.Where(GoExit))
	require.Equal(t, 3, p.Len())
}

func TestRunAllocatesNothing(t *testing.T) {
	p := assemble(t, fib, nil)
	c := start(t, p, 512, 10)
	pc, r := c.PC, c.R
	require.Zero(t, testing.AllocsPerRun(10, func() {
		c.PC, c.R = pc, r
		c.Run(p)
	}))
}

const fib = `
main:   ENTER 2             ; fib(n), the slow way
        LOAD  R1, [BP+16]
        JGE   R1, 2, rec
        MOV   R0, R1
        RET
rec:    SUB   R1, 1
        STORE [SP], R1
        CALL  main
        STORE [BP-8], R0
        LOAD  R1, [BP+16]
        SUB   R1, 2
        STORE [SP], R1
        CALL  main
        LOAD  R1, [BP-8]
        ADD   R0, R1
        RET`

func TestFib(t *testing.T) {
	p := assemble(t, fib, nil)
	c := start(t, p, 512, 15)
	require.Equal(t, Trap{Kind: Exit}, func() Trap { c.Poison = false; return c.Run(p) }())
	require.Equal(t, uint64(610), c.R[0])
}

// BenchmarkRun reports how many instructions one CPU executes: of a loop of
// arithmetic, and of calls.
func BenchmarkRun(b *testing.B) {
	const n = 1_000_000
	for name, source := range map[string]string{
		"code=loop":  "main: ENTER 0\nloop: ADD R1, 3\n SUB R2, R1\n ADD R3, 1\n JMP loop",
		"code=calls": "main: ENTER 1\nloop: STORE [SP], R1\n CALL f\n JMP loop\nf: ENTER 0\n LOAD R0, [BP+16]\n RET",
	} {
		b.Run(name, func(b *testing.B) {
			p := assemble(b, source, nil)
			c := start(b, p, 512)
			c.Slice, c.Poison = n, false
			b.ReportAllocs()
			for b.Loop() {
				c.Run(p)
			}
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(float64(b.N)*n/b.Elapsed().Seconds()/1e6, "Minstr/s")
		})
	}
}

func FuzzAssemble(f *testing.F) {
	f.Add(fib)
	f.Add("a: ENTER 1\n STORE [SP+8], -5\n GO a, 1\n HOST h\n SYS sleep\n JEQ R1, 0x7, a ; x")
	f.Fuzz(func(t *testing.T, source string) {
		p, err := Assemble("f.asm", source, map[string]Host{"h": func(args []uint64) uint64 { return uint64(len(args)) }})
		if err != nil {
			require.NotEmpty(t, err.Error())
			return
		}
		p.Listing()
		runAny(p)
	})
}

// runAny runs whatever was assembled, for a bounded number of instructions.
func runAny(p *Program) {
	s := NewStack(128)
	c := &CPU{Poison: true, Slice: 1000, PC: 1}
	c.Use(s)
	c.R[SP] = s.Hi - Word
	for range 20 {
		if t := c.Run(p); t.Kind == Fault || t.Kind == Exit {
			_ = t.Err
			return
		}
		p.Where(c.PC)
	}
}

// FuzzRun makes programs out of bytes, so that most of what it tries runs.
func FuzzRun(f *testing.F) {
	f.Add([]byte("any seed will do: the bytes choose instructions"))
	f.Fuzz(func(t *testing.T, data []byte) {
		lines := []string{"main: ENTER 4"}
		all := []string{
			"MOV R1, R2", "MOV R2, -7", "ADD R1, R2", "SUB R3, 1", "MUL R1, R3", "DIV R1, R2", "MOD R1, R3",
			"LOAD R1, [BP+8]", "LOAD R2, [SP-8]", "STORE [BP], R1", "STORE [BP+8], R3", "STORE [SP+8], 3",
			"STORE [BP-800], R1", "JMP main", "JEQ R1, R2, main", "JLT R1, 3, main", "CALL main", "RET", "YIELD",
			"GO main, 2", "CHAN", "HOST h", "SYS read", "ENTER 65535", "ENTER 1", "EXIT",
		}
		for _, b := range data {
			lines = append(lines, all[int(b)%len(all)])
		}
		p, err := Assemble("f.asm", strings.Join(lines, "\n"), map[string]Host{"h": func([]uint64) uint64 { return 1 }})
		require.NoError(t, err)
		runAny(p)
	})
}

// Each opcode has a mnemonic that names it, and a case in CPU.Run; one without a
// case is no trap by accident.
func TestEachOpcodeHasItsCase(t *testing.T) {
	run := func(op opcode) (panicked any) {
		defer func() { panicked = recover() }()
		var c CPU
		c.Use(NewStack(64))
		c.R[SP], c.R[BP], c.Slice = c.Stack().Hi-8*Word, c.Stack().Hi-8*Word, 1
		p := &Program{code: []instr{{op: op, b: 1, imm: 1}}, lines: []int{0}, hosts: []Host{func([]uint64) uint64 { return 0 }}}
		c.Run(p)
		return nil
	}
	for op := range opTrap + 1 {
		require.Contains(t, mnemonics, op.String(), "opcode %d", op)
		require.Nil(t, run(op), op)
	}
	require.Equal(t, fmt.Sprintf("machine: opcode %d has no case in CPU.Run", opTrap+1), run(opTrap+1))
}

// What the page says of the instructions is so.
func TestThePageCountsTheInstructions(t *testing.T) {
	for file, says := range map[string]string{"README.md": "There are %d. In", "README.ko.md": "모두 %d개입니다. 산술"} {
		text, err := os.ReadFile("../../labs/" + file)
		require.NoError(t, err)
		require.True(t, strings.Contains(string(text), fmt.Sprintf(says, len(mnemonics))), "%s: there are %d", file, len(mnemonics))
		for name := range mnemonics {
			require.True(t, strings.Contains(string(text), "`"+name) || strings.Contains(string(text), name+" "), "%s: %s", file, name)
		}
	}
}
