package claims

import (
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"gmplab/internal/lang"
)

func TestMain(m *testing.M) {
	os.Setenv("LAB_LANG", "en") // the notes' language
	os.Exit(m.Run())
}

var update = flag.Bool("update", false, "rewrite the tables in labs/*/README*.md")

// article is what the rows quote, as the article has it.
const article = `
go routine은 생성하는데 많은 메모리가 필요하지 않다. 오직 2KB의 스택 공간만 필요하다. go routine을 할당하고 필요에 의해 힙 저장 공간을 확보하여 사용한다.
반면에 thread는 thread의 메모리와 다른 thread간의 보호 역할을 하는 Guard page라고 불리는 메모리 영역(1MB)과 함께 시작한다.
따라서 go routine은 작은 자원으로 생성할 수 있지만 Thread는 많이 생성하게 될 시 OutOfMemoryError가 발생할 수 있다.
thread는 생성과 삭제 비용을 가진다. thread는 OS로 부터 리소스를 요청해야 하고 작업이 끝나면 리소스를 돌려 줘야하기 때문에..
thread가 blocking된다면 다른 thread가 작업을 가져와서 처리해야한다. 여기서 thread가 변경시 스케줄러는 모든 레지스터들을 save / restore해야한다. 16정도의 레지스터가 있음..
하지만 go routine은 스케줄링될 때 오직 3개의 레지스터만 save / restore 하면 된다.
개수만 봐도 비용이 훨씬 적게 든다.
thread 보다 go routine을 많이 생성해서 그만큼 교체 비용이 발생할 수 있지 않냐라고 생각할 수 있겠지만 요즘 스케줄러들은 O(1)의 복잡도를 가진다고 한다. 따라서 교체시간이 go routine의 갯수에 영향을 받지 않다고 볼 수 있다.
이제 차이점을 알았으니,, 어떻게 OS에서 제공하는 thread보다 더 적은 비용으로 go routine을 관리하는지 알아보자.
go routine은 GMP라고 부르는 구조에 의해 관리된다.
* G(go routine) : go routine의 구현체이며, 런타임에서 go routine을 관리하기 위해서 사용한다. blocking syscall등으로 go routine이 blocking될 경우 런타임은 다음 go routine을 실행하는데 이 과정에서 blocking이 최소화 된다.
* M(Machine) : OS의 thread를 의미한다.
* P(Processor) : process 자원을 의미하며, go를 실행할 때 ` + "`" + `GOMAXPROCS` + "`" + `로 개수를 설정할 수 있다. default값은 시스템 코어 갯수. 정확히는 스케줄링에 대한 context를 지니고 있다.
먼저 프로그램이 실행되면 P가 할당되고 각각의 P에는 실행할 G가 배치된다. 보통 사용하는 ` + "`" + `go func()` + "`" + ` 같은 형태로 호출하면 새로운 go routine이 ` + "`" + `P의 큐에 등록된다` + "`" + `. 
만약 실행중 syscall이 발생하게 되면 해당 syscall을 인터럽트 하고 P로 부터 thread를 분리해두고 syscall이 재개 될 때 해당 작업을 다시 삽업하는 형태로 효율적으로 처린된다. (재개 되기 전까지 다른 thread로 넘겨(hadn off) 모든 go routine이 정상적으로 작동할 수 있도록 보장한다.) 
{{< admonition note "참고" >}}
이게 M에 P가 붙는 이유이다. 실행중인 M이 blocking되었을 때 다른 M으로 현재 상태를 그대로 넘겨야하기 때문에 P를 포함하고, 이는 ` + "`" + `GOMAXPROCS` + "`" + `값이 1이더라도 go가 multi thread로 동작하는 이유이다.
{{< /admonition >}}
M은 P로부터 G를 가져와 실행하지만 P에 G가 없는 경우 무작위로 다른 P의 G의 절반을 훔치려고 하는데 이런 스케줄링 전략을 work-stealing scheduling이라고 불린다. 이를 통해 하나의 P에 대기열이 몰려있는걸 완화한다.
따라서 각 thread들은 놀지 않고 많은 작업을 더 효율적으로 동시에 처리 할 수 있게 된다.
* syscall의 빈도를 줄여 유저 스페이스에서 동작하도록 하여 context switching을 최소화한다.
* thread 생성과 삭제의 빈도를 줄이고 기존 thread 최대한 재활용하여 OS 스레드 생성에 대한 비용을 줄인다.
* blocking syscall등으로 go routine이 blocking될 경우 Go 런타임은 다음 go routine을 실행하는데 이 과정에서 블로킹이 최소화되어 동시성 프로그래밍의 효율이 증가한다.
`

func TestLedger(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range All() {
		require.False(t, seen[c.ID], "%s twice", c.ID)
		seen[c.ID] = true
		require.Contains(t, article, c.Words, "%s: the article's words, exactly", c.ID)
		for _, text := range []lang.Text{c.Why, c.Reading.Text(), lang.Pair(c.English, c.Words)} {
			require.NotEmpty(t, text.EN, c.ID)
			require.NotEmpty(t, text.KO, c.ID)
		}
		ways := 0
		for _, is := range []bool{c.Figures != nil, c.Count != nil, c.Sources != nil} {
			if is {
				ways++
			}
		}
		require.Equal(t, 1, ways, "%s: one way to judge", c.ID)
		if c.Sources != nil {
			require.Empty(t, c.Proposition, c.ID)
			continue
		}
		require.NotEmpty(t, c.Proposition.EN, c.ID)
		require.NotEmpty(t, c.Proposition.KO, c.ID)
		require.NotEmpty(t, c.Threshold.String(), c.ID)
		require.NotEmpty(t, c.Unit, c.ID)
	}
	require.Len(t, Find("c5"), 2)
	require.Len(t, Find("C5.1"), 1)
	require.Empty(t, Find("C"))
}

func TestNeeds(t *testing.T) {
	require.Equal(t, []string{noiseA, noiseB, "BenchmarkRunnable/n=100000", "BenchmarkRunnable/n=100"}, Needs(Find("C8")))
	require.Equal(t, []string{"BenchmarkKernel/kind=channel"}, Needs(Find("X1")), "a count needs no A/A pair")
	require.Empty(t, Needs(Find("C4")))
}

func TestLabsAreWhole(t *testing.T) {
	for lab, listed := range benches {
		require.Len(t, Headlines(lab), 3, lab)
		seen := map[Bench]bool{}
		for _, b := range listed {
			require.NotEmpty(t, b.Label.EN, b.Name)
			require.NotEmpty(t, b.Label.KO, b.Name)
			require.NotEmpty(t, UnitText(b.Unit), b.Name)
			of := Bench{Name: b.Name, Unit: b.Unit}
			require.False(t, seen[of], "%s twice", b.Name)
			seen[of] = true
		}
		for _, c := range Lab(lab) {
			for _, f := range c.Figures {
				for _, of := range f.Of { // an outcome says nothing in a table of figures
					listed := slices.ContainsFunc(listed, func(b Bench) bool { return b.Name == of.Bench })
					require.True(t, listed || of.Unit == outcome, "%s has no label", of.Bench)
				}
			}
		}
		for _, c := range Headlines(lab) {
			require.NotEmpty(t, c.Question.KO, c.ID)
		}
	}
}

func TestUnitText(t *testing.T) {
	require.Equal(t, lang.Pair("ns/switch", "ns/교환"), UnitText("ns/switch"))
	require.Equal(t, lang.Pair("B/thread", "B/스레드"), UnitText("B-resident/thread"))
	require.Equal(t, lang.Pair("B", "B"), UnitText("B-guard"))
	require.Equal(t, lang.Pair("syscalls/spawn", "시스템 콜/생성"), UnitText("syscalls/spawn"))
	require.Equal(t, lang.Pair("times", "배"), UnitText("ratio"))
	require.Equal(t, lang.Pair("times", "배"), UnitText("times-threads"))
}

// rounds makes benchmark output of n rounds: values by name, with a trend so
// that the intervals have a width.
func rounds(n int, ns, kernel map[string]float64) *Samples {
	s := &Samples{}
	for i := range n {
		var b strings.Builder
		b.WriteString("goos: linux\ncpu: A CPU\n")
		wobble := 1 + 0.001*float64(i-n/2)
		for name, v := range ns {
			fmt.Fprintf(&b, "%s-2 \t 1000 \t %g ns/op \t %g ns/switch", name, 3*v, v*wobble)
			if k, ok := kernel[name]; ok {
				fmt.Fprintf(&b, " \t %g kernel-switches/switch", k)
			}
			b.WriteString("\n")
		}
		b.WriteString("PASS\n")
		s.Add([]byte(b.String()))
	}
	return s
}

// seen are figures of the size that CLAIMS.md saw.
func seen() (ns, kernel map[string]float64) {
	return map[string]float64{
			noiseA: 100, noiseB: 101,
			"BenchmarkRegisters/save=three":            2.95,
			"BenchmarkRegisters/save=all":              4.6,
			"BenchmarkRegisters/save=flags":            6,
			"BenchmarkRegisters/save=xsave":            144,
			"BenchmarkSwitch/kind=gosched":             87,
			"BenchmarkSwitch/kind=channel":             140,
			"BenchmarkSwitch/kind=sched_yield/pin=yes": 1090,
			"BenchmarkSwitch/kind=futex/pin=yes":       1800,
			"BenchmarkSwitch/kind=pipe/pin=yes":        2210,
			"BenchmarkKernel/kind=channel":             140,
			"BenchmarkParked/n=100":                    134,
			"BenchmarkParked/n=100000":                 136,
			"BenchmarkRunnable/n=100":                  85,
			"BenchmarkRunnable/n=100000":               450,
		}, map[string]float64{
			"BenchmarkSwitch/kind=pipe/pin=yes":  1,
			"BenchmarkSwitch/kind=futex/pin=yes": 0.998,
			"BenchmarkKernel/kind=channel":       0.00007,
		}
}

func TestVerdicts(t *testing.T) {
	for _, c := range []struct {
		name   string
		id     string
		rounds int
		ns     map[string]float64 // changes to what was seen
		kernel map[string]float64
		want   Verdict
		value  float64
		note   string
	}{
		{"as seen", "C1", 10, nil, nil, Holds, 0.998, "pipe 1.00 [1.00, 1.00]; futex 0.998 [0.998, 0.998]"},
		{"too few switches by futex", "C1", 10, nil, map[string]float64{"BenchmarkSwitch/kind=futex/pin=yes": 0.5}, Fails, 0.5, ""},
		{"as seen", "C3", 10, nil, nil, Holds, 23, ""},
		{"a cheap XSAVE", "C3", 10, map[string]float64{"BenchmarkRegisters/save=xsave": 8}, nil, Fails, 0.3333, ""},
		{"as seen", "C5.1", 10, nil, nil, Holds, 12.529, "sched_yield ÷ gosched 12.5 ["},
		{"one pair fails", "C5.1", 10, map[string]float64{"BenchmarkSwitch/kind=futex/pin=yes": 300}, nil, Fails, 2.143, ""},
		{"at the threshold", "C5.1", 10, map[string]float64{"BenchmarkSwitch/kind=futex/pin=yes": 561}, nil, Inconclusive, 4.007, "with the noise of ±0.990 %"},
		{"five rounds", "C5.1", 5, nil, nil, Inconclusive, 12.529, "n=5: no 95 % interval exists for fewer than 6 rounds"},
		{"six rounds", "C5.1", 6, nil, nil, Holds, 12.529, ""},
		{"no noise floor", "C5.1", 10, map[string]float64{noiseA: -1}, nil, Inconclusive, 12.529, "no A/A noise floor"},
		{"noisy", "C7", 10, map[string]float64{noiseA: 160}, nil, Inconclusive, 1.015, "with the noise of"},
		{"as seen", "C5.2", 10, nil, nil, Holds, 0.1645, ""},
		{"threads as cheap as goroutines", "C5.2", 10, map[string]float64{"BenchmarkSwitch/kind=sched_yield/pin=yes": 87}, nil, Inconclusive, math.NaN(), "nothing to divide by in 10 of 10 rounds"},
		{"as seen", "C7", 10, nil, nil, Holds, 1.0149, ""},
		{"as seen", "C8", 10, nil, nil, Holds, 5.294, ""},
		{"big caches", "C8", 10, map[string]float64{"BenchmarkRunnable/n=100000": 120}, nil, Fails, 1.412, ""},
		{"as seen", "X1", 10, nil, nil, Holds, 0.00007, ""},
		{"noise is not for counts", "X1", 10, map[string]float64{noiseA: -1}, nil, Holds, 0.00007, ""},
		{"no rounds", "C8", 0, nil, nil, Inconclusive, math.NaN(), "BenchmarkRunnable/n=100000 reported no ns/switch"},
		{"one pair missing", "C5.1", 10, map[string]float64{"BenchmarkSwitch/kind=futex/pin=yes": -1}, nil, Inconclusive, 12.529, "reported no ns/switch"},
	} {
		t.Run(c.id+" "+c.name, func(t *testing.T) {
			ns, kernel := seen()
			for k, v := range c.ns {
				if ns[k] = v; v < 0 {
					delete(ns, k)
				}
			}
			for k, v := range c.kernel {
				kernel[k] = v
			}
			row := Judge(Find(c.id)[0], Evidence{Samples: rounds(c.rounds, ns, kernel)})
			require.Equal(t, c.want, row.Measured, "%+v", row)
			if math.IsNaN(c.value) {
				require.True(t, math.IsNaN(float64(row.Value)))
			} else {
				require.InEpsilon(t, c.value, float64(row.Value), 0.001)
			}
			require.Contains(t, row.Note().EN, c.note)
		})
	}
}

// Below 6 rounds an order-statistic interval of 95 % does not exist, and from
// 6 on it does.
func TestFewestRounds(t *testing.T) {
	five := summarise([]float64{1, 2, 3, 4, 5})
	require.True(t, math.IsInf(five.Lo, -1) && math.IsInf(five.Hi, 1), "%+v", five)
	require.Equal(t, Interval{3.5, 1, 6, 6}, summarise([]float64{6, 5, 4, 3, 2, 1}))
	require.Equal(t, Interval{5.5, 2, 9, 10}, summarise([]float64{10, 9, 8, 7, 6, 5, 4, 3, 2, 1}))
}

func TestSkips(t *testing.T) {
	const verbose = `goos: linux
cpu: A CPU
BenchmarkX
BenchmarkX/kind=a
    x_test.go:3: a log line
    x_test.go:4: not measurable here: no C compiler
--- SKIP: BenchmarkX/kind=a
BenchmarkX/kind=b
BenchmarkX/kind=b-4 	 1000 	 2.5 ns/op	 7.5 ns/switch
BenchmarkY
    x_test.go:7: not measurable here: no pinning
        on this system
--- SKIP: BenchmarkY
BenchmarkF
BenchmarkF/n=1
    x_test.go:9: they did not alternate
--- FAIL: BenchmarkF/n=1
--- FAIL: BenchmarkF
BenchmarkZ-4 	 10`
	s := &Samples{}
	s.Add([]byte(verbose))
	require.Equal(t, map[string]string{"BenchmarkX/kind=a": "no C compiler", "BenchmarkY": "no pinning"}, s.Skips)
	require.Equal(t, []Round{{{"BenchmarkX/kind=b", "ns/switch"}: 7.5, {"BenchmarkX/kind=b", "ns/op"}: 2.5}}, s.Rounds)
	require.Equal(t, map[string]Failure{"BenchmarkF/n=1": {1, "they did not alternate"}}, s.Failures)
	require.Equal(t, "no pinning", s.Skipped("BenchmarkY/n=100"), "a part of what was skipped")
	require.Equal(t, 4, s.Procs)
	require.Equal(t, "A CPU", s.CPU)

	s = &Samples{}
	s.Add([]byte("--- SKIP: BenchmarkRegisters/save=xsave\n    x_test.go:4: not measurable here: this CPU has no XSAVE\nPASS\n"))
	require.Equal(t, "this CPU has no XSAVE", s.Skips["BenchmarkRegisters/save=xsave"])
	row := Judge(Find("C3")[0], Evidence{Samples: s})
	require.Equal(t, NotMeasurable, row.Measured)
	require.Equal(t, "Registers/save=xsave: this CPU has no XSAVE", row.Note().EN)

	ns, kernel := seen()
	delete(ns, "BenchmarkSwitch/kind=futex/pin=yes")
	s = rounds(10, ns, kernel)
	s.Skips["BenchmarkSwitch/kind=futex"] = "no futex on this system"
	row = Judge(Find("C5.1")[0], Evidence{Samples: s})
	require.Equal(t, Holds, row.Measured, "the pairs that there are")
	require.Contains(t, row.Note().EN, "Switch/kind=futex/pin=yes: no futex on this system; sched_yield ÷ gosched 12.5")
}

func TestStores(t *testing.T) {
	amd64, err := os.ReadFile("testdata/objdump.amd64.txt")
	require.NoError(t, err)
	s, err := ParseStores("amd64", string(amd64))
	require.NoError(t, err)
	require.Equal(t, "mcall stores 3 (g+0x40 g+0x38 g+0x60), gogo loads SP DX BP BX", s.switching())
	require.Equal(t, "BP FLAGS AX CX DX BX SI DI R8 R9 R10 R11 R12 R13 R14 R15 X0 X1 X2 X3 X4 X5 X6 X7 X8 X9 X10 X11 X12 X13 X14 X15", strings.Join(s.Preempt, " "))

	arm64, err := os.ReadFile("testdata/objdump.arm64.txt")
	require.NoError(t, err)
	s, err = ParseStores("arm64", string(arm64))
	require.NoError(t, err)
	require.Equal(t, "mcall stores 3 + 1 zero (g+0x38 g+0x60 g+0x40), gogo loads R0 R29 R30 R26 R6", s.switching())
	require.Len(t, s.Preempt, 62)
	require.Contains(t, s.Preempt, "status $23056")

	mac, err := ParseStores("arm64", strings.Replace(string(arm64), "TEXT gogo(SB)", "TEXT _gogo(SB)", 1))
	require.NoError(t, err)
	require.Equal(t, s, mac)

	for _, id := range []string{"C2", "C4.1", "C4.2"} {
		require.Equal(t, Holds, Judge(Find(id)[0], Evidence{Stores: &s}).Measured, id)
	}
	row := Judge(Find("C4.1")[0], Evidence{NoStores: lang.Pair("no objdump", "")})
	require.Equal(t, NotMeasurable, row.Measured)
	require.Equal(t, "no objdump", row.Note().EN)
}

// Stores that are not of registers into g.sched are not counted, wherever a
// later Go may put them.
func TestStoresElsewhere(t *testing.T) {
	text, err := os.ReadFile("testdata/objdump.amd64.txt")
	require.NoError(t, err)
	const at = "MOVQ BX, 0x40(R14)"
	for _, c := range []struct {
		line string
		want int
	}{
		{"MOVQ CX, 0x48(SP)", 3},
		{"MOVQ CX, 0x118(R14)", 3},             // another field of g
		{"MOVQ CX, FS:0xfffffff8", 3},          // thread-local storage
		{"CMPQ SP, 0x10(R14)", 3},              // no store
		{"MOVQ $0x0, 0x38(R14)", 3},            // a zero is no register
		{"MOVQ CX, 0x50(R14)", 4},              // g.sched.ctxt
		{"MOVQ 0x38(R14), CX", 3},              // a load
		{"PUSHQ CX", 3},                        // to the stack
		{"VZEROUPPER", 3},                      // no operands
		{"VMOVDQU X0, 0(SP)(CX*8)", 3},         // an index
		{"LEAQ runtime.badmcall(SB), BX", 3},   // a name
		{"LOCK CMPXCHGL R8, 0xb0(R14)", 3},     // an atomic
		{"?", 3},                               // what objdump can't read
		{"TESTB AX, 0(AX)\t\t// nil check", 3}, // a comment
	} {
		require.Equal(t, 1, strings.Count(string(text), at))
		changed := strings.Replace(string(text), at, c.line+"\n  asm_amd64.s:473\t0x1\t\t00\t\t"+at, 1)
		s, err := ParseStores("amd64", changed)
		require.NoError(t, err, c.line)
		require.Len(t, s.Mcall, c.want, c.line)
	}
}

func TestStoresErrors(t *testing.T) {
	_, err := ParseStores("riscv64", "")
	require.EqualError(t, err, "registers are counted on amd64 and arm64, not on riscv64")
	_, err = ParseStores("amd64", "")
	require.EqualError(t, err, "objdump shows no gogo: has the binary no symbol table?")
}

func TestSources(t *testing.T) {
	c := Find("C6")[0]
	row := Judge(c, Evidence{Runtime: fstest.MapFS{
		"proc.go":      {Data: []byte("package runtime\n\nfunc schedule() {\n")},
		"sched.go":     {Data: []byte("func goschedImpl(gp *g, preempted bool) {\n")},
		"proc_test.go": {Data: []byte("func globrunqgetbatch() {\n")},
	}})
	require.Equal(t, ByReading, row.Measured)
	require.Equal(t, "proc.go:3: func schedule(); sched.go:1: func goschedImpl(gp *g, preempted bool) (in proc.go in Go 1.26); "+
		"globrunqgetbatch is no longer in your Go's runtime (it was in proc.go in Go 1.26)", row.Note().EN)
	require.Equal(t, "$GOROOT/src/runtime is not there to be read", Judge(c, Evidence{}).Note().EN)
}

func TestJSON(t *testing.T) {
	ns, kernel := seen()
	s := rounds(10, ns, kernel)
	host := Host{Go: "go1.26.8", Noise: Number(s.Noise())}
	got, err := json.MarshalIndent([]any{host, Judge(Find("X1")[0], Evidence{Samples: s}), Judge(Find("C6")[0], Evidence{})}, "", " ")
	require.NoError(t, err)
	require.JSONEq(t, `[
	  {"go":"go1.26.8","os":"","arch":"","cpu":"","numcpu":0,"gomaxprocs":0,"kernel":"","noise":0.00990099009900991},
	  {"id":"X1","lab":"03-context-switch","reading":"partly right","measured":"holds","value":0.00007,"lo":0.00007,"hi":0.00007,
	   "unit":"kernel-switches/switch","n":10,"threshold":"< 0.01","notes":[]},
	  {"id":"C6","lab":"03-context-switch","reading":"question","measured":"by reading","value":null,"lo":null,"hi":null,
	   "unit":"","n":0,"threshold":"",
	   "notes":[{"code":"no-source","text":{"en":"$GOROOT/src/runtime is not there to be read","ko":"$GOROOT/src/runtime을 읽을 수 없습니다"}}]}
	 ]`, string(got))
}

func TestNumber(t *testing.T) {
	for v, want := range map[float64]string{
		21.44: "21.4", 0.9982: "0.998", 0.99996: "1.00", 1.001: "1.00", 99.96: "100", 4: "4.00", 1090.4: "1,090", 1234567: "1,234,567", 135.2: "135",
		0.00007: "0.0000700", 0: "0", 9.999: "10.0", -1234: "-1,234", math.Inf(1): "–",
	} {
		require.Equal(t, want, Number(v).String())
	}
}

// The tables in the READMEs are made from the ledger:
//
//	go test ./internal/claims -run READMEs -update
func TestREADMEs(t *testing.T) {
	labs := map[string]bool{}
	for _, c := range All() {
		labs[c.Lab] = true
	}
	for lab := range labs {
		for name, korean := range map[string]bool{"README.md": false, "README.ko.md": true} {
			path := filepath.Join("..", "..", "labs", lab, name)
			text, err := os.ReadFile(path)
			if os.IsNotExist(err) {
				continue // not written yet
			}
			require.NoError(t, err)
			before, rest, ok := strings.Cut(string(text), "<!-- claims -->\n")
			got, after, ok2 := strings.Cut(rest, "<!-- /claims -->")
			require.True(t, ok && ok2, "%s: want the table of claims between <!-- claims --> and <!-- /claims -->", path)
			want := "\n" + Markdown(lab, korean) + "\n"
			if got != want && *update {
				require.NoError(t, os.WriteFile(path, []byte(before+"<!-- claims -->\n"+want+"<!-- /claims -->"+after), 0o644))
				continue
			}
			if got != want {
				t.Errorf("%s: its table of claims is not the ledger's; make it: go test ./internal/claims -run READMEs -update", path)
			}
		}
	}
}

func TestMarkdown(t *testing.T) {
	for _, korean := range []bool{false, true} {
		text := Markdown(lab03Name, korean)
		for line := range strings.Lines(text) {
			require.Equal(t, 5, strings.Count(line, "|"), line)
		}
		require.NotContains(t, text, "\uFFFD")
	}
	require.Contains(t, Markdown(lab03Name, true), "| C3 | 「16정도의 레지스터가 있음」 | **오해의 소지**: ")
	require.Contains(t, Markdown(lab03Name, false), "| C6 | 「그만큼 교체 비용이 발생할 수 있지 않냐」 Does that not cost just as many switches? | **question**: ")
}
