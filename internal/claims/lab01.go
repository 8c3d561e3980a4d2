package claims

import "gmplab/internal/lang"

const lab01Name = "01-memory"

// The benchmarks of lab 01, and what they report. None is a timing.
const (
	goroutines    = "BenchmarkGoroutine/n=100000"
	goThreads     = "BenchmarkThread/kind=go"
	pthreads      = "BenchmarkThread/kind=pthread"
	perGoroutine  = "B/goroutine"
	perThread     = "B/thread"
	outcome       = "outcome" // 1: as the proposition says, 0: not
	stackPercent  = "percent-off"
	threadVirtual = "B-virtual/thread"
	threadRSS     = "B-resident/thread"
)

var lab01 = []Claim{
	{
		ID: "M1", Lab: lab01Name,
		Words:   "go routine은 생성하는데 많은 메모리가 필요하지 않다",
		English: "A goroutine does not need much memory to create.",
		Reading: Right,
		Why: lang.Pair(
			"The full price is the stack, the descriptor (g), the closure, and a note at the channel on which it waits. A finished goroutine's g is kept for the next one, for ever.",
			"전체 비용은 스택, 구조체 g, 클로저, 그리고 기다리는 채널이 적어 둔 것까지 더한 값입니다. 끝난 고루틴의 g는 다음 고루틴을 위해 계속 남아 있습니다.",
		),
		Proposition: lang.Pair(
			"a parked goroutine takes less than 4 KB of resident memory, all in all",
			"파킹된 고루틴 하나가 차지하는 상주 메모리는 모두 합쳐 4 KB 미만이다",
		),
		Threshold: Threshold{"<", 4096}, Unit: perGoroutine,
		Question: lang.Pair(
			"How many bytes of resident memory does a parked goroutine take, all in all?",
			"파킹된 고루틴 하나는 상주 메모리를 모두 합쳐 몇 바이트나 차지할까요?",
		),
		Figures: []Figure{{"resident", []Sample{{goroutines, perGoroutine}}, first}},
	},
	{
		ID: "M2", Lab: lab01Name,
		Words:   "오직 2KB의 스택 공간만 필요하다",
		English: "It needs only 2 KB of stack.",
		Reading: PartlyRight,
		Why: lang.Pair(
			"2 KB is the first stack of a new g (8 KB on Windows); since Go 1.19 a g that is reused may start with more, if the last collection found more in use on average. \"Only\" is wrong: there is the descriptor beside it, and the stack grows with the calls.",
			"2 KB는 새로 만든 g의 첫 스택입니다(Windows는 8 KB). Go 1.19부터는 지난 GC 때 사용 중이던 양의 평균이 크면 재사용되는 g가 더 크게 시작할 수 있습니다. \"오직\"은 틀렸습니다. 그 밖에 구조체가 있고, 스택은 호출이 깊어지면 자랍니다.",
		),
		Proposition: lang.Pair(
			"the stack of a fresh, shallow goroutine takes 2,048 bytes (8,192 on Windows), within 1 %",
			"호출이 얕은 새 고루틴의 스택은 2,048바이트(Windows는 8,192바이트)이며, 차이는 1 % 미만이다",
		),
		Threshold: Threshold{"<", 1}, Unit: "percent",
		Figures: []Figure{{"stack", []Sample{{"BenchmarkStack", stackPercent}}, first}},
	},
	{
		ID: "M3", Lab: lab01Name,
		Words:   "필요에 의해 힙 저장 공간을 확보하여 사용한다",
		English: "It obtains heap storage as needed.",
		Reading: PartlyRight,
		Why: lang.Pair(
			"A stack that is full is copied to one of twice the size. Stacks come from the page heap, not from the garbage collector's object heap, and collections give them back by halves.",
			"가득 찬 스택은 두 배 크기의 스택으로 복사됩니다. 스택은 GC가 관리하는 객체 힙이 아니라 페이지 힙(페이지를 통째로 내주는 런타임의 한 부분)에서 얻고, GC가 돌 때마다 절반씩 돌려줍니다.",
		),
		Proposition: lang.Pair(
			"a deep call leaves a stack of 2^k bytes, and collections give it back by halves: that of a goroutine which waits for a channel, down to 4 KB (8 KB on Windows)",
			"깊은 호출 뒤의 스택은 2^k바이트이고, GC가 돌 때마다 절반씩 줄어든다. 채널을 기다리는 고루틴의 스택이라면 4 KB(Windows는 8 KB)까지 줄어든다",
		),
		Threshold: Threshold{"=", 1}, Unit: outcome,
		Figures: []Figure{{"growth", []Sample{{"BenchmarkGrowth", outcome}}, first}},
	},
	{
		ID: "M4a", Lab: lab01Name,
		Words:   "thread간의 보호 역할을 하는 Guard page",
		English: "A guard page protects threads from each other.",
		Reading: Right,
		Why: lang.Pair(
			"A page that nobody may touch lies below a pthread's stack, and an overflow kills the process. Goroutines have none, nor on Linux do the threads that Go makes without cgo: nearly every function compares SP with a guard before it begins.",
			"pthread 스택 아래에는 아무도 접근할 수 없는 페이지가 있어서 스택이 넘치면 프로세스가 죽습니다. 고루틴에는 가드 페이지가 없고, 리눅스에서 cgo 없이 Go가 만든 스레드에도 없습니다. 대신 거의 모든 함수가 시작할 때 SP를 스택 가드와 비교합니다.",
		),
		Proposition: lang.Pair(
			"a write just below a pthread's stack kills the process by a signal; a goroutine that needs more stack is moved instead",
			"pthread 스택 바로 아래에 쓰면 프로세스가 시그널로 죽는다. 스택이 더 필요한 고루틴은 죽지 않고 옮겨진다",
		),
		Threshold: Threshold{"=", 1}, Unit: outcome,
		Figures: []Figure{
			{"pthread", []Sample{{"BenchmarkBelow/kind=pthread", outcome}}, first},
			{"goroutine", []Sample{{"BenchmarkBelow/kind=goroutine", outcome}}, first},
		},
	},
	{
		ID: "M4b", Lab: lab01Name,
		Words:   "(1MB)",
		English: "(of 1 MB)",
		Reading: Wrong,
		Why: lang.Pair(
			"The guard of glibc is a page of 4 KB on x86-64. It is the stack that takes megabytes, 8 MB by default on Linux, and only of address space: memory is filled in as it is used.",
			"x86-64에서 glibc의 가드 페이지는 4 KB짜리 하나입니다. 메가바이트 단위인 것은 스택이며 리눅스의 기본값은 8 MB입니다. 그것도 주소 공간일 뿐이고, 메모리는 쓰는 만큼만 채워집니다.",
		),
		Proposition: lang.Pair(
			"a thread reserves megabytes and uses kilobytes: at least 100 times as much virtual as resident memory",
			"스레드는 메가바이트를 예약하고 킬로바이트를 쓴다: 가상 메모리 크기가 상주 메모리의 100배 이상이다",
		),
		Threshold: Threshold{">=", 100}, Unit: "ratio",
		Question: lang.Pair(
			"How many times as much memory does a thread reserve as it uses?",
			"스레드가 예약하는 메모리는 실제로 쓰는 메모리의 몇 배일까요?",
		),
		Figures: []Figure{over("virtual ÷ resident", Sample{pthreads, threadVirtual}, Sample{pthreads, threadRSS})},
	},
	{
		ID: "M5", Lab: lab01Name,
		Words:   "작은 자원으로 생성할 수 있지만",
		English: "It can be created with few resources.",
		Reading: Right,
		Why: lang.Pair(
			"In memory that is really used a thread takes about ten goroutines, its kernel stack included. Thousands of times it is in address space only.",
			"실제로 쓰는 메모리로 따지면 스레드 하나는 커널 스택까지 쳐도 고루틴 열 개 안팎입니다. 수천 배가 되는 것은 주소 공간뿐입니다.",
		),
		Proposition: lang.Pair(
			"a thread takes at least 5 times the memory of a goroutine: resident, and its kernel stack",
			"스레드가 차지하는 메모리(상주 메모리 + 커널 스택)는 고루틴의 5배 이상이다",
		),
		Threshold: Threshold{">=", 5}, Unit: "ratio",
		Question: lang.Pair(
			"How many goroutines fit into the memory that one thread really takes?",
			"스레드 하나가 실제로 차지하는 메모리에 고루틴이 몇 개나 들어갈까요?",
		),
		Figures: []Figure{
			over("Go thread ÷ goroutine", Sample{goThreads, perThread}, Sample{goroutines, perGoroutine}),
			over("pthread ÷ goroutine", Sample{pthreads, perThread}, Sample{goroutines, perGoroutine}),
		},
	},
	{
		ID: "M6", Lab: lab01Name,
		Words:   "Thread는 많이 생성하게 될 시 OutOfMemoryError가 발생할 수 있다",
		English: "Many threads can end in an OutOfMemoryError.",
		Reading: Misleading,
		Why: lang.Pair(
			"That is Java's name for it. On Linux a limit refuses the next thread (EAGAIN) long before memory runs out, and Go ends itself beyond 10,000 threads. Goroutines do exhaust memory: a million take almost 3 GB.",
			"자바에서 부르는 이름입니다. 리눅스에서는 메모리가 바닥나기 훨씬 전에 제한에 걸려 다음 스레드를 만들지 못하고(EAGAIN), Go는 스레드가 10,000개를 넘으면 스스로 종료합니다. 오히려 고루틴이 메모리를 다 쓸 수 있습니다. 백만 개면 3 GB에 가깝습니다.",
		),
		Proposition: lang.Pair(
			"a Go program over its thread limit dies of the limit and not of memory; 20 times as many goroutines are no trouble",
			"스레드 제한을 넘은 Go 프로그램은 메모리가 아니라 제한 때문에 죽는다. 고루틴은 그 20배를 만들어도 문제가 없다",
		),
		Threshold: Threshold{"=", 1}, Unit: outcome,
		Figures: []Figure{{"limit", []Sample{{"BenchmarkLimit", outcome}}, first}},
	},
}

var lab01Benches = []Bench{
	{Name: "BenchmarkMachine", Unit: perGoroutine, Label: lang.Pair("a goroutine on the toy machine", "실습의 기계: 고루틴"), Yours: true},
	{Name: "BenchmarkGoroutine/n=10000", Unit: perGoroutine, Label: lang.Pair("Go: each of 10,000 goroutines", "Go: 고루틴 10,000개, 하나당")},
	{Name: goroutines, Unit: perGoroutine, Label: lang.Pair("Go: each of 100,000 goroutines", "Go: 고루틴 100,000개, 하나당")},
	{Name: "BenchmarkStack", Unit: "B-stack/goroutine", Label: lang.Pair("Go: of that, the stack", "Go: 그중 스택")},
	{Name: goThreads, Unit: threadRSS, Label: lang.Pair("Go: a thread, resident", "Go: 스레드, 상주 메모리")},
	{Name: goThreads, Unit: "B-kernel/thread", Label: lang.Pair("Go: a thread, its kernel stack", "Go: 스레드, 커널 스택")},
	{Name: pthreads, Unit: threadVirtual, Label: lang.Pair("C: a pthread, virtual", "C: pthread, 가상 메모리 크기")},
	{Name: pthreads, Unit: threadRSS, Label: lang.Pair("C: a pthread, resident", "C: pthread, 상주 메모리")},
	{Name: pthreads, Unit: "B-kernel/thread", Label: lang.Pair("C: a pthread, its kernel stack", "C: pthread, 커널 스택")},
	{Name: pthreads, Unit: "B-pagetables/thread", Label: lang.Pair("C: a pthread, its page tables", "C: pthread, 페이지 테이블")},
	{Name: "BenchmarkBelow/kind=pthread", Unit: "B-guard", Label: lang.Pair("C: a pthread's guard page", "C: pthread의 가드 페이지")},
	{Name: "BenchmarkGrowth", Unit: "B-deep/goroutine", Label: lang.Pair("Go: a stack after a call that needs 20 KB", "Go: 20 KB가 필요한 호출 뒤의 스택")},
	{Name: "BenchmarkGrowth", Unit: "B-after/goroutine", Label: lang.Pair("Go: and after eight collections", "Go: 그리고 GC가 여덟 번 돈 뒤")},
	{Name: "BenchmarkSplit/kind=contiguous", Unit: "ns/call", Label: lang.Pair("hot split, contiguous stacks", "핫 스플릿, 연속 스택"), Yours: true},
	{Name: "BenchmarkSplit/kind=segmented", Unit: "ns/call", Label: lang.Pair("hot split, segmented stacks", "핫 스플릿, 세그먼트 스택")},
	{Name: "BenchmarkSplit/kind=contiguous", Unit: "traps/call", Label: lang.Pair("hot split, contiguous: traps", "핫 스플릿, 연속 스택: 트랩"), Yours: true},
	{Name: "BenchmarkSplit/kind=segmented", Unit: "traps/call", Label: lang.Pair("hot split, segmented: traps", "핫 스플릿, 세그먼트 스택: 트랩")},
}
