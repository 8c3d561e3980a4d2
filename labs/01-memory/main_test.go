package memory_test

import (
	_ "embed"
	"fmt"
	"testing"

	"gmplab/internal/check"
	"gmplab/internal/machine"
)

//go:embed stack.go
var source string

func TestMain(m *testing.M) {
	check.Main(m, "01-memory", "stack.go", source)
}

// save and load are lab 03's, as far as this lab needs them.
func save(c *machine.CPU, g *machine.G) {
	g.Context = machine.Context{PC: c.PC, SP: c.R[machine.SP], BP: c.R[machine.BP]}
}

func load(c *machine.CPU, g *machine.G) {
	c.Use(g.Stack)
	c.PC, c.R[machine.SP], c.R[machine.BP] = g.Context.PC, g.Context.SP, g.Context.BP
}

func size(s machine.Stack) int { return len(s.Words()) }

// inUse is how many words g's frames take, from SP up.
func inUse(g *machine.G) int { return int(g.Stack.Hi-g.Context.SP) / machine.Word }

func words(n int) string { return fmt.Sprintf(check.Say("%d words", "%d워드"), n) }

// result words what Grow has done.
func result(err error, g *machine.G) string {
	return fmt.Sprintf(check.Say("error %v, a stack of %s", "오류 %v, 스택은 %s"), err, words(size(g.Stack)))
}

// ---- Task 1: Guard ----

var roomBelow = check.Say(
	"32 words below the guard stay free: one for the return address that CALL pushes without asking, and the 31 that are left then for a save of all registers, which may come at any instruction",
	"가드 아래 32워드는 늘 비어 있어야 합니다. 한 워드는 CALL이 확인 없이 쌓는 복귀 주소의 자리이고, 그러고도 남는 31워드는 아무 명령어에서나 일어날 수 있는 전체 레지스터 저장의 자리입니다")
