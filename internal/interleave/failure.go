package interleave

import (
	"fmt"
	"strings"

	"gmplab/internal/interleave/internal/hook"
	"gmplab/internal/lang"
)

// Kind is a kind of failure.
type Kind string

// The kinds of failures.
const (
	Broken     Kind = "check"      // Model.Check, or the misuse of a Mutex
	Panicked   Kind = "panic"      // a thread or the model panicked
	Deadlock   Kind = "deadlock"   // all wait, or for a frozen thread
	Livelock   Kind = "livelock"   // they run, and nothing comes of it
	Stuck      Kind = "stuck"      // blocked or looping where the explorer does not see it
	Misuse     Kind = "misuse"     // what a virtual thread must not do: FailNow, LockOSThread
	Idle       Kind = "idle"       // a thread did nothing in any schedule
	Stranger   Kind = "stranger"   // a goroutine that is no thread of the model takes part
	Unsteady   Kind = "unsteady"   // the model did something else under the same schedule
	Unordered  Kind = "unordered"  // plain memory that threads share, in no order
	Unfinished Kind = "unfinished" // there are more orders than an exploration runs
)

// Failure is a run that failed: which, how, and the order of its operations.
type Failure struct {
	Kind        Kind
	Runs        int // executions until it was found
	Preemptions int // of its schedule
	text        lang.Text
	thread      string // whose fault; "": nobody's
	where       string
	replay      bool // the schedule is worth recording
	steps       int
	script
	trace
}

// Error is the trace, a row an operation and a column a thread, and then what
// went wrong, in the reader's language.
func (f *Failure) Error() string { return f.render(lang.Korean()) }

// fail notes how the run failed; the first failure counts.
func (x *explorer) fail(k Kind, t lang.Text, where string) {
	if x.failure != nil || x.dead.Load() {
		return
	}
	x.failure = &Failure{Kind: k, text: t, where: where, Runs: x.runs + 1,
		replay: k == Broken || k == Panicked || k == Deadlock || k == Livelock || k == Unordered || k == Misuse && !x.building}
	if current != nil && k != Deadlock && k != Livelock { // those are nobody's fault
		x.failure.thread = current.name
	}
}

// who waits for what, one clause a thread.
func (x *explorer) waits() (en, ko string) {
	var e, k []string
	for _, t := range x.threads {
		en, ko := "", ""
		switch {
		case t.done:
			continue
		case t.frozen:
			en, ko = "is frozen before "+x.doing(t), "다음 연산 앞에서 멈춰 있습니다: "+x.doing(t)
		case t.op == hook.Lock && !t.ready():
			owner, owner2 := "whoever built the model", "모델을 만든 쪽"
			if o := (*Mutex)(t.obj).owner; o != nil {
				owner, owner2 = o.name, o.name
				if o.done {
					owner += ", which has ended"
					owner2 += "(이미 끝남)"
				}
			}
			en = fmt.Sprintf("waits for the lock %s, which is held by %s", x.name(t), owner)
			ko = fmt.Sprintf("락 %s 대기 (잡고 있는 쪽: %s)", x.name(t), owner2)
		case t.op == hook.Sleep && !t.ready():
			en, ko = "sleeps on "+x.name(t)+", and nobody wakes it", x.name(t)+"에서 잠들었는데 아무도 깨우지 않습니다"
		case t.op == hook.Pause:
			en, ko = "spins, at "+t.where, "반복하며 기다립니다: "+t.where
		default:
			en, ko = "is about to "+x.doing(t), "다음 연산 직전: "+x.doing(t)
		}
		e, k = append(e, "    "+t.name+" "+en), append(k, "    "+t.name+": "+ko)
	}
	return strings.Join(e, "\n"), strings.Join(k, "\n")
}

// story is a sentence and who waits for what. Only a recorded run needs it.
func (x *explorer) story(en, ko string) lang.Text {
	if !x.recording {
		return lang.Text{}
	}
	e, k := x.waits()
	if x.frozen != nil {
		en = fmt.Sprintf("%s stopped for ever at this point, and the others can't finish without it: this is not lock-free. %s", x.frozen.name, en)
		ko = fmt.Sprintf("%s이(가) 이 지점에서 영원히 멈추자 나머지가 끝나지 못합니다. 락프리가 아닙니다. %s", x.frozen.name, ko)
	}
	return lang.Pair(en+"\n"+e, ko+"\n"+k)
}

func (x *explorer) deadlock() lang.Text {
	if x.recording {
		for _, t := range x.threads {
			if !t.done && !t.frozen {
				x.rows = append(x.rows, row{thread: t.id, cell: "waits: " + x.doing(t), where: t.where})
			}
		}
	}
	return x.story("Nobody can go on:", "아무도 더 나아갈 수 없습니다.")
}

func (x *explorer) spinning() lang.Text {
	return x.story("They spin, memory does not change any more, and so it stays:", "모두 스핀하며 기다리지만 메모리가 더는 바뀌지 않아 영원히 계속됩니다.")
}

func (x *explorer) endless(last *thread) lang.Text {
	return x.story(fmt.Sprintf("%d operations, and no end. A loop that waits for another thread must call interleave.Pause in each turn:", maxSteps),
		fmt.Sprintf("연산이 %d번을 넘었는데 끝나지 않습니다. 다른 스레드를 기다리는 반복문은 매번 interleave.Pause를 불러야 합니다.", maxSteps))
}

var (
	exitText = lang.Pair("runtime.Goexit was called, as t.FailNow, t.Fatal and testify's require do. In a model, use m.Check: it ends the run and prints the schedule.",
		"runtime.Goexit가 불렸습니다(t.FailNow, t.Fatal, testify의 require가 부릅니다). 모델 안에서는 실행을 끝내고 스케줄을 보여 주는 m.Check를 씁니다.")
	unsteadyText = lang.Pair("The model did something else under the same schedule. It must depend on nothing but the schedule: no random numbers, no time, no ranging over a map, no state from the run before, no goroutines.",
		"같은 스케줄인데 모델이 다르게 움직였습니다. 난수, 시간, map 순회, 이전 실행의 상태, 고루틴처럼 스케줄이 아닌 것에 의존하면 안 됩니다.")
	unorderedText = lang.Pair("Two orders that differ only in operations that have nothing to do with each other go on differently. So threads share what is in plain memory, and no operation decides who comes first: keep it in a type of interleave/atomic. (In a model: what its threads count must not depend on an order that nothing decides.)",
		"서로 관계없는 연산의 앞뒤만 바꾼 두 순서가 다르게 진행됩니다. 스레드들이 일반 메모리를 함께 쓰는데 누가 먼저인지 정하는 연산이 없다는 뜻입니다. interleave/atomic의 타입에 둡니다. (모델이라면, 스레드들이 세는 값이 아무도 정하지 않은 순서에 의존하면 안 됩니다.)")
	strangerText = lang.Pair("An operation on an atomic of the model, by a goroutine that is no thread of it. In a model, start threads by m.Go only; a go statement in the code under test is not scheduled.",
		"모델의 스레드가 아닌 고루틴이 모델의 원자 변수를 건드렸습니다. 스레드는 m.Go로만 시작합니다. 시험 대상 코드의 go 문은 스케줄되지 않습니다.")
)

func panicText(r any) lang.Text {
	return lang.Pairf("panic: %v", "패닉: %v", r)
}

func unfinished(n int) lang.Text {
	return lang.Pairf("Unfinished after %d runs, and unfinished is no pass. Make the model smaller: fewer threads or operations.",
		"%d번 실행하고도 끝나지 않았습니다. 끝나지 않은 것은 통과가 아닙니다. 모델(스레드나 연산 수)을 줄입니다.", n)
}

func stuckText(state, stack string) lang.Text {
	en, ko := "It is blocked outside of the model", "모델 밖에서 막혀 있습니다"
	why, why2 := "The explorer does not see that, and the thread for which it waits can't run: wait by interleave.Mutex, Note or Pause.",
		"탐색기는 이것을 볼 수 없고, 기다리는 상대 스레드도 실행될 수 없습니다. 기다릴 때는 interleave의 Mutex, Note, Pause를 씁니다."
	switch {
	case strings.HasPrefix(state, "chan") || strings.HasPrefix(state, "select"):
		en, ko = "It is blocked in a real channel operation", "진짜 채널 연산에서 막혀 있습니다"
	case strings.HasPrefix(state, "sync") || strings.HasPrefix(state, "semacquire"):
		en, ko = "It is blocked in a real lock of package sync", "sync 패키지의 진짜 락에서 막혀 있습니다"
	case state == "running" || state == "runnable":
		en, ko = "It runs on and on without an operation: an endless loop", "연산 없이 계속 실행되고 있습니다. 무한 반복입니다"
		why, why2 = "The explorer can't switch there: a loop that waits looks at an atomic, and calls interleave.Pause.",
			"탐색기는 여기에서 스레드를 바꿀 수 없습니다. 기다리는 반복문은 원자 변수를 읽고 interleave.Pause를 불러야 합니다."
	}
	return lang.Pair(fmt.Sprintf("%s [%s]. %s Its stack:\n%s\n(Its goroutine can't be ended; it stays until the process ends.)", en, state, why, stack),
		fmt.Sprintf("%s [%s]. %s 스택:\n%s\n(이 고루틴은 끝낼 수 없어 프로세스가 끝날 때까지 남습니다.)", ko, state, why2, stack))
}

func idleText(name string) lang.Text {
	return lang.Pairf("the thread %s did not do one operation of interleave/atomic in any schedule: nothing was tested. Is its code still to be written, does it import sync/atomic, or does it keep its state in plain fields?",
		"스레드 %s이(가) 어떤 스케줄에서도 interleave/atomic의 연산을 한 번도 하지 않아 아무것도 시험하지 못했습니다. 아직 코드를 쓰지 않은 것인지, sync/atomic을 import한 것인지, 상태를 일반 필드에 둔 것인지 확인합니다.", name)
}
