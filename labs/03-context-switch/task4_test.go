package ctxswitch_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"gmplab/internal/check"
	"gmplab/internal/machine"
	ctxswitch "gmplab/labs/03-context-switch"
)

// ---- Task 4: SaveAll and LoadAll ----

var allSixteen = check.Say(
	"a preempted goroutine was stopped between any two instructions: all sixteen registers and the PC may be alive, and each must come back",
	"선점된 고루틴은 아무 명령어 사이에서나 멈춥니다. 레지스터 열여섯 개와 PC가 모두 살아 있을 수 있으므로 하나도 빠짐없이 돌아와야 합니다")

// sameRegisters tells which of c's registers differ: the one, or all sixteen if
// several do, so that one sees how they are mixed up.
func sameRegisters(t *testing.T, call string, c *machine.CPU, want [16]uint64, rule string) {
	t.Helper()
	wrong := []int{}
	for i := range want {
		if c.R[i] != want[i] {
			wrong = append(wrong, i)
		}
	}
	if len(wrong) > 1 {
		check.Fail(t, call, table(c.R), table(want), rule)
	}
	for _, i := range wrong {
		check.Equal(t, call, "c."+register(i), check.Addr(c.R[i]), check.Addr(want[i]), rule)
	}
}

func register(i int) string {
	switch i {
	case machine.SP:
		return "R[SP]"
	case machine.BP:
		return "R[BP]"
	}
	return fmt.Sprintf("R[%d]", i)
}

// table shows sixteen registers, four a line.
func table(r [16]uint64) string {
	var b strings.Builder
	for i, v := range r {
		sep := "  "
		if i%4 == 0 {
			sep = "\n"
		}
		fmt.Fprintf(&b, "%s%-5s %-7s", sep, register(i), check.Addr(v))
	}
	return strings.TrimSpace(strings.ReplaceAll(b.String(), " \n", "\n"))
}

// others words what a switch has no business with: all of c but the registers,
// PC, stack and guard, and all of g but Context and Full.
func others(c *machine.CPU, g *machine.G) string {
	return fmt.Sprintf("c {Poison %t, Slice %d} g {ID %d, Status %d, Ret %#x, Link %s, Stack %#x}",
		c.Poison, c.Slice, g.ID, g.Status.Load(), g.Ret, id(g.Link), g.Stack.Lo)
}

// planted gives what others shows values that a switch must leave.
func planted(c *machine.CPU, g *machine.G) string {
	c.Poison, c.Slice = true, 7
	g.Ret, g.Link = 0x66, &machine.G{ID: 99}
	g.Status.Store(machine.Running)
	return others(c, g)
}

var notOurs = check.Say(
	"a switch touches what its contract names, nothing else: the other fields are the scheduler's, and those who test by Poison and Slice need them (the values here were planted)",
	"문맥 교환은 계약에 나온 것만 건드립니다. 나머지 필드는 스케줄러의 것이고, Poison과 Slice는 시험하는 쪽이 씁니다(여기 값들은 테스트가 심어 둔 것입니다)")

func TestSaveAllKeepsAllSixteenAndThePC(t *testing.T) {
	check.Task(t, 4, func(t *testing.T) {
		c, g := marked(1)
		registers, pc, words := c.R, c.PC, slices.Clone(g.Stack.Words())
		sp := c.R[machine.SP]
		used := (sp - g.Stack.Lo) / machine.Word // words below SP
		before := planted(c, g)

		ctxswitch.SaveAll(c, g)

		call := fmt.Sprintf("SaveAll(c, g): SP = %#x", sp)
		sameRegisters(t, call, c, registers, notOurs)
		check.True(t, others(c, g) == before, call, others(c, g), before, notOurs)
		check.Equal(t, call, "g.Full", g.Full, true, check.Say(
			"Full tells whoever loads g that sixteen registers lie on its stack",
			"Full은 g의 스택에 레지스터 열여섯 개가 놓여 있음을 불러오는 쪽에 알립니다"))
		dump := check.Say("Context.PC and Context.BP say where g was stopped: a dump of its frames begins there",
			"Context.PC와 Context.BP는 g가 멈춘 곳입니다. 프레임을 출력할 때 여기서 시작합니다")
		check.Equal(t, call, "g.Context.PC", check.Addr(g.Context.PC), check.Addr(pc), dump)
		check.Equal(t, call, "g.Context.BP", check.Addr(g.Context.BP), check.Addr(registers[machine.BP]), dump)
		check.True(t, slices.Equal(g.Stack.Words()[used:], words[used:]), call,
			check.Say("words at or above SP changed", "SP와 그 위의 워드가 바뀌었습니다"),
			check.Say("only words below SP are written", "SP 아래의 워드에만 씀"),
			check.Say("the words from SP up are g's frames", "SP부터 위쪽은 g의 프레임입니다"))
		lowest := g.Context.SP
		check.True(t, g.Stack.Has(lowest) && lowest < sp && sp-lowest <= 31*machine.Word, call,
			fmt.Sprintf("g.Context.SP = %#x", lowest),
			fmt.Sprintf(check.Say("at most 31 words below SP: %#x to %#x", "SP에서 31워드 아래까지: %#x부터 %#x"), sp-31*machine.Word, sp-machine.Word),
			check.Say("g.Context.SP is the lowest word used, and the guard keeps 32 words free, one of them for CALL",
				"g.Context.SP는 사용한 가장 낮은 워드입니다. 가드가 비워 두는 것은 32워드이고 그중 하나는 CALL의 몫입니다"))

		// What lies below the lowest word used is nobody's: scribble on it.
		for addr := g.Stack.Lo; addr < lowest; addr += machine.Word {
			g.Stack.Set(addr, 0xdead)
		}
		strangers(c)
		before = planted(c, g)
		ctxswitch.LoadAll(c, g)

		call = check.Say("SaveAll(c, g), another goroutine runs, LoadAll(c, g)", "SaveAll(c, g), 다른 고루틴 실행, LoadAll(c, g)")
		check.Equal(t, call, "c.PC", check.Addr(c.PC), check.Addr(pc), allSixteen)
		sameRegisters(t, call, c, registers, allSixteen)
		check.True(t, others(c, g) == before, call, others(c, g), before, notOurs)
		check.Equal(t, call, "c.Guard", check.Addr(c.Guard), check.Addr(g.Stack.Lo+machine.GuardWords*machine.Word), check.Say(
			"the guard belongs to the stack: c.Use sets it, and it must stay so", "스택 가드는 스택에 딸린 값입니다. c.Use가 정한 그대로여야 합니다"))
		check.Equal(t, call, "c.Stack().Lo", check.Addr(c.Stack().Lo), check.Addr(g.Stack.Lo), check.Say(
			"LoadAll must call c.Use(g.Stack), as Load does", "Load와 마찬가지로 LoadAll도 c.Use(g.Stack)을 불러야 합니다"))
	})
}

func TestSaveAllUsesEachGoroutinesOwnStack(t *testing.T) {
	check.Task(t, 4, func(t *testing.T) {
		ca, a := marked(1)
		cb, b := marked(2)
		wantA, wantB := ca.R, cb.R
		ctxswitch.SaveAll(ca, a)
		ctxswitch.SaveAll(cb, b)
		call := "SaveAll(c1, g1), SaveAll(c2, g2), LoadAll(c, g1), LoadAll(c, g2)"
		rule := check.Say("two goroutines may be preempted at once: what is saved lies on each one's own stack",
			"두 고루틴이 동시에 선점된 상태일 수 있습니다. 저장한 값은 각자의 스택에 있어야 합니다")
		// All that g2 is, but at another address: only what is on its stack and in
		// its fields can bring it back.
		twin := &machine.G{ID: b.ID, Context: b.Context, Stack: machine.NewStack(64), Full: b.Full}
		copy(twin.Stack.Words(), b.Stack.Words())
		twin.Context.SP += twin.Stack.Lo - b.Stack.Lo
		twin.Context.BP += twin.Stack.Lo - b.Stack.Lo

		c := &machine.CPU{}
		ctxswitch.LoadAll(c, a)
		sameRegisters(t, call+": g1", c, wantA, rule)
		ctxswitch.LoadAll(c, b)
		sameRegisters(t, call+": g2", c, wantB, rule)

		strangers(c)
		ctxswitch.LoadAll(c, twin)
		for i := range 14 { // BP and SP are where the copy of the stack is
			check.Equal(t, check.Say("SaveAll(c2, g2), a copy of g2 and its stack, LoadAll(c, copy)", "SaveAll(c2, g2), g2와 그 스택을 복사, LoadAll(c, 복사본)"),
				fmt.Sprintf("c.R[%d]", i), check.Addr(c.R[i]), check.Addr(wantB[i]), rule)
		}
	})
}

// busy keeps values in registers for as long as the convention allows, so that
// a lost register is a wrong result: sum(n) by recursion, times and by a loop.
const busy = `
main:   ENTER 2             ; main(id, n)
        LOAD  R1, [BP+24]
        STORE [SP], R1
        CALL  sum
        STORE [BP-8], R0    ; 1 + … + n
        LOAD  R2, [BP+24]
        MOV   R0, 0
        MOV   R3, 1
        MOV   R4, 2
        MOV   R5, 3
        MOV   R6, 4
        MOV   R7, 5
        MOV   R8, 6
        MOV   R9, 7
        MOV   R10, 8
        MOV   R11, 9
        MOV   R12, 10
        MOV   R13, 11
loop:   ADD   R0, R3
        ADD   R0, R4
        ADD   R0, R5
        ADD   R0, R6
        ADD   R0, R7
        ADD   R0, R8
        ADD   R0, R9
        ADD   R0, R10
        ADD   R0, R11
        ADD   R0, R12
        ADD   R0, R13       ; 66 a round
        SUB   R2, 1
        JNE   R2, 0, loop
        LOAD  R1, [BP-8]
        MUL   R1, 1000
        ADD   R0, R1
        LOAD  R1, [BP+16]
        MUL   R1, 1000000
        ADD   R0, R1
        STORE [SP], R0
        HOST  log           ; id, sum, 66 n
        RET
sum:    ENTER 1
        LOAD  R0, [BP+16]
        JEQ   R0, 0, end
        SUB   R0, 1
        STORE [SP], R0
        CALL  sum
        LOAD  R1, [BP+16]
        ADD   R0, R1
end:    RET
`

func TestSaveAllAtEveryInstruction(t *testing.T) {
	check.Task(t, 4, func(t *testing.T) {
		p, log := logged(t, busy)
		steps := 0
		for stop := 1; ; stop++ {
			*log = nil
			g := check.NewG(t, p, 1, "main", 64, 1, 3)
			c := &machine.CPU{Poison: true, Slice: stop}
			c.Use(g.Stack)
			c.PC, c.R[machine.SP] = g.Context.PC, g.Context.SP
			trap := c.Run(p)
			if trap.Kind == machine.Exit {
				break // stop is beyond the program's end
			}
			steps = stop
			where := p.Where(c.PC)
			ctxswitch.SaveAll(c, g)
			strangers(c)
			c.Slice = 0
			ctxswitch.LoadAll(c, g)
			trap = c.Run(p)
			call := fmt.Sprintf(check.Say("stop after %d instructions, before %s: SaveAll(c, g), another goroutine runs, LoadAll(c, g), to the end",
				"명령어 %d개를 실행하고 %s 앞에서 멈춤: SaveAll(c, g), 다른 고루틴 실행, LoadAll(c, g), 끝까지 실행"), stop, where)
			check.True(t, trap.Kind == machine.Exit, call, fmt.Sprintf("%v %v", trap.Kind, trap.Err), "EXIT", allSixteen)
			check.Equal(t, call, check.Say("result", "결과 값"), *log, []uint64{1_006_198}, allSixteen)
		}
		require.Greater(t, steps, 50, "the program is long enough to be worth it")
	})
}

func TestSaveAllHasItsRoom(t *testing.T) {
	check.Task(t, 4, func(t *testing.T) {
		// The deepest that a goroutine can be: SP at the guard, and CALL has
		// pushed one word more. 31 words are left.
		c, g := marked(1)
		c.R[machine.SP] = c.Guard - machine.Word
		c.R[machine.BP] = c.R[machine.SP] + 2*machine.Word
		want := c.R
		ctxswitch.SaveAll(c, g)
		strangers(c)
		ctxswitch.LoadAll(c, g)
		sameRegisters(t, check.Say("SaveAll(c, g), LoadAll(c, g) with 31 words left below SP", "SP 아래에 31워드만 남았을 때 SaveAll(c, g), LoadAll(c, g)"),
			c, want, allSixteen)
	})
}
