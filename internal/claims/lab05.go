package claims

import "gmplab/internal/lang"

const lab05Name = "05-syscall-handoff"

const handedOff = "percent-handed-off"

var lab05 = []Claim{
	{
		ID: "H1", Lab: lab05Name,
		Words:   "해당 syscall을 인터럽트 하고",
		English: "The system call is interrupted.",
		Reading: Wrong,
		Why: lang.Pair(
			"Nothing is interrupted: the thread stays in the kernel until the call is over. What is taken away is its P.",
			"아무것도 인터럽트되지 않습니다. 스레드는 호출이 끝날 때까지 커널에 그대로 있고, 빼앗기는 것은 P입니다.",
		),
		Proposition: lang.Pair(
			"a read that blocks for 30 ms returns its data once, without EINTR (the error that says that a signal interrupted the call), not before the 30 ms are over, and its P runs others meanwhile: in 100 % of the reads",
			"30 ms 동안 블로킹된 read는 모두(100 %) EINTR(시그널이 호출을 중단시켰다는 오류) 없이, 30 ms가 지난 뒤에, 데이터를 한 번 돌려주고, 그동안 P는 다른 고루틴을 실행한다",
		),
		Threshold: Threshold{"=", 100}, Unit: "percent-undisturbed",
		Figures: []Figure{{"reads", []Sample{{"BenchmarkRead", "percent-undisturbed"}}, first}},
	},
	{
		ID: "H2.1", Lab: lab05Name,
		Words:   "P로 부터 thread를 분리해두고",
		English: "The thread is detached from the P.",
		Reading: Misleading,
		Why: lang.Pair(
			"Only sometimes. `entersyscall` keeps the P; the monitor takes it when it sees the same call twice, or when the time slice is over. A short call is mostly over by then.",
			"그럴 때도 있을 뿐입니다. `entersyscall`은 P를 그대로 두고, 모니터는 같은 호출을 두 번 보았거나 타임 슬라이스가 끝났을 때 P를 가져갑니다. 짧은 호출은 대개 그 전에 끝납니다.",
		),
		Proposition: lang.Pair(
			"at one P, of 20,000 calls of getpid under 1 % are handed off",
			"P가 하나일 때 getpid 호출 20,000번 가운데 핸드오프되는 것은 1 % 미만이다",
		),
		Threshold: Threshold{"<", 1}, Unit: handedOff,
		Question: lang.Pair(
			"One P, 20,000 calls of getpid: in what percentage of them does the thread lose its P?",
			"P 하나에서 getpid를 20,000번 호출합니다. 그 가운데 스레드가 P를 잃는 비율은 몇 퍼센트일까요?",
		),
		Figures: []Figure{{"short", []Sample{{"BenchmarkHandoff/call=short", handedOff}}, first}},
	},
	{
		ID: "H2.2", Lab: lab05Name,
		Words:   "P로 부터 thread를 분리해두고",
		English: "The thread is detached from the P.",
		Reading: Misleading,
		Why: lang.Pair(
			"Of long calls it is right: `retake` takes the P, and `handoffp` finds it another thread.",
			"긴 호출이라면 맞습니다. `retake`가 P를 가져오고 `handoffp`가 다른 스레드를 찾아 줍니다.",
		),
		Proposition: lang.Pair(
			"at one P, of 20 sleeps of 80 ms over 90 % are handed off",
			"P가 하나일 때 80 ms짜리 sleep 20번 가운데 90 % 넘게 핸드오프된다",
		),
		Threshold: Threshold{">", 90}, Unit: handedOff,
		Figures: []Figure{{"long", []Sample{{"BenchmarkHandoff/call=long", handedOff}}, first}},
	},
	{
		ID: "H3", Lab: lab05Name,
		Words:   "syscall이 재개 될 때 해당 작업을 다시 삽업하는 형태",
		English: "When the call resumes, the work is put back in.",
		Reading: PartlyRight,
		Why: lang.Pair(
			"Only if there is no P for it. `exitsyscall` goes on with its own P, else takes its old one or an idle one; only then does the goroutine go to the global queue, and the thread parks.",
			"쓸 P가 없을 때만 그렇습니다. `exitsyscall`은 자기 P로 계속하고, 잃었으면 원래 P나 쉬는 P를 얻습니다. 그것도 없을 때만 고루틴은 전역 런큐로 가고 스레드는 파킹됩니다.",
		),
		Proposition: lang.Pair(
			"after calls that were handed off at one P, some goroutines go on, on another thread",
			"P가 하나일 때 핸드오프된 호출이 끝나면, 어떤 고루틴은 다른 스레드에서 이어진다",
		),
		Threshold: Threshold{">", 0}, Unit: "percent-elsewhere",
		Figures: []Figure{{"resumed", []Sample{{"BenchmarkResume", "percent-elsewhere"}}, first}},
	},
	{
		ID: "H4.1", Lab: lab05Name,
		Words:   "재개 되기 전까지 다른 thread로 넘겨(hadn off) 모든 go routine이 정상적으로 작동할 수 있도록 보장한다",
		English: "Until it resumes it is handed to another thread, which guarantees that all goroutines work as usual.",
		Reading: PartlyRight,
		Why: lang.Pair(
			"It is the P that is handed over, not the goroutine that is blocked. And not at once: it can take a round of the monitor or two, some 20 ms at worst.",
			"넘기는 것은 블로킹된 고루틴이 아니라 P입니다. 곧바로도 아닙니다. 모니터가 한두 번 도는 시간, 길면 20 ms쯤 걸립니다.",
		),
		Proposition: lang.Pair(
			"at GOMAXPROCS=1, with 100 goroutines blocked in read(2), one that counts goes on counting",
			"GOMAXPROCS=1에서 고루틴 100개가 read(2)에서 블로킹되어 있어도, 수를 세는 고루틴은 계속 센다",
		),
		Threshold: Threshold{"=", 1}, Unit: outcome,
		Figures: []Figure{{"it counts", []Sample{{"BenchmarkBlocked/kind=read", outcome}}, first}},
	},
	{
		ID: "H4.2", Lab: lab05Name,
		Words:   "재개 되기 전까지 다른 thread로 넘겨(hadn off) 모든 go routine이 정상적으로 작동할 수 있도록 보장한다",
		English: "Until it resumes it is handed to another thread, which guarantees that all goroutines work as usual.",
		Reading: PartlyRight,
		Why: lang.Pair(
			"The price is a thread for each call that blocks. With more than 10,000 threads Go ends the program.",
			"그 대가는 블로킹된 호출마다 스레드 하나입니다. 스레드가 10,000개를 넘으면 Go가 프로그램을 끝냅니다.",
		),
		Proposition: lang.Pair(
			"at GOMAXPROCS=1, with 100 goroutines blocked in read(2), the process has more than 100 threads",
			"GOMAXPROCS=1에서 고루틴 100개가 read(2)에서 블로킹되어 있으면, 프로세스의 스레드는 100개가 넘는다",
		),
		Threshold: Threshold{">", 100}, Unit: "threads",
		Question: lang.Pair(
			"GOMAXPROCS=1, and 100 goroutines are blocked in a read from a file descriptor that blocks: how many threads does the process have?",
			"GOMAXPROCS=1에서 고루틴 100개가 블로킹 모드의 파일 디스크립터에서 read로 기다립니다. 프로세스의 스레드는 몇 개일까요?",
		),
		Figures: []Figure{{"blocked", []Sample{{"BenchmarkBlocked/kind=read", "threads"}}, first}},
	},
	{
		ID: "H4.3", Lab: lab05Name,
		Words:   "재개 되기 전까지 다른 thread로 넘겨(hadn off) 모든 go routine이 정상적으로 작동할 수 있도록 보장한다",
		English: "Until it resumes it is handed to another thread, which guarantees that all goroutines work as usual.",
		Reading: PartlyRight,
		Why: lang.Pair(
			"What the network poller can watch, sockets and pipes, needs none of this: the goroutine parks, and no thread waits.",
			"소켓이나 파이프처럼 네트워크 폴러가 지켜볼 수 있는 것에는 이 과정이 필요 없습니다. 고루틴만 파킹되고, 기다리는 스레드는 없습니다.",
		),
		Proposition: lang.Pair(
			"500 goroutines that wait on pollable descriptors (fewer where not so many files may be open) need fewer than 20 threads",
			"폴링할 수 있는 디스크립터를 기다리는 고루틴 500개(열 수 있는 파일이 적으면 그보다 적게)에는 스레드가 20개도 필요하지 않다",
		),
		Threshold: Threshold{"<", 20}, Unit: "threads",
		Question: lang.Pair(
			"GOMAXPROCS=1, and 500 goroutines wait for data from pipes that the network poller watches: how many threads does the process have?",
			"GOMAXPROCS=1에서 고루틴 500개가 네트워크 폴러가 지켜보는 파이프를 기다립니다. 프로세스의 스레드는 몇 개일까요?",
		),
		Figures: []Figure{{"waiting", []Sample{{"BenchmarkBlocked/kind=pollable", "threads"}}, first}},
	},
	{
		ID: "H5", Lab: lab05Name,
		Words:   "효율적으로 처린된다",
		English: "It is handled efficiently.",
		Reading: PartlyRight,
		Why: lang.Pair(
			"A short call costs two compare-and-swaps and some bookkeeping more, on the way in and out. A long one costs a thread, which `startm` finds or makes.",
			"짧은 호출은 들어갈 때와 나올 때 CAS 한 번씩과 약간의 기록만 더 듭니다. 긴 호출은 스레드 하나를 씁니다. `startm`이 찾거나 새로 만듭니다.",
		),
		Sources: []Source{
			{"proc.go", `^func entersyscall\(`, "entersyscall"},
			{"proc.go", `^func exitsyscall\(`, "exitsyscall"},
			{"proc.go", `^func startm\(`, "startm"},
		},
	},
	{
		ID: "H6", Lab: lab05Name,
		Words:   "이게 M에 P가 붙는 이유이다",
		English: "This is why P is attached to M.",
		Reading: PartlyRight,
		Why: lang.Pair(
			"It is one reason: with a P of its own, the queue can change threads (`handoffp`). But P does not hold the state of the goroutine that is blocked. Queues without a lock and a cache of memory for each P are the others.",
			"이유 가운데 하나입니다. 큐가 P에 있으니 스레드를 옮겨 다닐 수 있습니다(`handoffp`). 다만 블로킹된 고루틴의 상태는 P에 들어 있지 않습니다. P마다 락 없는 큐와 메모리 캐시를 두는 것도 이유입니다.",
		),
		Sources: []Source{
			{"proc.go", `^func handoffp\(`, "handoffp"},
			{"runtime2.go", `^runq +\[256\]guintptr`, "runq"},
			{"runtime2.go", `^mcache +\*mcache`, "mcache"},
		},
	},
	{
		ID: "H7", Lab: lab05Name,
		Words:   "이는 `GOMAXPROCS`값이 1이더라도 go가 multi thread로 동작하는 이유이다",
		English: "This is why Go runs with several threads even if GOMAXPROCS is 1.",
		Reading: Misleading,
		Why: lang.Pair(
			"The fact is right, the cause is not all of it. GOMAXPROCS bounds the threads that run Go code; the monitor needs no P, and threads in calls do not count.",
			"사실은 맞지만 이유가 그것만은 아닙니다. GOMAXPROCS가 제한하는 것은 Go 코드를 실행하는 스레드입니다. 모니터에는 P가 필요 없고, 호출에 들어간 스레드는 세지 않습니다.",
		),
		Proposition: lang.Pair(
			"at GOMAXPROCS=1 a process has at least 2 threads before anything blocks",
			"GOMAXPROCS=1인 프로세스의 스레드는 아무것도 블로킹되기 전부터 2개 이상이다",
		),
		Threshold: Threshold{">=", 2}, Unit: "threads",
		Figures: []Figure{{"at the beginning", []Sample{{"BenchmarkThreads", "threads"}}, first}},
	},
}

var lab05Benches = []Bench{
	{Name: "BenchmarkEnterExit/kind=yours", Unit: "ns/call", Label: lang.Pair("Enter and Exit, the P stays", "Enter와 Exit, P는 그대로"), Yours: true},
	{Name: "BenchmarkEnterExit/kind=bare", Unit: "ns/call", Label: lang.Pair("the same over sync/atomic", "같은 것, sync/atomic으로"), Yours: true},
	{Name: "BenchmarkOwn/call=short", Unit: handedOff, Label: lang.Pair("short calls in the toy scheduler", "장난감 스케줄러의 짧은 호출"), Yours: true},
	{Name: "BenchmarkOwn/call=long", Unit: handedOff, Label: lang.Pair("long calls in the toy scheduler", "장난감 스케줄러의 긴 호출"), Yours: true},
	{Name: "BenchmarkCall/kind=wrapped", Unit: "ns/call", Label: lang.Pair("Go: getpid by syscall.Syscall", "Go: syscall.Syscall로 getpid")},
	{Name: "BenchmarkCall/kind=raw", Unit: "ns/call", Label: lang.Pair("Go: getpid by syscall.RawSyscall", "Go: syscall.RawSyscall로 getpid")},
	{Name: "BenchmarkHandoff/call=short", Unit: handedOff, Label: lang.Pair("Go: short calls", "Go: 짧은 호출")},
	{Name: "BenchmarkHandoff/call=long", Unit: handedOff, Label: lang.Pair("Go: long calls", "Go: 긴 호출")},
	{Name: "BenchmarkDose/sleep=10us", Unit: handedOff, Label: lang.Pair("Go: calls of 10 µs", "Go: 10 µs 호출")},
	{Name: "BenchmarkDose/sleep=30us", Unit: handedOff, Label: lang.Pair("Go: calls of 30 µs", "Go: 30 µs 호출")},
	{Name: "BenchmarkDose/sleep=100us", Unit: handedOff, Label: lang.Pair("Go: calls of 100 µs", "Go: 100 µs 호출")},
	{Name: "BenchmarkDose/sleep=300us", Unit: handedOff, Label: lang.Pair("Go: calls of 300 µs", "Go: 300 µs 호출")},
	{Name: "BenchmarkDose/sleep=1ms", Unit: handedOff, Label: lang.Pair("Go: calls of 1 ms", "Go: 1 ms 호출")},
	{Name: "BenchmarkDose/sleep=3ms", Unit: handedOff, Label: lang.Pair("Go: calls of 3 ms", "Go: 3 ms 호출")},
	{Name: "BenchmarkDose/sleep=10ms", Unit: handedOff, Label: lang.Pair("Go: calls of 10 ms", "Go: 10 ms 호출")},
	{Name: "BenchmarkDose/sleep=80ms", Unit: handedOff, Label: lang.Pair("Go: calls of 80 ms", "Go: 80 ms 호출")},
	{Name: "BenchmarkDelay", Unit: "ns/retake", Label: lang.Pair("Go: from the entry to the retake", "Go: 호출에 들어가서 P를 회수당할 때까지")},
	{Name: "BenchmarkResume", Unit: "percent-elsewhere", Label: lang.Pair("Go: resumed on another thread", "Go: 다른 스레드에서 이어진 것")},
	{Name: "BenchmarkRead", Unit: "percent-undisturbed", Label: lang.Pair("Go: blocked reads", "Go: 블로킹된 read")},
	{Name: "BenchmarkBlocked/kind=read", Unit: "threads", Label: lang.Pair("Go: 100 blocked in read", "Go: read에서 블로킹된 100개")},
	{Name: "BenchmarkBlocked/kind=pollable", Unit: "threads", Label: lang.Pair("Go: 500 that wait for the poller", "Go: 폴러를 기다리는 500개")},
	{Name: "BenchmarkThreads", Unit: "threads", Label: lang.Pair("Go: before anything blocks", "Go: 아무것도 블로킹되기 전")},
}
