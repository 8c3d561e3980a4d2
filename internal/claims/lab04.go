package claims

import "gmplab/internal/lang"

const lab04Name = "04-gmp"

var lab04 = []Claim{
	{
		ID: "G1", Lab: lab04Name,
		Words:   "thread보다 더 적은 비용으로 go routine을 관리하는지",
		English: "… how goroutines are managed at lower cost than threads.",
		Reading: Right,
		Why: lang.Pair(
			"A dead goroutine is kept (`gfput`) for the next one (`gfget`). The next to run mostly waits on P's own queue, where it is found without the kernel (`schedule`). Labs 02 and 03 measure what it saves.",
			"끝난 고루틴은 남겨 두었다가(`gfput`) 다음 고루틴에 다시 씁니다(`gfget`). 다음에 실행할 고루틴은 대개 P의 큐에 있어서 커널 없이 찾습니다(`schedule`). 얼마나 싼지는 실습 02와 03에서 잽니다.",
		),
		Sources: []Source{
			{"proc.go", `^func gfput\(`, "gfput"},
			{"proc.go", `^func gfget\(`, "gfget"},
			{"proc.go", `^func schedule\(`, "schedule"},
		},
	},
	{
		ID: "G2", Lab: lab04Name,
		Words:   "GMP라고 부르는 구조에 의해 관리된다",
		English: "Goroutines are managed by a structure called GMP.",
		Reading: Right,
		Why: lang.Pair(
			"Since Go 1.1. Left out: the scheduler's global state with its lock and queue (`schedt`), and the monitor (`sysmon`).",
			"Go 1.1부터 그렇습니다. 빠진 것은 락과 전역 런큐가 있는 스케줄러의 전역 상태(`schedt`)와 모니터(`sysmon`)입니다.",
		),
		Sources: []Source{
			{"proc.go", `^// The main concepts are:`, "The main concepts are"},
			{"runtime2.go", `^type schedt struct`, "schedt"},
			{"proc.go", `^func sysmon\(`, "sysmon"},
		},
	},
	{
		ID: "G3", Lab: lab04Name,
		Words:   "G(go routine) : go routine의 구현체",
		English: "G implements a goroutine.",
		Reading: Right,
		Why: lang.Pair(
			"It is a descriptor, with a stack and a saved context. Each M has one more, g0, on which the scheduler runs.",
			"스택과 저장해 둔 문맥을 담은 구조체입니다. M마다 스케줄러가 실행되는 g0이 하나씩 더 있습니다.",
		),
		Sources: []Source{
			{"runtime2.go", `^type g struct`, "g"},
			{"runtime2.go", `^g0 +\*g`, "m.g0"},
		},
	},
	{
		ID: "G4", Lab: lab04Name,
		Words:   "blocking syscall등으로 go routine이 blocking될 경우 런타임은 다음 go routine을 실행하는데",
		English: "When a goroutine blocks, in a system call for example, the runtime runs the next one.",
		Reading: PartlyRight,
		Why: lang.Pair(
			"At a channel, a timer or the network: at once (`gopark`). In a system call the P stays for a while, and is taken away if the call takes long (`retake`): lab 05.",
			"채널, 타이머, 네트워크에서는 곧바로 그렇습니다(`gopark`). 시스템 콜에서는 P가 한동안 머물러 있다가, 호출이 길어지면 회수됩니다(`retake`). 실습 05에서 다룹니다.",
		),
		Sources: []Source{
			{"proc.go", `^func gopark\(`, "gopark"},
			{"proc.go", `^func retake\(`, "retake"},
		},
	},
	{
		ID: "G5.1", Lab: lab04Name,
		Words:   "OS의 thread를 의미한다",
		English: "M means a thread of the OS.",
		Reading: Right,
		Why: lang.Pair(
			"One M is one thread, for as long as it lives.",
			"M 하나가 스레드 하나입니다. 살아 있는 동안 바뀌지 않습니다.",
		),
		Proposition: lang.Pair(
			"each goroutine that is locked to its thread has a thread id of its own",
			"스레드에 잠긴(LockOSThread) 고루틴마다 스레드 ID가 서로 다르다",
		),
		Threshold: Threshold{"=", 1}, Unit: "ids/goroutine",
		Figures: []Figure{{"50 locked", []Sample{{"BenchmarkLocked", "ids/goroutine"}}, first}},
	},
	{
		ID: "G5.2", Lab: lab04Name,
		Words:   "OS의 thread를 의미한다",
		English: "M means a thread of the OS.",
		Reading: Right,
		Why: lang.Pair(
			"What the runtime counts as Ms the kernel counts as threads.",
			"런타임이 M으로 세는 것을 커널은 스레드로 셉니다.",
		),
		Proposition: lang.Pair(
			"when goroutines are locked to their threads, the runtime's count and the kernel's rise by the same number: their difference is 0",
			"고루틴들을 스레드에 잠그면(LockOSThread) 런타임이 세는 수와 커널이 세는 수가 똑같이 늘어난다. 둘의 차이는 0이다",
		),
		Threshold: Threshold{"=", 0}, Unit: "threads-apart",
		Figures: []Figure{{"50 locked", []Sample{{"BenchmarkLocked", "threads-apart"}}, first}},
	},
	{
		ID: "G6", Lab: lab04Name,
		Words:   "process 자원을 의미하며",
		English: "P means a process resource.",
		Reading: Wrong,
		Why: lang.Pair(
			"P is a *processor*: a resource that is required to execute Go code. Not a process.",
			"P는 프로세스가 아니라 *프로세서*입니다. Go 코드를 실행하는 데 필요한 자원입니다.",
		),
		Sources: []Source{
			{"proc.go", `^// P - processor`, "P - processor"},
			{"runtime2.go", `^type p struct`, "p"},
		},
	},
	{
		ID: "G7a", Lab: lab04Name,
		Words:   "`GOMAXPROCS`로 개수를 설정할 수 있다",
		English: "Their number can be set by GOMAXPROCS.",
		Reading: Right,
		Why: lang.Pair(
			"By the environment, or by `runtime.GOMAXPROCS`, which stops all goroutines for it (stop the world).",
			"환경 변수로, 또는 `runtime.GOMAXPROCS`로 정합니다. 이 함수는 그동안 모든 고루틴을 멈춥니다(stop the world).",
		),
		Proposition: lang.Pair(
			"at GOMAXPROCS=2 no more than 2 of 8 busy goroutines run at once",
			"GOMAXPROCS=2이면 바쁜 고루틴 8개 가운데 동시에 실행되는 것은 2개를 넘지 않는다",
		),
		Threshold: Threshold{"<", 3}, Unit: "running",
		Figures: []Figure{{"most at once", []Sample{{"BenchmarkRunning", "running"}}, first}},
	},
	{
		ID: "G7b", Lab: lab04Name,
		Words:   "default값은 시스템 코어 갯수",
		English: "The default is the number of the system's cores.",
		Reading: Outdated,
		Why: lang.Pair(
			"It was 1 before Go 1.5, then the number of CPUs that the process may use. Since 1.25 it is at most the cgroup's CPU quota (rounded up, at least 2), and follows changes while the program runs, unless you set it yourself.",
			"Go 1.5 전에는 1이었고, 그 뒤로는 프로세스가 쓸 수 있는 CPU의 수입니다. 1.25부터는 cgroup의 CPU 할당량(올림, 최소 2)을 넘지 않으며, 직접 정하지 않았다면 실행 중에도 변화를 따라갑니다.",
		),
		Proposition: lang.Pair(
			"a program that may run on one CPU only begins with GOMAXPROCS 1, however many cores there are",
			"CPU 하나에서만 실행될 수 있는 프로그램은 코어가 몇 개이든 GOMAXPROCS 1로 시작한다",
		),
		Threshold: Threshold{"=", 1}, Unit: "procs",
		Question: lang.Pair(
			"A machine with 2 or more cores, a program that may run on one of them: what is GOMAXPROCS?",
			"코어가 2개 이상인 컴퓨터에서 코어 하나만 쓸 수 있는 프로그램의 GOMAXPROCS는 몇일까요?",
		),
		Figures: []Figure{{"under a CPU mask", []Sample{{"BenchmarkAffinity", "procs"}}, first}},
	},
	{
		ID: "G8", Lab: lab04Name,
		Words:   "스케줄링에 대한 context를 지니고 있다",
		English: "P holds the context of scheduling.",
		Reading: Right,
		Why: lang.Pair(
			"A ring of 256 goroutines, runnext, a cache of memory, timers, dead goroutines.",
			"고루틴 256개짜리 링, runnext, 메모리 캐시, 타이머, 끝난 고루틴의 목록입니다.",
		),
		Sources: []Source{
			{"runtime2.go", `^runq +\[256\]guintptr`, "runq"},
			{"runtime2.go", `^runnext guintptr`, "runnext"},
			{"runtime2.go", `^mcache +\*mcache`, "mcache"},
		},
	},
	{
		ID: "G9", Lab: lab04Name,
		Words:   "각각의 P에는 실행할 G가 배치된다",
		English: "Each P is given a G to run.",
		Reading: Misleading,
		Why: lang.Pair(
			"The Ps are made, and the program has one goroutine, main (those of the runtime wait). The other Ps are idle until there is work.",
			"P는 만들어지지만 프로그램의 고루틴은 main 하나뿐입니다(런타임의 고루틴들은 대기 중입니다). 나머지 P는 일이 생길 때까지 쉽니다.",
		),
		Proposition: lang.Pair(
			"of 8 Ps with one busy goroutine, 5 or more are idle in most lines of schedtrace, the runtime's own log of the scheduler",
			"P 8개에 바쁜 고루틴이 하나이면 schedtrace(런타임이 스스로 남기는 스케줄러 기록)의 줄 대부분에서 P 5개 이상이 쉬고 있다",
		),
		Threshold: Threshold{">", 50}, Unit: "percent-idle",
		Question: lang.Pair(
			"8 Ps, one busy goroutine. We look again and again: in what percentage of the looks are 5 or more Ps idle?",
			"P는 8개, 바쁜 고루틴은 하나입니다. 여러 번 들여다보면 그 가운데 P 다섯 개 이상이 쉬고 있는 경우는 몇 퍼센트일까요?",
		),
		Figures: []Figure{{"schedtrace", []Sample{{"BenchmarkIdlePs", "percent-idle"}}, first}},
	},
	{
		ID: "G10.1", Lab: lab04Name,
		Words:   "새로운 go routine이 `P의 큐에 등록된다`",
		English: "A new goroutine is registered on P's queue.",
		Reading: PartlyRight,
		Why: lang.Pair(
			"It goes to runnext, and kicks the one there to the tail. So the last one runs first.",
			"runnext로 가고, 거기 있던 고루틴을 큐의 맨 뒤로 밀어냅니다. 그래서 마지막 고루틴이 먼저 실행됩니다.",
		),
		Proposition: lang.Pair(
			"five goroutines started at one P run in the order 4, 0, 1, 2, 3, in at least 70 % of fresh programs",
			"P 하나에서 시작한 고루틴 다섯 개는 새 프로그램의 70 % 이상에서 4, 0, 1, 2, 3 순서로 실행된다",
		),
		Threshold: Threshold{">=", 70}, Unit: "percent-as-expected",
		Question: lang.Pair(
			"One P starts goroutines 0, 1, 2, 3, 4. In what percentage of runs does 4 come first, and then 0, 1, 2, 3?",
			"P 하나가 고루틴 0, 1, 2, 3, 4를 시작합니다. 4가 먼저, 그다음 0, 1, 2, 3이 실행되는 비율은 몇 퍼센트일까요?",
		),
		Figures: []Figure{{"n=5", []Sample{{"BenchmarkOrder/n=5", "percent-as-expected"}}, first}},
	},
	{
		ID: "G10.2", Lab: lab04Name,
		Words:   "새로운 go routine이 `P의 큐에 등록된다`",
		English: "A new goroutine is registered on P's queue.",
		Reading: PartlyRight,
		Why: lang.Pair(
			"A full ring of 256 sends half of it and the newcomer to the global queue. From there one is taken on every 61st tick, and a batch when P's own queue is empty.",
			"256칸짜리 링이 가득 차면 절반과 새로 온 고루틴이 전역 런큐로 갑니다. 거기서는 61번째 틱마다 하나씩, 자기 큐가 비었을 때는 한 묶음을 꺼냅니다.",
		),
		Proposition: lang.Pair(
			"300 goroutines run as 299, 128, 129, …, with single ones of the global queue 61 apart, in at least 70 % of fresh programs",
			"고루틴 300개는 새 프로그램의 70 % 이상에서 299, 128, 129, … 순서로 실행되고, 전역 런큐의 고루틴이 61개 간격으로 하나씩 끼어든다",
		),
		Threshold: Threshold{">=", 70}, Unit: "percent-as-expected",
		Figures: []Figure{{"n=300", []Sample{{"BenchmarkOrder/n=300", "percent-as-expected"}}, first}},
	},
}

var lab04Benches = []Bench{
	{Name: "BenchmarkPick/from=ring", Unit: "ns/pick", Label: lang.Pair("P.Next, from the ring", "P.Next, 링에서"), Yours: true},
	{Name: "BenchmarkPick/from=next", Unit: "ns/pick", Label: lang.Pair("P.Next, from runnext", "P.Next, runnext에서"), Yours: true},
	{Name: "BenchmarkPick/from=global", Unit: "ns/pick", Label: lang.Pair("P.Next, from the global queue", "P.Next, 전역 런큐에서"), Yours: true},
	{Name: "BenchmarkOrder/n=5", Unit: "percent-as-expected", Label: lang.Pair("Go: order of 5", "Go: 5개의 실행 순서")},
	{Name: "BenchmarkOrder/n=300", Unit: "percent-as-expected", Label: lang.Pair("Go: order of 300", "Go: 300개의 실행 순서")},
	{Name: "BenchmarkAffinity", Unit: "procs", Label: lang.Pair("Go: GOMAXPROCS on one CPU", "Go: CPU 하나에서 GOMAXPROCS")},
	{Name: "BenchmarkIdlePs", Unit: "percent-idle", Label: lang.Pair("Go: idle Ps", "Go: 쉬는 P")},
	{Name: "BenchmarkLocked", Unit: "ids/goroutine", Label: lang.Pair("Go: goroutines locked to threads", "Go: 스레드에 잠긴 고루틴")},
	{Name: "BenchmarkRunning", Unit: "running", Label: lang.Pair("Go: goroutines that run at once", "Go: 동시에 실행되는 고루틴")},
}
