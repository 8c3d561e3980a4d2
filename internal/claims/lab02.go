package claims

import "gmplab/internal/lang"

const lab02Name = "02-spawn-cost"

const nsSpawn = "ns/spawn"

var lab02 = []Claim{
	{
		ID: "S1", Lab: lab02Name,
		Words:   "thread는 생성과 삭제 비용을 가진다",
		English: "A thread has the cost of its creation and its removal.",
		Reading: Right,
		Why: lang.Pair(
			"The kernel makes a stack, a descriptor and an entry in its scheduler, and takes them away again.",
			"커널이 스택과 구조체를 만들어 스케줄러에 등록하고, 끝나면 다시 치웁니다.",
		),
		Proposition: lang.Pair(
			"to make a thread and let it end costs at least 10 times a goroutine",
			"스레드를 만들고 끝내는 비용은 고루틴의 10배 이상이다",
		),
		Threshold: Threshold{">=", 10}, Unit: "ratio",
		Question: lang.Pair(
			"How many goroutines can be made and ended in the time of one thread?",
			"스레드 하나를 만들고 끝낼 시간에 고루틴은 몇 개나 만들고 끝낼 수 있을까요?",
		),
		Figures: []Figure{
			over("thread ÷ goroutine", Sample{"BenchmarkSpawn/kind=thread", nsSpawn}, Sample{"BenchmarkSpawn/kind=goroutine", nsSpawn}),
			over("pthread ÷ goroutine", Sample{"BenchmarkSpawn/kind=pthread", nsSpawn}, Sample{"BenchmarkSpawn/kind=goroutine", nsSpawn}),
		},
	},
	{
		ID: "S2.1", Lab: lab02Name,
		Words:   "thread는 OS로 부터 리소스를 요청해야 하고 작업이 끝나면 리소스를 돌려 줘야하기 때문에",
		English: "Because a thread has to request resources from the OS, and to return them when its work is done.",
		Reading: PartlyRight,
		Why: lang.Pair(
			"A goroutine needs the OS only when the runtime's memory runs out: it comes from a free list, and goes back there. At several Ps a go statement may also wake a thread, by a futex call.",
			"고루틴은 런타임이 가진 메모리가 모자랄 때만 OS를 찾습니다. 프리 리스트에서 나와 프리 리스트로 돌아갑니다. P가 여럿이면 go 문이 futex 호출로 스레드를 깨우기도 합니다.",
		),
		Proposition: lang.Pair(
			"at one P, on a warm free list, a goroutine makes under 1 system call per 100 spawns",
			"P가 하나이고 프리 리스트가 채워져 있으면, 시스템 콜은 고루틴 100개에 한 번이 안 된다",
		),
		Threshold: Threshold{"<", 0.01}, Unit: "syscalls/spawn",
		Question: lang.Pair(
			"How many system calls does it take to make 1,000 goroutines? Answer for one of them.",
			"고루틴 1,000개를 만드는 데 시스템 콜이 몇 번 필요할까요? 하나당 횟수로 답합니다.",
		),
		Figures: []Figure{
			{"goroutine", []Sample{{"BenchmarkCalls/kind=goroutine", "syscalls/spawn"}}, first},
		},
	},
	{
		ID: "S2.2", Lab: lab02Name,
		Words:   "thread는 OS로 부터 리소스를 요청해야 하고 작업이 끝나면 리소스를 돌려 줘야하기 때문에",
		English: "Because a thread has to request resources from the OS, and to return them when its work is done.",
		Reading: PartlyRight,
		Why: lang.Pair(
			"The descriptor and the stack of a dead goroutine are used again; what is new is the closure, if the function has one.",
			"죽은 고루틴의 구조체와 스택을 다시 씁니다. 새로 할당하는 것은 클로저뿐이고, 클로저가 없으면 아무것도 할당하지 않습니다.",
		),
		Proposition: lang.Pair(
			"on a warm free list a go statement allocates its closure and nothing else: under 1.5 allocations",
			"프리 리스트가 채워져 있으면 go 문은 클로저 말고는 할당하지 않는다: 1.5번 미만",
		),
		Threshold: Threshold{"<", 1.5}, Unit: "allocs/spawn",
		Figures: []Figure{
			{"goroutine", []Sample{{"BenchmarkSpawn/kind=goroutine", "allocs/spawn"}}, first},
		},
	},
	{
		ID: "S2.3", Lab: lab02Name,
		Words:   "thread는 OS로 부터 리소스를 요청해야 하고 작업이 끝나면 리소스를 돌려 줘야하기 때문에",
		English: "Because a thread has to request resources from the OS, and to return them when its work is done.",
		Reading: Right,
		Why: lang.Pair(
			"Of threads it is right: there is no way to have one without asking the kernel.",
			"스레드라면 맞습니다. 커널에 부탁하지 않고 스레드를 얻을 길은 없습니다.",
		),
		Proposition: lang.Pair(
			"to make a thread takes at least one system call",
			"스레드 하나를 만드는 데는 시스템 콜이 한 번 이상 든다",
		),
		Threshold: Threshold{">=", 1}, Unit: "syscalls/spawn",
		Figures: []Figure{
			{"thread", []Sample{{"BenchmarkCalls/kind=thread", "syscalls/spawn"}}, first},
		},
	},
	{
		ID: "X2.1", Lab: lab02Name,
		Words:   "기존 thread 최대한 재활용하여",
		English: "By reusing existing threads as far as possible.",
		Reading: Right,
		Why: lang.Pair(
			"Goroutines that only compute and wait for one another need no thread of their own.",
			"계산하거나 서로를 기다리기만 하는 고루틴이라면 고루틴마다 스레드를 둘 필요가 없습니다.",
		),
		Proposition: lang.Pair(
			"100,000 goroutines rather than 1,000 add no more than 2 threads",
			"고루틴을 1,000개가 아니라 100,000개 실행해도 스레드는 많아야 2개 늘어난다",
		),
		Threshold: Threshold{"<", 2.5}, Unit: "threads",
		Figures: []Figure{
			{"100,000 - 1,000", []Sample{{"BenchmarkReuse/kind=goroutines", "threads"}}, first},
		},
	},
	{
		ID: "X2.2", Lab: lab02Name,
		Words:   "기존 thread 최대한 재활용하여",
		English: "By reusing existing threads as far as possible.",
		Reading: Right,
		Why: lang.Pair(
			"A blocking call holds a thread until it is over; then the thread parks and takes the next one. Idle threads are never given back, though.",
			"블로킹 콜은 끝날 때까지 스레드를 붙들지만, 끝나면 그 스레드는 파킹되었다가 다음 일을 맡습니다. 다만 쉬는 스레드를 OS에 돌려주지는 않습니다.",
		),
		Proposition: lang.Pair(
			"20 rounds of 20 blocking sleeps, 400 in all, leave fewer than 60 threads",
			"블로킹 sleep 20개를 20번, 모두 400번 해도 스레드는 60개가 되지 않는다",
		),
		Threshold: Threshold{"<", 60}, Unit: "threads",
		Question: lang.Pair(
			"20 goroutines block their threads in a call, and that 20 times over: how many threads does the process have in the end?",
			"고루틴 20개가 시스템 콜에서 스레드를 블로킹하는 일을 20번 되풀이하면, 프로세스의 스레드는 모두 몇 개가 될까요?",
		),
		Figures: []Figure{
			{"20 × 20", []Sample{{"BenchmarkReuse/kind=blocking", "threads"}}, first},
		},
	},
}

var lab02Benches = []Bench{
	{Name: "BenchmarkYours/kind=machine", Unit: nsSpawn, Label: lang.Pair("a goroutine of the machine, warm list", "기계의 고루틴, 채워진 리스트"), Yours: true},
	{Name: "BenchmarkYours/kind=machine_cold", Unit: nsSpawn, Label: lang.Pair("a goroutine of the machine, empty list", "기계의 고루틴, 빈 리스트"), Yours: true},
	{Name: "BenchmarkYours/kind=threads", Unit: nsSpawn, Label: lang.Pair("Threads.Start, a parked thread", "Threads.Start, 파킹된 스레드"), Yours: true},
	{Name: "BenchmarkSpawn/kind=goroutine", Unit: nsSpawn, Label: lang.Pair("Go: goroutine, warm free list", "Go: 고루틴, 채워진 프리 리스트")},
	{Name: "BenchmarkSpawn/kind=goroutine_cold", Unit: nsSpawn, Label: lang.Pair("Go: goroutine, none exits", "Go: 고루틴, 아무도 끝나지 않음")},
	{Name: "BenchmarkSpawn/kind=thread", Unit: nsSpawn, Label: lang.Pair("OS: thread, made and ended", "OS: 스레드, 만들고 끝냄")},
	{Name: "BenchmarkSpawn/kind=pthread", Unit: nsSpawn, Label: lang.Pair("C: pthread, created and joined", "C: pthread, create와 join")},
	{Name: "BenchmarkSpawn/kind=goroutine", Unit: "allocs/spawn", Label: lang.Pair("Go: allocations of a goroutine", "Go: 고루틴 하나의 할당")},
	{Name: "BenchmarkCalls/kind=goroutine", Unit: "syscalls/spawn", Label: lang.Pair("Go: system calls of a goroutine", "Go: 고루틴 하나의 시스템 콜")},
	{Name: "BenchmarkCalls/kind=thread", Unit: "syscalls/spawn", Label: lang.Pair("OS: system calls of a thread", "OS: 스레드 하나의 시스템 콜")},
	{Name: "BenchmarkReuse/kind=goroutines", Unit: "threads", Label: lang.Pair("Go: threads for 99,000 more goroutines", "Go: 고루틴 99,000개를 더할 때의 스레드")},
	{Name: "BenchmarkReuse/kind=blocking", Unit: "threads", Label: lang.Pair("Go: threads for 20 × 20 blocking calls", "Go: 블로킹 콜 20 × 20번의 스레드")},
	{Name: noiseA, Unit: nsSpawn, Label: lang.Pair("A/A, run a", "A/A, a")},
	{Name: noiseB, Unit: nsSpawn, Label: lang.Pair("A/A, run b", "A/A, b")},
}
