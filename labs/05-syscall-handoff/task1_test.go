package handoff_test

import (
	"testing"

	"gmplab/internal/check"
	"gmplab/internal/interleave"
	handoff "gmplab/labs/05-syscall-handoff"
)

func TestYieldSavesBeforeItPublishes(t *testing.T) {
	check.Task(t, 1, func(t *testing.T) {
		call := "Yield(ready, g, 2)"
		var ready handoff.Ready
		g := new(handoff.Saved)
		handoff.Yield(&ready, g, 2)
		check.True(t, ready.Load() == g, call, check.Say("g is not in ready", "ready에 g가 없음"), check.Say("ready holds g", "ready에 g가 있음"), saveFirst)
		check.Equal(t, call, "g.PC", g.PC.Load(), uint64(2), saveFirst)
		ready.Store(nil)
		handoff.Yield(&ready, g, 2)
		check.True(t, ready.Load() == g, call+", "+call, check.Say("g is not in ready the second time", "두 번째에는 ready에 g가 없음"), check.Say("ready holds g", "ready에 g가 있음"), check.Say(
			"Yield puts g into ready each time, also if it goes on at the same place, as in a loop", "Yield는 매번 g를 ready에 넣습니다. 반복문처럼 같은 곳에서 이어지더라도 그렇습니다"))

		explore(t, call, check.Say("each part of g runs once", "g의 각 부분이 한 번씩 실행됨"), saveFirst, func(m *interleave.Model) {
			var ready handoff.Ready
			g := new(handoff.Saved)
			g.PC.Store(1)
			m.Watch("ready", &ready)
			m.Watch("g", g)
			m.Label(g, "g")
			var ran [3]int
			run := func() (pc uint64) { // runs the part of g that is next
				pc = g.PC.Load()
				ran[pc]++
				m.Check(ran[pc] == 1, "part %d of g runs twice", "g의 %d번째 부분이 두 번 실행됩니다", pc)
				return pc + 1
			}
			m.Go("M1", func() {
				pc := run()
				handoff.Yield(&ready, g, pc)
			})
			m.Go("M2", func() {
				for ready.Swap(nil) == nil {
					interleave.Pause()
				}
				g.PC.Store(run())
				m.Saw("M2 runs g")
			})
			m.After(func() {
				m.Check(g.PC.Load() == 3, "g.PC = %d, but M2 has saved 3: g was not M1's any more", "g.PC = %d: M2가 저장한 것은 3입니다. g는 이미 M1의 것이 아니었습니다", g.PC.Load())
				m.Check(ran[2] == 1, "part 2 of g has run %d times", "g의 2번째 부분이 %d번 실행되었습니다", ran[2])
			})
		}, "M2 runs g")
	})
}
