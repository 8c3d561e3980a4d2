package ctxswitch_test

import (
	_ "embed"
	"testing"

	"gmplab/internal/check"
	"gmplab/internal/machine"
)

//go:embed switch.go
var source string

func TestMain(m *testing.M) {
	check.Main(m, "03-context-switch", "switch.go", source)
}

// marked returns a CPU whose registers and PC all differ, using the stack of
// the goroutine it returns, of which every word differs too.
func marked(id uint64) (*machine.CPU, *machine.G) {
	s := machine.NewStack(64)
	for i := range s.Words() {
		s.Words()[i] = 0x5000 + uint64(i)
	}
	c := &machine.CPU{PC: 0x700 + id}
	c.Use(s)
	for i := range c.R {
		c.R[i] = 0x100*(id+1) + uint64(i)
	}
	c.R[machine.SP], c.R[machine.BP] = s.Lo+40*machine.Word, s.Lo+44*machine.Word
	return c, &machine.G{ID: id, Stack: s}
}

// strangers fills c as another goroutine would leave it.
func strangers(c *machine.CPU) {
	c.Use(machine.NewStack(64))
	c.PC = 0xbad
	for i := range c.R {
		c.R[i] = 0xbad000 + uint64(i)
	}
}

var (
	threeWords = check.Say(
		"a goroutine that gave way by itself goes on by three words, PC, SP and BP. One that is lost is a goroutine that goes on in the wrong place or on the wrong stack",
		"스스로 양보한 고루틴은 PC, SP, BP 세 워드만으로 이어서 실행됩니다. 하나라도 잃으면 엉뚱한 곳에서, 또는 엉뚱한 스택으로 이어지게 됩니다")
	nothingElse = check.Say(
		"a cooperative switch is cheap because it touches nothing else: the convention says that every other register is dead at a YIELD",
		"협력적 문맥 교환이 싼 까닭은 다른 것을 건드리지 않기 때문입니다. YIELD에서 나머지 레지스터는 호출 규약에 따라 모두 죽은 값입니다")
)
