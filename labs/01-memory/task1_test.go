package memory_test

import (
	"fmt"
	"testing"

	"gmplab/internal/check"
	"gmplab/internal/machine"
	memory "gmplab/labs/01-memory"
)

func TestGuardIs32WordsAboveLo(t *testing.T) {
	check.Task(t, 1, func(t *testing.T) {
		for _, n := range []int{256, 512, 4096} {
			s := machine.NewStack(n)
			call := fmt.Sprintf(check.Say("Guard(stack of %d words), Lo = %#x", "Guard(%d워드 스택), Lo = %#x"), n, s.Lo)
			check.Equal(t, call, check.Say("result", "반환값"), check.Addr(memory.Guard(s)), check.Addr(s.Lo+32*8), roomBelow)
		}
	})
}

// deeper calls itself for ever.
const deeper = `
main:   ENTER 0
        CALL  main
        RET
`

// toTheGuard runs c, an instruction at a time, until it traps, and fails if
// there is ever less room below SP than a save needs.
func toTheGuard(t *testing.T, call string, c *machine.CPU, p *machine.Program) {
	t.Helper()
	s := c.Stack()
	c.Slice = 1
	trap := c.Run(p)
	for trap.Kind == machine.Stopped {
		room := (int64(c.R[machine.SP]) - int64(s.Lo)) / machine.Word
		check.True(t, room >= 31, call,
			fmt.Sprintf(check.Say("%d words left below SP = %#x, before %s", "SP = %#[2]x 아래에 %[1]d워드만 남음, %[3]s 앞"), room, c.R[machine.SP], p.Where(c.PC)),
			check.Say("31 words at least, before every instruction", "어느 명령어 앞에서나 31워드 이상"), roomBelow)
		trap = c.Run(p)
	}
	check.True(t, trap.Kind == machine.MoreStack, call, fmt.Sprintf("%v %v", trap.Kind, trap.Err), "MORESTACK", roomBelow)
}

func TestGuardLeavesRoomForASaveAtAnyInstruction(t *testing.T) {
	check.Task(t, 1, func(t *testing.T) {
		p := check.Program(t, "deeper.asm", deeper, nil)
		g := check.NewG(t, p, 1, "main", 256)
		c := &machine.CPU{Poison: true}
		load(c, g)
		c.Guard = memory.Guard(g.Stack)
		toTheGuard(t, check.Say("c.Guard = Guard(g.Stack), main calls itself until a trap",
			"c.Guard = Guard(g.Stack), 트랩이 날 때까지 main이 자신을 호출"), c, p)
	})
}

func TestGuardSetHighPreempts(t *testing.T) {
	check.Task(t, 1, func(t *testing.T) {
		p := check.Program(t, "deeper.asm", deeper, nil)
		g := check.NewG(t, p, 1, "main", 256)
		c := &machine.CPU{Poison: true}
		load(c, g)
		call := check.Say("c.Guard = the highest address, run, c.Guard = Guard(g.Stack), run",
			"c.Guard = 가장 높은 주소, 실행, c.Guard = Guard(g.Stack), 실행")
		rule := check.Say("a guard above every SP makes the next ENTER trap though there is room: so Go preempts cooperatively, and afterwards puts the real guard back",
			"가드를 모든 SP보다 높이면 자리가 있어도 다음 ENTER에서 트랩이 납니다. Go는 이렇게 협력적으로 선점하고, 그다음 원래 가드로 되돌립니다")
		c.Guard = ^uint64(0)
		trap := c.Run(p)
		check.True(t, trap.Kind == machine.MoreStack && c.R[machine.SP] == g.Context.SP, call, fmt.Sprintf("%v, SP = %#x", trap.Kind, c.R[machine.SP]), "MORESTACK", rule)
		c.Guard = memory.Guard(g.Stack)
		toTheGuard(t, call, c, p)
	})
}
