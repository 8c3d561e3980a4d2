package claims

import "gmplab/internal/lang"

const lab06Name = "06-work-stealing"

var lab06 = []Claim{
	{
		ID: "W1", Lab: lab06Name,
		Words:   "M은 P로부터 G를 가져와 실행하지만",
		English: "An M takes Gs from its P and runs them, but …",
		Reading: Right,
		Why: lang.Pair(
			"From the seat in front of P's ring, then from the ring (`runqget`).",
			"P의 runnext 자리에서, 그다음 링에서 가져옵니다(`runqget`).",
		),
		Sources: []Source{
			{"proc.go", `^func runqget\(`, "runqget"},
			{"proc.go", `^func schedule\(`, "schedule"},
		},
	},
	{
		ID: "W2", Lab: lab06Name,
		Words:   "P에 G가 없는 경우",
		English: "… when the P has no G …",
		Reading: PartlyRight,
		Why: lang.Pair(
			"Not at once. After its own queue come the global queue and the network poller, and only then does it steal. And it begins to spin only if it reads 2 × spinning < busy Ps: it reads, and then adds, so the bound is approximate.",
			"곧바로는 아닙니다. 자기 큐 다음에 전역 런큐와 네트워크 폴러를 보고, 그다음에야 훔칩니다. 게다가 2 × 스핀하는 수 < 바쁜 P의 수일 때만 스핀을 시작합니다. 읽고 나서 더하므로 이 한도는 어림입니다.",
		),
		Sources: []Source{
			{"proc.go", `^func findRunnable\(`, "findRunnable"},
			{"proc.go", `2\*sched\.nmspinning\.Load\(\) < gomaxprocs-sched\.npidle\.Load\(\)`, "2*nmspinning < busy"},
			{"proc.go", `^func stealWork\(`, "stealWork"},
		},
	},
	{
		ID: "W3", Lab: lab06Name,
		Words:   "무작위로 다른 P",
		English: "… of a random other P …",
		Reading: PartlyRight,
		Why: lang.Pair(
			"The start is random, and so is the stride, which has no divisor but 1 in common with the number of Ps: every P is visited once. There are four such passes; timers and runnext are looked at in the last only.",
			"시작도 보폭도 무작위입니다. 보폭은 P의 수와 서로소여서 모든 P를 한 번씩 들릅니다. 이런 바퀴를 네 번 돌고, 타이머와 runnext는 마지막 바퀴에서만 봅니다.",
		),
		Sources: []Source{
			{"proc.go", `^type randomOrder struct`, "randomOrder"},
			{"proc.go", `^const stealTries = 4`, "stealTries"},
			{"proc.go", `stealTimersOrRunNextG := i == stealTries-1`, "stealTimersOrRunNextG"},
		},
	},
	{
		ID: "W4", Lab: lab06Name,
		Words:   "G의 절반을 훔치려고 하는데",
		English: "… it tries to steal half of the Gs …",
		Reading: Right,
		Why: lang.Pair(
			"Exactly half of the ring, rounded up; runnext is not counted. The thief runs the last of its batch first (`runqsteal`).",
			"정확히 링의 절반이고 올림합니다. runnext는 세지 않습니다. 도둑은 묶음의 마지막 고루틴을 먼저 실행합니다(`runqsteal`).",
		),
		Proposition: lang.Pair(
			"of 64 goroutines at one P, 63 in the ring and one in runnext, another takes 32, 16, 8, 4, 2, 1, 1, in at least 70 % of fresh programs",
			"P 하나에 있는 고루틴 64개(링에 63개, runnext에 하나)를 다른 P는 새 프로그램의 70 % 이상에서 32, 16, 8, 4, 2, 1, 1개씩 가져간다",
		),
		Threshold: Threshold{">=", 70}, Unit: "percent-as-expected",
		Question: lang.Pair(
			"64 goroutines at one P, nothing at the other: in what percentage of runs are the steals 32, 16, 8, 4, 2, 1, 1?",
			"P 하나에 고루틴이 64개 있고 다른 P에는 없습니다. 32, 16, 8, 4, 2, 1, 1개씩 훔치는 비율은 몇 퍼센트일까요?",
		),
		Figures: []Figure{{"n=64", []Sample{{"BenchmarkHalving", "percent-as-expected"}}, first}},
	},
	{
		ID: "W5", Lab: lab06Name,
		Words:   "work-stealing scheduling이라고 불린다",
		English: "… which is called work-stealing scheduling.",
		Reading: Right,
		Why: lang.Pair(
			"The runtime calls it so too.",
			"런타임도 그렇게 부릅니다.",
		),
		Sources: []Source{
			{"proc.go", `randomized work stealing`, "randomized work stealing"},
			{"proc.go", `^func runqsteal\(`, "runqsteal"},
		},
	},
	{
		ID: "W6", Lab: lab06Name,
		Words:   "하나의 P에 대기열이 몰려있는걸 완화한다",
		English: "It relieves a queue that has piled up at one P.",
		Reading: Right,
		Why: lang.Pair(
			"Goroutines start at the P that says `go`, and spread from there.",
			"고루틴은 `go` 문을 실행한 P에서 시작해 다른 P로 퍼져 나갑니다.",
		),
		Proposition: lang.Pair(
			"of 200 goroutines started at one of two Ps, at least 10 % first run on another thread than the one that started them",
			"P 둘 가운데 하나에서 시작한 고루틴 200개의 10 % 이상은 처음부터 다른 스레드에서 실행된다",
		),
		Threshold: Threshold{">=", 10}, Unit: "percent",
		Question: lang.Pair(
			"Two Ps, and one of them starts 200 goroutines. What percentage of them first runs on the other thread?",
			"P 둘 가운데 하나가 고루틴 200개를 시작합니다. 몇 퍼센트가 처음부터 다른 스레드에서 실행될까요?",
		),
		Figures: []Figure{{"of 200", []Sample{{"BenchmarkMigration", "percent"}}, first}},
	},
	{
		ID: "W7.1", Lab: lab06Name,
		Words:   "각 thread들은 놀지 않고",
		English: "So threads do not idle …",
		Reading: Misleading,
		Why: lang.Pair(
			"While there is work to share, they don't.",
			"나눌 일이 있는 동안은 그렇습니다.",
		),
		Proposition: lang.Pair(
			"fixed work, started at one of two Ps, gains at least 0.85 of what two bare threads gain on it",
			"정해진 양의 일을 P 둘 가운데 하나에서 시작하면, Go 없이 스레드 둘로 할 때 빨라지는 배수의 0.85배 이상 빨라진다",
		),
		Threshold: Threshold{">=", 0.85}, Unit: "ratio",
		Figures: []Figure{
			over("goroutines ÷ pthreads", Sample{"BenchmarkSpeedup", "times-goroutines"}, Sample{"BenchmarkSpeedup", "times-threads"}),
		},
	},
	{
		ID: "W7.2", Lab: lab06Name,
		Words:   "각 thread들은 놀지 않고",
		English: "So threads do not idle …",
		Reading: Misleading,
		Why: lang.Pair(
			"When there is none they spin for a moment, and then sleep: an idle thread uses no CPU.",
			"일이 없으면 잠깐 스핀하다가 잠듭니다. 노는 스레드는 CPU를 쓰지 않습니다.",
		),
		Proposition: lang.Pair(
			"when the work is done, the process uses under 5 % of one CPU",
			"일이 끝난 프로세스는 CPU 하나의 5 %도 쓰지 않는다",
		),
		Threshold: Threshold{"<", 5}, Unit: "percent-cpu",
		Figures: []Figure{{"idle", []Sample{{"BenchmarkIdle", "percent-cpu"}}, first}},
	},
	{
		ID: "X3.1", Lab: lab06Name,
		Words:   "블로킹이 최소화되어 동시성 프로그래밍의 효율이 증가한다",
		English: "… blocking is minimised, and concurrent programming becomes more efficient.",
		Reading: PartlyRight,
		Why: lang.Pair(
			"For work that waits: the waits overlap, even at one P.",
			"기다리는 일이라면 맞습니다. P가 하나여도 기다리는 시간이 서로 겹칩니다.",
		),
		Proposition: lang.Pair(
			"at GOMAXPROCS=1, 1,000 waits of 1 ms end at least 100 times as fast in 1,000 goroutines as one after another",
			"GOMAXPROCS=1에서 1 ms씩 1,000번 기다리는 일은 고루틴 1,000개로 하면 하나씩 할 때보다 100배 이상 빨리 끝난다",
		),
		Threshold: Threshold{">=", 100}, Unit: "ratio",
		Question: lang.Pair(
			"One P, 1,000 waits of 1 ms each: how many times as fast are 1,000 goroutines as one wait after another?",
			"P가 하나일 때 1 ms씩 1,000번 기다립니다. 고루틴 1,000개로 하면 하나씩 기다릴 때보다 몇 배나 빠를까요?",
		),
		Figures: []Figure{{"waits", []Sample{{"BenchmarkWaiting", "ratio"}}, first}},
	},
	{
		ID: "X3.2", Lab: lab06Name,
		Words:   "블로킹이 최소화되어 동시성 프로그래밍의 효율이 증가한다",
		English: "… blocking is minimised, and concurrent programming becomes more efficient.",
		Reading: PartlyRight,
		Why: lang.Pair(
			"Work that computes gains from more Ps, not from more goroutines.",
			"계산하는 일은 고루틴이 아니라 P가 늘어야 빨라집니다.",
		),
		Proposition: lang.Pair(
			"at GOMAXPROCS=1, computing in 1,000 goroutines is less than 1.2 times as fast as one after another",
			"GOMAXPROCS=1에서 고루틴 1,000개로 계산해도 하나씩 계산할 때의 1.2배보다 빠르지 않다",
		),
		Threshold: Threshold{"<", 1.2}, Unit: "ratio",
		Figures: []Figure{{"computing", []Sample{{"BenchmarkComputing", "ratio"}}, first}},
	},
}

var lab06Benches = []Bench{
	{Name: "BenchmarkPutGet/kind=yours", Unit: "ns/pair", Label: lang.Pair("your Put + Get", "여러분의 Put + Get"), Yours: true},
	{Name: "BenchmarkPutGet/kind=bare", Unit: "ns/pair", Label: lang.Pair("the same over sync/atomic", "같은 코드, sync/atomic으로"), Yours: true},
	{Name: "BenchmarkPutGet/kind=mutex", Unit: "ns/pair", Label: lang.Pair("a slice behind a mutex", "뮤텍스로 보호한 슬라이스")},
	{Name: "BenchmarkPutGet/kind=channel", Unit: "ns/pair", Label: lang.Pair("a buffered channel", "버퍼 있는 채널")},
	{Name: "BenchmarkPutGet/kind=go", Unit: "ns/goroutine", Label: lang.Pair("a go statement, to its end", "go 문부터 고루틴이 끝날 때까지")},
	{Name: "BenchmarkSteal/kind=yours", Unit: "ns/goroutine", Label: lang.Pair("your Put + StealFrom + Get", "여러분의 Put + StealFrom + Get"), Yours: true},
	{Name: "BenchmarkSteal/kind=mutex", Unit: "ns/goroutine", Label: lang.Pair("half of a slice behind a mutex", "뮤텍스로 보호한 슬라이스의 절반")},
	{Name: "BenchmarkSteal/kind=channel", Unit: "ns/goroutine", Label: lang.Pair("half of a channel, one by one", "채널의 절반을 하나씩")},
	{Name: "BenchmarkShared/kind=yours/threads=1", Unit: "ns/goroutine", Label: lang.Pair("your queue, the owner alone", "여러분의 큐, 주인 혼자"), Yours: true},
	{Name: "BenchmarkShared/kind=yours/threads=2", Unit: "ns/goroutine", Label: lang.Pair("your queue, owner and a thief", "여러분의 큐, 주인과 도둑 하나"), Yours: true},
	{Name: "BenchmarkShared/kind=yours/threads=3", Unit: "ns/goroutine", Label: lang.Pair("your queue, owner and 2 thieves", "여러분의 큐, 주인과 도둑 둘"), Yours: true},
	{Name: "BenchmarkShared/kind=yours/threads=4", Unit: "ns/goroutine", Label: lang.Pair("your queue, owner and 3 thieves", "여러분의 큐, 주인과 도둑 셋"), Yours: true},
	{Name: "BenchmarkShared/kind=mutex/threads=1", Unit: "ns/goroutine", Label: lang.Pair("mutex, the owner alone", "뮤텍스, 주인 혼자")},
	{Name: "BenchmarkShared/kind=mutex/threads=2", Unit: "ns/goroutine", Label: lang.Pair("mutex, owner and a thief", "뮤텍스, 주인과 도둑 하나")},
	{Name: "BenchmarkShared/kind=mutex/threads=3", Unit: "ns/goroutine", Label: lang.Pair("mutex, owner and 2 thieves", "뮤텍스, 주인과 도둑 둘")},
	{Name: "BenchmarkShared/kind=mutex/threads=4", Unit: "ns/goroutine", Label: lang.Pair("mutex, owner and 3 thieves", "뮤텍스, 주인과 도둑 셋")},
	{Name: "BenchmarkShared/kind=channel/threads=1", Unit: "ns/goroutine", Label: lang.Pair("channel, the owner alone", "채널, 주인 혼자")},
	{Name: "BenchmarkShared/kind=channel/threads=2", Unit: "ns/goroutine", Label: lang.Pair("channel, owner and a thief", "채널, 주인과 도둑 하나")},
	{Name: "BenchmarkShared/kind=channel/threads=3", Unit: "ns/goroutine", Label: lang.Pair("channel, owner and 2 thieves", "채널, 주인과 도둑 둘")},
	{Name: "BenchmarkShared/kind=channel/threads=4", Unit: "ns/goroutine", Label: lang.Pair("channel, owner and 3 thieves", "채널, 주인과 도둑 셋")},
	{Name: "BenchmarkHalving", Unit: "percent-as-expected", Label: lang.Pair("Go: steals of 32, 16, 8, …", "Go: 32, 16, 8, …개씩 훔침")},
	{Name: "BenchmarkMigration", Unit: "percent", Label: lang.Pair("Go: first run elsewhere", "Go: 처음부터 다른 곳에서 실행")},
	{Name: "BenchmarkSpeedup", Unit: "times-goroutines", Label: lang.Pair("Go: gain of two Ps", "Go: P 둘로 빨라진 배수")},
	{Name: "BenchmarkSpeedup", Unit: "times-threads", Label: lang.Pair("pthreads: gain of two", "pthread: 둘로 빨라진 배수")},
	{Name: "BenchmarkIdle", Unit: "percent-cpu", Label: lang.Pair("Go: CPU use when idle", "Go: 쉴 때의 CPU 사용")},
	{Name: "BenchmarkWaiting", Unit: "ratio", Label: lang.Pair("Go: 1,000 waits at once", "Go: 1,000번을 함께 기다림")},
	{Name: "BenchmarkComputing", Unit: "ratio", Label: lang.Pair("Go: 1,000 computations at once", "Go: 1,000번을 함께 계산함")},
}
