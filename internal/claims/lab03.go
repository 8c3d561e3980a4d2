package claims

import (
	"fmt"
	"math"
	"strings"

	"gmplab/internal/lang"
)

const lab03Name = "03-context-switch"

const (
	nsSwitch     = "ns/switch"
	kernelSwitch = "kernel-switches/switch"
)

// ns is the time of one switch in a benchmark.
func ns(bench string) Sample { return Sample{bench, nsSwitch} }

// over is a ÷ b, round by round.
func over(label string, a, b Sample) Figure {
	return Figure{label, []Sample{a, b}, func(v []float64) float64 { return positive(v[1], v[0]/v[1]) }}
}

// positive returns v where its divisor is positive, else NaN.
func positive(divisor, v float64) float64 {
	if divisor > 0 {
		return v
	}
	return math.NaN()
}

func first(v []float64) float64 { return v[0] }

var lab03 = []Claim{
	{
		ID: "C1", Lab: lab03Name,
		Words:   "thread가 blocking된다면 다른 thread가 작업을 가져와서 처리해야한다",
		English: "When a thread blocks, another thread has to take over the work.",
		Reading: PartlyRight,
		Why: lang.Pair(
			"True of one CPU at a time; if no thread is runnable, that CPU idles.",
			"CPU 하나를 놓고 보면 맞습니다. 실행 가능한 스레드가 없으면 그 CPU는 그냥 쉽니다.",
		),
		Proposition: lang.Pair(
			"a blocked thread's CPU goes to another: two threads that alternate on one CPU make at least 0.9 kernel switches per hand-over",
			"블로킹된 스레드의 CPU는 다른 스레드에게 넘어간다: 한 CPU에서 번갈아 실행되는 두 스레드는 한 번 넘길 때마다 커널 문맥 교환을 0.9번 이상 일으킨다",
		),
		Threshold: Threshold{">=", 0.9}, Unit: kernelSwitch,
		Figures: []Figure{
			{"pipe", []Sample{{"BenchmarkSwitch/kind=pipe/pin=yes", kernelSwitch}}, first},
			{"futex", []Sample{{"BenchmarkSwitch/kind=futex/pin=yes", kernelSwitch}}, first},
		},
	},
	{
		ID: "C2", Lab: lab03Name,
		Words:   "모든 레지스터들을 save / restore해야한다",
		English: "All registers have to be saved and restored.",
		Reading: PartlyRight,
		Why: lang.Pair(
			"All user state survives a thread switch, but in pieces: at the kernel's entry, at the switch itself, and vectors by XSAVE unless memory holds them already. Go's runtime does the same by itself when it stops a goroutine at any instruction.",
			"스레드를 교환해도 사용자 상태는 모두 살아남지만, 한꺼번에 저장되지는 않습니다. 일부는 커널에 들어갈 때, 일부는 교환하는 순간에 저장하고, 벡터 레지스터는 메모리에 이미 같은 값이 있을 때를 빼고 XSAVE로 저장합니다. 고루틴을 임의의 명령어에서 멈출 때는 Go 런타임도 스스로 같은 일을 합니다.",
		),
		Proposition: lang.Pair(
			"to stop a goroutine at any instruction the runtime must itself save at least 30 registers; a cooperative switch saves 3",
			"고루틴을 임의의 명령어에서 멈추려면 런타임도 레지스터를 30개 이상 직접 저장해야 한다. 협력적 교환은 3개만 저장한다",
		),
		Threshold: Threshold{">=", 30}, Unit: "registers",
		Count: func(s Stores) (int, bool, string) {
			return len(s.Preempt), len(s.Preempt) >= 30 && len(s.Mcall) == 3, fmt.Sprintf("asyncPreempt %d, mcall %d", len(s.Preempt), len(s.Mcall))
		},
	},
	{
		ID: "C3", Lab: lab03Name,
		Words:   "16정도의 레지스터가 있음",
		English: "There are about 16 registers.",
		Reading: Misleading,
		Why: lang.Pair(
			"x86-64 has 16 general-purpose registers, but the vector state is many times their size.",
			"x86-64의 범용 레지스터는 16개지만, 벡터 상태의 크기가 그 몇 배나 됩니다.",
		),
		Proposition: lang.Pair(
			"on x86, what an XSAVE adds to a switch costs more than the whole switch of all general-purpose registers",
			"x86에서 XSAVE가 교환에 더하는 비용은 범용 레지스터를 모두 저장하는 교환 전체의 비용보다 크다",
		),
		// save=xsave is save=flags and an XSAVE and XRSTOR on top, so their
		// difference is what the vector state costs. It is divided by all of
		// save=flags: the flags and the jump between the stacks are in it too,
		// so the figure errs against the proposition, and the divisor is never
		// near 0 as all - three may be.
		Threshold: Threshold{">", 1}, Unit: "ratio",
		Figures: []Figure{{
			"(xsave - flags) ÷ flags",
			[]Sample{ns("BenchmarkRegisters/save=xsave"), ns("BenchmarkRegisters/save=flags")},
			func(v []float64) float64 { return positive(v[1], (v[0]-v[1])/v[1]) },
		}},
	},
	{
		ID: "C4.1", Lab: lab03Name,
		Words:   "오직 3개의 레지스터만 save / restore 하면 된다",
		English: "Only 3 registers have to be saved and restored.",
		Reading: PartlyRight,
		Why: lang.Pair(
			"True of a cooperative switch: PC, SP and BP. Live values are on the stack already, for Go's calling convention keeps none in registers across a call.",
			"협력적 교환이라면 맞습니다. PC, SP, BP만 저장합니다. Go의 호출 규약에서는 호출을 건너 레지스터에 남는 값이 없으므로, 살아 있는 값은 이미 스택에 있습니다.",
		),
		Proposition: lang.Pair(
			"`runtime.mcall` stores exactly three registers into `g.sched`",
			"`runtime.mcall`은 `g.sched`에 레지스터를 정확히 3개 저장한다",
		),
		Threshold: Threshold{"=", 3}, Unit: "registers",
		Count: func(s Stores) (int, bool, string) {
			return len(s.Mcall), len(s.Mcall) == 3, s.switching()
		},
	},
	{
		ID: "C4.2", Lab: lab03Name,
		Words:   "오직 3개의 레지스터만 save / restore 하면 된다",
		English: "Only 3 registers have to be saved and restored.",
		Reading: Wrong,
		Why: lang.Pair(
			"Not when it is preempted: since Go 1.14 a goroutine can be stopped at almost any instruction of its own code, and then every register may be live.",
			"선점될 때는 그렇지 않습니다. Go 1.14부터는 고루틴 자신의 코드라면 거의 모든 명령어에서 멈출 수 있고, 그때는 모든 레지스터가 살아 있을 수 있습니다.",
		),
		Proposition: lang.Pair(
			"`runtime.asyncPreempt` saves at least 30 registers",
			"`runtime.asyncPreempt`는 레지스터를 30개 이상 저장한다",
		),
		Threshold: Threshold{">=", 30}, Unit: "registers",
		Count: func(s Stores) (int, bool, string) {
			return len(s.Preempt), len(s.Preempt) >= 30, strings.Join(s.Preempt, " ")
		},
	},
	{
		ID: "C5.1", Lab: lab03Name,
		Words:   "개수만 봐도 비용이 훨씬 적게 든다",
		English: "The count alone shows that it is far cheaper.",
		Reading: Right,
		Why: lang.Pair(
			"As a conclusion: a goroutine switch is far cheaper.",
			"결론만 보면 그렇습니다. 고루틴 교환이 훨씬 쌉니다.",
		),
		Proposition: lang.Pair(
			"a switch of two threads on one CPU costs at least 4 goroutine switches, like with like",
			"같은 방식끼리 비교하면, 한 CPU 위의 스레드 교환 한 번은 고루틴 교환 4번 이상의 비용이 든다",
		),
		Threshold: Threshold{">=", 4}, Unit: "ratio",
		Question: lang.Pair(
			"How many goroutine switches fit into one thread switch?",
			"스레드를 한 번 교환하는 동안 고루틴은 몇 번 교환할 수 있을까요?",
		),
		Figures: []Figure{
			over("sched_yield ÷ gosched", ns("BenchmarkSwitch/kind=sched_yield/pin=yes"), ns("BenchmarkSwitch/kind=gosched")),
			over("pipe ÷ channel", ns("BenchmarkSwitch/kind=pipe/pin=yes"), ns("BenchmarkSwitch/kind=channel")),
			over("futex ÷ channel", ns("BenchmarkSwitch/kind=futex/pin=yes"), ns("BenchmarkSwitch/kind=channel")),
		},
	},
	{
		ID: "C5.2", Lab: lab03Name,
		Words:   "개수만 봐도 비용이 훨씬 적게 든다",
		English: "The count alone shows that it is far cheaper.",
		Reading: Wrong,
		Why: lang.Pair(
			"As a reason: the number of registers explains almost nothing. Entering the kernel, and its scheduler, make the difference.",
			"이유로는 그렇지 않습니다. 레지스터 개수로는 거의 설명되지 않습니다. 차이를 만드는 것은 커널 진입과 커널 스케줄러입니다.",
		),
		Proposition: lang.Pair(
			"saving 16 registers rather than 3 explains less than 5 % of the difference",
			"레지스터를 3개가 아니라 16개 저장하는 데서 오는 몫은 차이의 5 %도 되지 않는다",
		),
		// The difference is that of sched_yield and Gosched, the smallest
		// like-with-like pair: the share of any other is smaller still.
		Threshold: Threshold{"<", 5}, Unit: "percent",
		Question: lang.Pair(
			"What share of the difference do the 13 extra registers explain, in percent?",
			"레지스터 13개를 더 저장하는 데서 오는 몫은 그 차이의 몇 퍼센트일까요?",
		),
		Figures: []Figure{{
			"(all - three) ÷ (sched_yield - gosched)",
			[]Sample{
				ns("BenchmarkRegisters/save=all"), ns("BenchmarkRegisters/save=three"),
				ns("BenchmarkSwitch/kind=sched_yield/pin=yes"), ns("BenchmarkSwitch/kind=gosched"),
			},
			func(v []float64) float64 { return positive(v[2]-v[3], 100*(v[0]-v[1])/(v[2]-v[3])) },
		}},
	},
	{
		ID: "C6", Lab: lab03Name,
		Words:   "그만큼 교체 비용이 발생할 수 있지 않냐",
		English: "Does that not cost just as many switches?",
		Reading: AsksOnly,
		Why: lang.Pair(
			"The article's own question: many goroutines, hence many switches? C8 measures the answer. A switch takes one goroutine from a queue (when the local one is empty, a batch of up to 128 from the global one); it does not look at the rest.",
			"글이 스스로 던진 질문입니다. 고루틴이 많으면 교환 비용도 그만큼 늘까요? 답은 C8이 측정합니다. 교환은 큐에서 고루틴 하나를 꺼낼 뿐입니다(로컬 런큐가 비었으면 전역 런큐에서 많으면 128개를 한꺼번에 옮깁니다). 나머지를 살펴보지는 않습니다.",
		),
		Sources: []Source{
			{"proc.go", `^func schedule\(`, "schedule"},
			{"proc.go", `^func goschedImpl\(`, "goschedImpl"},
			{"proc.go", `^func globrunqgetbatch\(`, "globrunqgetbatch"},
		},
	},
	{
		ID: "C7", Lab: lab03Name,
		Words:   "요즘 스케줄러들은 O(1)의 복잡도를 가진다고 한다",
		English: "Today's schedulers are said to be O(1).",
		Reading: Outdated,
		Why: lang.Pair(
			"Linux's O(1) scheduler was that of 2.6.0 to 2.6.22; CFS and EEVDF are O(log n). In Go a local pop is O(1), a steal is O(P), and the garbage collector's scan of stacks is O(G).",
			"리눅스의 O(1) 스케줄러는 2.6.0부터 2.6.22까지였고, 이후의 CFS와 EEVDF는 O(log n)입니다. Go에서는 로컬 런큐에서 꺼내기가 O(1), 작업 훔치기가 O(P), GC의 스택 스캔이 O(G)입니다.",
		),
		Proposition: lang.Pair(
			"with 100,000 parked goroutines instead of 100, the switch of two runnable ones takes less than 1.5 times as long",
			"파킹된 고루틴이 100개에서 100,000개로 늘어도 실행 가능한 둘 사이의 교환 시간은 1.5배가 되지 않는다",
		),
		Threshold: Threshold{"<", 1.5}, Unit: "ratio",
		Figures: []Figure{
			over("n=100000 ÷ n=100", ns("BenchmarkParked/n=100000"), ns("BenchmarkParked/n=100")),
		},
	},
	{
		ID: "C8", Lab: lab03Name,
		Words:   "교체시간이 go routine의 갯수에 영향을 받지 않다고 볼 수 있다",
		English: "So the switch time can be taken not to depend on the number of goroutines.",
		Reading: Misleading,
		Why: lang.Pair(
			"True of parked goroutines. Among runnable ones each switch touches another stack and descriptor, and the caches overflow.",
			"파킹된 고루틴이라면 맞습니다. 그러나 실행 가능한 고루틴이 많으면 교환할 때마다 다른 스택과 g 구조체에 접근하므로 캐시가 넘칩니다.",
		),
		Proposition: lang.Pair(
			"with 100,000 runnable goroutines instead of 100, a switch takes more than twice as long",
			"실행 가능한 고루틴이 100개에서 100,000개로 늘면 교환은 2배 넘게 오래 걸린다",
		),
		Threshold: Threshold{">", 2}, Unit: "ratio",
		Question: lang.Pair(
			"With 100,000 runnable goroutines instead of 100, a switch takes how many times as long?",
			"실행 가능한 고루틴이 100개가 아니라 100,000개라면, 교환은 몇 배나 오래 걸릴까요?",
		),
		Figures: []Figure{
			over("n=100000 ÷ n=100", ns("BenchmarkRunnable/n=100000"), ns("BenchmarkRunnable/n=100")),
		},
	},
	{
		ID: "X1", Lab: lab03Name,
		Words:   "syscall의 빈도를 줄여 유저 스페이스에서 동작하도록 하여 context switching을 최소화한다",
		English: "By making fewer system calls it works in user space and minimises context switches.",
		Reading: PartlyRight,
		Why: lang.Pair(
			"Switching stays in user space; the system calls that your own code makes are not fewer.",
			"교환 자체는 사용자 공간에서 끝납니다. 그렇다고 여러분의 코드가 하는 시스템 콜이 줄지는 않습니다.",
		),
		Proposition: lang.Pair(
			"goroutine switches make under 1 % as many kernel switches, voluntary and involuntary together",
			"고루틴 교환이 일으키는 커널 문맥 교환은 자발적인 것과 비자발적인 것을 합쳐도 그 횟수의 1 % 미만이다",
		),
		Threshold: Threshold{"<", 0.01}, Unit: kernelSwitch,
		Figures: []Figure{
			{"channel", []Sample{{"BenchmarkKernel/kind=channel", kernelSwitch}}, first},
		},
	},
}

var lab03Benches = []Bench{
	{Name: "BenchmarkMachine/kind=cooperative", Unit: nsSwitch, Label: lang.Pair("on the toy machine, cooperative", "실습의 기계, 협력적"), Yours: true},
	{Name: "BenchmarkMachine/kind=alone", Unit: nsSwitch, Label: lang.Pair("on the toy machine, alone", "실습의 기계, 혼자"), Yours: true},
	{Name: "BenchmarkMachine/kind=preempted", Unit: nsSwitch, Label: lang.Pair("on the toy machine, preempted", "실습의 기계, 선점"), Yours: true},
	{Name: "BenchmarkRegisters/save=three", Unit: nsSwitch, Label: lang.Pair("assembly: 3 registers", "어셈블리: 레지스터 3개")},
	{Name: "BenchmarkRegisters/save=callee", Unit: nsSwitch, Label: lang.Pair("assembly: callee-saved", "어셈블리: 피호출자 저장")},
	{Name: "BenchmarkRegisters/save=all", Unit: nsSwitch, Label: lang.Pair("assembly: all general-purpose", "어셈블리: 범용 레지스터 전부")},
	{Name: "BenchmarkRegisters/save=flags", Unit: nsSwitch, Label: lang.Pair("assembly: and the flags", "어셈블리: 플래그까지")},
	{Name: "BenchmarkRegisters/save=vectors", Unit: nsSwitch, Label: lang.Pair("assembly: and vectors", "어셈블리: 벡터까지")},
	{Name: "BenchmarkRegisters/save=xsave", Unit: nsSwitch, Label: lang.Pair("assembly: all, and XSAVE", "어셈블리: 전부, XSAVE까지")},
	{Name: "BenchmarkSwitch/kind=coroutine", Unit: nsSwitch, Label: lang.Pair("Go: coroutine (iter.Pull)", "Go: 코루틴(iter.Pull)")},
	{Name: "BenchmarkSwitch/kind=gosched", Unit: nsSwitch, Label: lang.Pair("Go: runtime.Gosched", "Go: runtime.Gosched")},
	{Name: "BenchmarkSwitch/kind=channel", Unit: nsSwitch, Label: lang.Pair("Go: unbuffered channel", "Go: 버퍼 없는 채널")},
	{Name: "BenchmarkKernel/kind=channel", Unit: nsSwitch, Label: lang.Pair("Go: channel, kernel switches counted", "Go: 채널, 커널 교환을 세며")},
	{Name: "BenchmarkSwitch/kind=sched_yield/pin=yes", Unit: nsSwitch, Label: lang.Pair("OS, one CPU: sched_yield", "OS, CPU 하나: sched_yield")},
	{Name: "BenchmarkSwitch/kind=futex/pin=yes", Unit: nsSwitch, Label: lang.Pair("OS, one CPU: futex", "OS, CPU 하나: futex")},
	{Name: "BenchmarkSwitch/kind=pipe/pin=yes", Unit: nsSwitch, Label: lang.Pair("OS, one CPU: pipe", "OS, CPU 하나: 파이프")},
	{Name: "BenchmarkSwitch/kind=pthread_pipe/pin=yes", Unit: nsSwitch, Label: lang.Pair("OS, one CPU: pipe, pthreads in C", "OS, CPU 하나: 파이프, C의 pthread")},
	{Name: "BenchmarkSwitch/kind=sched_yield/pin=no", Unit: nsSwitch, Label: lang.Pair("OS, not pinned: sched_yield", "OS, 고정 안 함: sched_yield")},
	{Name: "BenchmarkSwitch/kind=futex/pin=no", Unit: nsSwitch, Label: lang.Pair("OS, not pinned: futex", "OS, 고정 안 함: futex")},
	{Name: "BenchmarkSwitch/kind=pipe/pin=no", Unit: nsSwitch, Label: lang.Pair("OS, not pinned: pipe", "OS, 고정 안 함: 파이프")},
	{Name: "BenchmarkParked/n=100", Unit: nsSwitch, Label: lang.Pair("Go: 100 parked", "Go: 파킹된 고루틴 100개")},
	{Name: "BenchmarkParked/n=1000", Unit: nsSwitch, Label: lang.Pair("Go: 1,000 parked", "Go: 파킹된 고루틴 1,000개")},
	{Name: "BenchmarkParked/n=10000", Unit: nsSwitch, Label: lang.Pair("Go: 10,000 parked", "Go: 파킹된 고루틴 10,000개")},
	{Name: "BenchmarkParked/n=100000", Unit: nsSwitch, Label: lang.Pair("Go: 100,000 parked", "Go: 파킹된 고루틴 100,000개")},
	{Name: "BenchmarkParked/n=1000000", Unit: nsSwitch, Label: lang.Pair("Go: 1,000,000 parked", "Go: 파킹된 고루틴 1,000,000개")},
	{Name: "BenchmarkRunnable/n=100", Unit: nsSwitch, Label: lang.Pair("Go: 100 runnable", "Go: 실행 가능 100개")},
	{Name: "BenchmarkRunnable/n=1000", Unit: nsSwitch, Label: lang.Pair("Go: 1,000 runnable", "Go: 실행 가능 1,000개")},
	{Name: "BenchmarkRunnable/n=10000", Unit: nsSwitch, Label: lang.Pair("Go: 10,000 runnable", "Go: 실행 가능 10,000개")},
	{Name: "BenchmarkRunnable/n=100000", Unit: nsSwitch, Label: lang.Pair("Go: 100,000 runnable", "Go: 실행 가능 100,000개")},
	{Name: "BenchmarkRunnable/n=1000000", Unit: nsSwitch, Label: lang.Pair("Go: 1,000,000 runnable", "Go: 실행 가능 1,000,000개")},
	{Name: noiseA, Unit: nsSwitch, Label: lang.Pair("A/A, run a", "A/A, a")},
	{Name: noiseB, Unit: nsSwitch, Label: lang.Pair("A/A, run b", "A/A, b")},
}
