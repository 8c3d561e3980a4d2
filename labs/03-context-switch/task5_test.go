package ctxswitch_test

import (
	"fmt"
	"slices"
	"testing"

	"gmplab/internal/check"
	"gmplab/internal/machine"
	ctxswitch "gmplab/labs/03-context-switch"
)

// ---- Task 5: Run with preemption ----

func TestRunPreemptsAtEveryInstruction(t *testing.T) {
	check.Task(t, 5, func(t *testing.T) {
		p, log := logged(t, busy)
		for slice := 1; slice <= 120; slice++ {
			*log = nil
			err := run(t, p, new(ctxswitch.Ready), slice,
				check.NewG(t, p, 1, "main", 64, 1, 1),
				check.NewG(t, p, 2, "main", 64, 2, 2),
				check.NewG(t, p, 3, "main", 64, 3, 3))
			call := fmt.Sprintf(check.Say("Run(c, p, ready) with g1, g2, g3 and a slice of %d instructions", "Run(c, p, ready): g1, g2, g3, 타임 슬라이스는 명령어 %d개"), slice)
			check.True(t, err == nil, call, fmt.Sprint(err), "nil", check.Say(
				"STOPPED is no error: the goroutine's slice is over, and it goes on later",
				"STOPPED는 오류가 아닙니다. 타임 슬라이스가 끝났을 뿐이고 나중에 이어서 실행됩니다"))
			slices.Sort(*log)
			check.Equal(t, call, check.Say("results", "결과 값"), *log, []uint64{1_001_066, 2_003_132, 3_006_198}, allSixteen)
		}
	})
}

func TestRunStopsAHog(t *testing.T) {
	check.Task(t, 5, func(t *testing.T) {
		p, log := logged(t, counting+`
hog:    ENTER 1             ; never yields
        STORE [SP], 9
        HOST  log
        MOV   R1, 1000
spin:   SUB   R1, 1
        JNE   R1, 0, spin
        STORE [SP], 9
        HOST  log
        RET`)
		err := run(t, p, new(ctxswitch.Ready), 100,
			check.NewG(t, p, 9, "hog", 64),
			check.NewG(t, p, 1, "main", 64, 1, 3))
		call := check.Say("Run(c, p, ready), slice 100: g9 counts to 1000 and never yields, g1 logs 3 times",
			"Run(c, p, ready), 타임 슬라이스 100: g9는 양보하지 않고 1000까지 세고 g1은 세 번 기록")
		check.True(t, err == nil, call, fmt.Sprint(err), "nil", allSixteen)
		check.Equal(t, call, "log", *log, []uint64{9, 1, 1, 1, 9}, check.Say(
			"a goroutine whose slice is over goes to the end of the queue: one that never yields can't keep the others waiting",
			"타임 슬라이스가 끝난 고루틴은 큐의 끝으로 갑니다. 양보하지 않는 고루틴도 다른 고루틴을 계속 기다리게 할 수 없습니다"))
	})
}

// mixed is preempted in its loop, with a value in a register, and yields too.
const mixed = `
main:   ENTER 2             ; main(id, n)
        STORE [BP-8], 0
turn:   MOV   R1, 5
        MOV   R2, 0
add:    ADD   R2, R1        ; 5 + 4 + 3 + 2 + 1
        SUB   R1, 1
        JNE   R1, 0, add
        LOAD  R1, [BP-8]
        ADD   R1, R2
        STORE [BP-8], R1
        YIELD
        LOAD  R1, [BP+24]
        SUB   R1, 1
        STORE [BP+24], R1
        JNE   R1, 0, turn
        LOAD  R1, [BP-8]
        LOAD  R2, [BP+16]
        MUL   R2, 1000
        ADD   R1, R2
        STORE [SP], R1
        HOST  log
        RET
`

func TestRunMixesYieldAndPreemption(t *testing.T) {
	check.Task(t, 5, func(t *testing.T) {
		p, log := logged(t, mixed)
		for slice := 1; slice <= 60; slice++ {
			*log = nil
			err := run(t, p, new(ctxswitch.Ready), slice,
				check.NewG(t, p, 1, "main", 64, 1, 4),
				check.NewG(t, p, 2, "main", 64, 2, 5))
			call := fmt.Sprintf(check.Say("Run(c, p, ready), slice %d: g1 and g2 yield and are preempted", "Run(c, p, ready), 타임 슬라이스 %d: g1과 g2가 양보하기도 하고 선점되기도 함"), slice)
			check.True(t, err == nil, call, fmt.Sprint(err), "nil", loading)
			slices.Sort(*log)
			check.Equal(t, call, check.Say("results", "결과 값"), *log, []uint64{1_060, 2_075}, loading)
		}
	})
}

func TestRunSavesAPreemptedOneBeforeItPublishes(t *testing.T) {
	check.Task(t, 5, func(t *testing.T) {
		p, log := logged(t, mixed)
		g := check.NewG(t, p, 1, "main", 64, 1, 2)
		longer := check.NewG(t, p, 2, "main", 64, 2, 3) // so that g is never alone
		call := check.Say("Run(c, p, ready) with g1 and g2, slice 1: at each Push of g1 another thread runs it for one instruction, and stops it again",
			"g1과 g2로 Run(c, p, ready), 타임 슬라이스 1: g1을 Push할 때마다 다른 스레드가 g1을 명령어 하나만큼 실행하고 다시 멈춤")
		// The onlooker takes g at the moment it is pushed and runs it on a CPU of
		// its own, as another thread would; what Run does to g afterwards is too late.
		var queue fifoQueue
		pushes := 0
		other := &machine.CPU{Poison: true, Slice: 1}
		err := run(t, p, onlooker{&queue, func(pushed *machine.G) {
			if pushed != g {
				return
			}
			if pushes++; pushes == 1 || pushes > 500 {
				return
			}
			if g.Full {
				ctxswitch.LoadAll(other, g)
			} else {
				ctxswitch.Load(other, g)
			}
			switch trap := other.Run(p); trap.Kind {
			case machine.Stopped:
				ctxswitch.SaveAll(other, g)
			case machine.Yield:
				ctxswitch.Save(other, g)
			}
		}}, 1, g, longer)
		check.True(t, pushes > 20, call, fmt.Sprintf(check.Say("%d pushes", "Push %d번"), pushes), check.Say("more than 20", "20번보다 많음"), publish)
		check.True(t, err == nil, call, fmt.Sprint(err), "nil", publish)
		check.Equal(t, call, check.Say("results", "결과 값"), *log, []uint64{1_030, 2_045}, publish)
	})
}

func TestRunStopsWhenAnotherThreadAsks(t *testing.T) {
	check.Task(t, 5, func(t *testing.T) {
		// The same from outside: Preempt, called while the machine runs, as
		// sysmon does for a goroutine that has run for 10 ms.
		c := &machine.CPU{Poison: true}
		var log []string
		p := check.Program(t, "test.asm", `
main:   ENTER 1
        MOV   R3, 7
        HOST  a
        RET
`, map[string]machine.Host{"a": func([]uint64) uint64 {
			if log = append(log, "host"); len(log) == 1 {
				c.Preempt()
			}
			return 0
		}})
		var ready fifoQueue
		stops := 0
		ready.Push(check.NewG(t, p, 1, "main", 64))
		ready.Push(check.NewG(t, p, 2, "main", 64))
		var err error
		check.Within(t, "Run(c, p, ready)", loading, func() {
			err = ctxswitch.Run(c, p, onlooker{&ready, func(*machine.G) { stops++ }})
		})
		call := check.Say("Run(c, p, ready) with g1 and g2: c.Preempt() while g1 runs", "g1과 g2로 Run(c, p, ready): g1이 실행되는 동안 c.Preempt()")
		check.True(t, err == nil, call, fmt.Sprint(err), "nil", allSixteen)
		check.Equal(t, call, check.Say("HOST calls", "HOST 호출"), log, []string{"host", "host"}, allSixteen)
		check.Equal(t, call, check.Say("times preempted", "선점된 횟수"), stops, 1, check.Say(
			"who is stopped is pushed again, once", "멈춘 고루틴은 한 번 다시 큐에 들어갑니다"))
	})
}
