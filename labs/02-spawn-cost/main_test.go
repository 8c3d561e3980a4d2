package spawn_test

import (
	_ "embed"
	"fmt"
	"testing"

	"gmplab/internal/check"
	"gmplab/internal/harness"
	"gmplab/internal/machine"
	spawn "gmplab/labs/02-spawn-cost"
)

//go:embed spawn.go
var source string

func TestMain(m *testing.M) {
	harness.Play(parts)
	check.Main(m, "02-spawn-cost", "spawn.go", source)
}

// dead returns n goroutines that have exited, each with a first stack, with
// ids from 1, and with what a life leaves behind in their fields.
func dead(n int) []*machine.G {
	all := make([]*machine.G, n)
	for i := range all {
		all[i] = &machine.G{
			ID: uint64(i + 1), Stack: machine.NewStack(spawn.StackWords), Full: true, Ret: 77,
			Context: machine.Context{PC: 7, SP: 8, BP: 16}, Link: &machine.G{ID: 9999},
		}
		all[i].Status.Store(machine.Running)
	}
	return all
}

func id(g *machine.G) string {
	if g == nil {
		return "nil"
	}
	return fmt.Sprintf("g%d", g.ID)
}

var (
	everyoneOnce = check.Say(
		"who was put can be taken, once. A goroutine that is handed out twice is two goroutines on one stack; one that is lost is made anew, for ever",
		"넣은 것은 꺼낼 수 있고, 단 한 번 꺼냅니다. 두 번 나간 고루틴은 한 스택을 쓰는 두 고루틴이 되고, 잃어버린 고루틴은 끝없이 새로 만들게 됩니다")
	noMemory = check.Say(
		"the list is there so that a go statement does not wait for the allocator. G.Link is a place for the list in every G",
		"프리 리스트가 있는 까닭은 go 문이 메모리 할당을 기다리지 않게 하려는 것입니다. 리스트로 잇는 데 쓸 자리는 모든 G에 G.Link로 마련되어 있습니다")
)
