package ctxswitch_test

import (
	"fmt"
	"slices"
	"testing"

	"gmplab/internal/check"
	"gmplab/internal/machine"
	ctxswitch "gmplab/labs/03-context-switch"
)

// ---- Task 1: Save and Load ----

func TestSaveKeepsThreeWords(t *testing.T) {
	check.Task(t, 1, func(t *testing.T) {
		c, g := marked(1)
		want := machine.Context{PC: c.PC, SP: c.R[machine.SP], BP: c.R[machine.BP]}
		registers, pc, words := c.R, c.PC, slices.Clone(g.Stack.Words())
		g.Full = true // as it may be from an earlier preemption
		c.Poison, c.Guard = true, 0x77
		g.Ret, g.Link = 0x66, &machine.G{ID: 99}
		g.Status.Store(machine.Running)
		rest := func() string {
			return fmt.Sprintf("c {Guard %#x, Poison %t, Stack %#x} g {ID %d, Status %d, Ret %#x, Link %s, Stack %#x}",
				c.Guard, c.Poison, c.Stack().Lo, g.ID, g.Status.Load(), g.Ret, id(g.Link), g.Stack.Lo)
		}
		before := rest()

		ctxswitch.Save(c, g)

		call := fmt.Sprintf("Save(c, g): PC = %#x, SP = %#x, BP = %#x", want.PC, want.SP, want.BP)
		check.Equal(t, call, "g.Context.PC", check.Addr(g.Context.PC), check.Addr(want.PC), threeWords)
		check.Equal(t, call, "g.Context.SP", check.Addr(g.Context.SP), check.Addr(want.SP), threeWords)
		check.Equal(t, call, "g.Context.BP", check.Addr(g.Context.BP), check.Addr(want.BP), threeWords)
		check.Equal(t, call, "g.Full", g.Full, false, check.Say(
			"Full says how g was saved last. If Save leaves it set, the scheduler looks for sixteen registers on a stack where there are none",
			"Full은 g가 마지막에 어떻게 저장되었는지를 나타냅니다. Save가 지우지 않으면 스케줄러가 있지도 않은 레지스터 열여섯 개를 스택에서 찾습니다"))
		sameRegisters(t, call, c, registers, nothingElse)
		check.Equal(t, call, check.Say("c's PC", "c의 PC"), c.PC, pc, nothingElse)
		check.True(t, slices.Equal(g.Stack.Words(), words), call,
			check.Say("words of the stack changed", "스택의 워드가 바뀌었습니다"),
			check.Say("the stack as it was", "그대로인 스택"), nothingElse)
		check.True(t, rest() == before, call, rest(), before, nothingElse)
	})
}

func TestLoadBringsThreeWordsBack(t *testing.T) {
	check.Task(t, 1, func(t *testing.T) {
		c, g := marked(1)
		pc, sp, bp := c.PC, c.R[machine.SP], c.R[machine.BP]
		ctxswitch.Save(c, g)
		words := slices.Clone(g.Stack.Words())
		strangers(c)
		before := planted(c, g)

		ctxswitch.Load(c, g)

		call := check.Say("Save(c, g), another goroutine runs, Load(c, g)", "Save(c, g), 다른 고루틴 실행, Load(c, g)")
		check.Equal(t, call, "c.PC", check.Addr(c.PC), check.Addr(pc), threeWords)
		check.Equal(t, call, "c.R[SP]", check.Addr(c.R[machine.SP]), check.Addr(sp), threeWords)
		check.Equal(t, call, "c.R[BP]", check.Addr(c.R[machine.BP]), check.Addr(bp), threeWords)
		check.Equal(t, call, "c.Stack().Lo", check.Addr(c.Stack().Lo), check.Addr(g.Stack.Lo), check.Say(
			"a CPU reads and writes one stack: Load must call c.Use(g.Stack), as Go's gogo sets g",
			"CPU는 스택 하나만 읽고 씁니다. Go의 gogo가 g를 설정하듯 Load는 c.Use(g.Stack)을 불러야 합니다"))
		check.Equal(t, call, "c.Guard", check.Addr(c.Guard), check.Addr(g.Stack.Lo+machine.GuardWords*machine.Word), check.Say(
			"the guard belongs to the stack: c.Use sets it, and it must stay so", "스택 가드는 스택에 딸린 값입니다. c.Use가 정한 그대로여야 합니다"))
		check.True(t, slices.Equal(g.Stack.Words(), words), call,
			check.Say("words of the stack changed", "스택의 워드가 바뀌었습니다"),
			check.Say("the stack as it was", "그대로인 스택"), nothingElse)
		check.True(t, others(c, g) == before, call, others(c, g), before, notOurs)
	})
}

// counting yields after each step; its only state is on its stack.
const counting = `
main:   ENTER 2             ; main(id, n): n times: log id, yield
        LOAD  R1, [BP+24]
        STORE [BP-8], R1    ; what must live through YIELD lives on the stack
loop:   LOAD  R1, [BP-8]
        JEQ   R1, 0, end
        SUB   R1, 1
        STORE [BP-8], R1
        LOAD  R1, [BP+16]
        STORE [SP], R1
        HOST  log
        YIELD
        JMP   loop
end:    RET
`

// logged assembles source with a HOST log that notes its argument.
func logged(t *testing.T, source string) (*machine.Program, *[]uint64) {
	t.Helper()
	log := new([]uint64)
	p := check.Program(t, "test.asm", source, map[string]machine.Host{
		"log": func(args []uint64) uint64 {
			*log = append(*log, args[0])
			return 0
		},
	})
	return p, log
}

func TestTwoGoroutinesTakeTurns(t *testing.T) {
	check.Task(t, 1, func(t *testing.T) {
		p, log := logged(t, counting)
		c := &machine.CPU{Poison: true}
		a := check.NewG(t, p, 1, "main", 64, 1, 3)
		b := check.NewG(t, p, 2, "main", 64, 2, 3)
		call := check.Say("Load(c, g), run, Save(c, g), for two goroutines in turn, until each has logged 3 times",
			"두 고루틴에 번갈아 Load(c, g), 실행, Save(c, g). 각각 세 번 기록할 때까지")
		for turn := range 6 {
			g := []*machine.G{a, b}[turn%2]
			ctxswitch.Load(c, g)
			trap := c.Run(p)
			check.True(t, trap.Kind == machine.Yield, call,
				fmt.Sprintf("%v (%v), log %v", trap.Kind, trap.Err, *log), "YIELD", threeWords)
			ctxswitch.Save(c, g)
		}
		check.Equal(t, call, "log", *log, []uint64{1, 2, 1, 2, 1, 2}, threeWords)
	})
}
