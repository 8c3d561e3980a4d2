package main

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"gmplab/internal/claims"
	"gmplab/internal/lang"
)

// versusBenches are the benchmarks of internal/tiny, in which the same program
// runs on the labs' scheduler and on Go's own.
var versusBenches = []claims.Bench{
	{Name: "Yield", Unit: "ns/yield", Label: lang.Text{EN: "10 goroutines yield, each yield", KO: "고루틴 10개가 양보, 한 번당"}},
	{Name: "SpawnExit", Unit: "ns/spawn", Label: lang.Text{EN: "start and end, each", KO: "생성과 종료, 하나당"}},
	{Name: "PingPong", Unit: "ns/switch", Label: lang.Text{EN: "channel ping-pong, each switch", KO: "채널 핑퐁, 교환 한 번당"}},
	{Name: "Ring", Unit: "ns/hop", Label: lang.Text{EN: "ring of 503, each hop", KO: "503개짜리 고리, 한 칸당"}},
	{Name: "Skynet", Unit: "ns/goroutine", Label: lang.Text{EN: "skynet, 111,111 goroutines, each", KO: "skynet, 고루틴 111,111개, 하나당"}},
	{Name: "Fib", Unit: "ns/fork", Label: lang.Text{EN: "fork-join fib, each fork", KO: "포크-조인 fib, 포크 한 번당"}},
	{Name: "Sieve", Unit: "ns/run", Label: lang.Text{EN: "prime sieve, 100 primes", KO: "소수의 체, 소수 100개"}},
	{Name: "Calls", Unit: "ns/run", Label: lang.Text{EN: "20 calls that block for 20 ms", KO: "20 ms 동안 블로킹되는 호출 20개"}},
	{Name: "ForkJoin", Unit: "ns/run", Label: lang.Text{EN: "fixed work in 64 pieces", KO: "정해진 양의 일, 64조각"}},
	{Name: "Parked", Unit: "B/goroutine", Label: lang.Text{EN: "memory of a parked goroutine", KO: "파킹된 고루틴 하나의 메모리"}},
}

// versusReport is what `measure tiny -json` prints.
type versusReport struct {
	Machine  claims.Machine `json:"machine"`
	Labs     []labCode      `json:"labs"`
	Versus   []versusRow    `json:"versus"`
	ForkJoin versusGain     `json:"forkjoin"`
}

// versusRow is one benchmark at one number of Ps.
type versusRow struct {
	Bench string       `json:"bench"`
	Procs int          `json:"procs"`
	Unit  string       `json:"unit"`
	Tiny  versusFigure `json:"tiny"`
	Go    versusFigure `json:"go"`
	Ratio versusFigure `json:"ratio"` // tiny by Go, formed round by round

	label lang.Text
}

// versusGain is what fixed work gains by a second P, or thread.
type versusGain struct {
	Tiny    versusFigure `json:"tiny"`
	Go      versusFigure `json:"go"`
	Threads versusFigure `json:"threads"`
	Ratio   versusFigure `json:"ratio"` // tiny's gain by that of the threads
}

type versusFigure struct {
	Value claims.Number `json:"value"`
	Lo    claims.Number `json:"lo"`
	Hi    claims.Number `json:"hi"`
	N     int           `json:"n"`
}

func versusFigureOf(i claims.Interval) versusFigure {
	return versusFigure{claims.Number(i.Value), claims.Number(i.Lo), claims.Number(i.Hi), i.N}
}

// with returns the figure with its unit: many ns as ms.
func (f versusFigure) with(unit string) string {
	v, u := f.Value, strings.SplitN(unit, "/", 2)[0]
	if u == "ns" && v > 1e5 {
		v, u = v/1e6, "ms"
	}
	return v.String() + " " + u
}

func (f versusFigure) String() string {
	return claims.Interval{Value: float64(f.Value), Lo: float64(f.Lo), Hi: float64(f.Hi), N: f.N}.String()
}

// versus sets the scheduler that the labs make beside Go's own, in interleaved
// rounds.
func (a *app) versus(ctx context.Context, opt measureOptions) error {
	machine, _, err := a.machine(ctx)
	if err != nil {
		return err
	}
	labs, _, overlay, err := a.whose(ctx, false)
	if err != nil {
		return err
	}
	if !opt.asJSON {
		a.showLabs(labs)
	}
	bin, err := a.buildVersus(ctx, overlay)
	if err != nil {
		return err
	}
	m := &measurement{plan: plan{lab: lab{name: "tiny", dir: filepath.Join(a.root, "internal", "tiny")}}}
	if err := a.rounds(ctx, m, opt, bin, "."); err != nil {
		return err
	}
	machine.CPU, machine.GOMAXPROCS, machine.Noise = m.samples.CPU, m.samples.Procs, claims.Number(m.samples.Noise())
	report := versusReport{Machine: machine, Labs: labs, Versus: versusRows(&m.samples), ForkJoin: versusGains(&m.samples)}
	if opt.asJSON {
		if err := printJSON(a.stdout, report); err != nil {
			return err
		}
		return m.err
	}
	if err := a.showVersus(m, report); err != nil {
		return err
	}
	return m.err
}

// buildVersus builds tiny's benchmarks with the labs that are to run.
func (a *app) buildVersus(ctx context.Context, overlay []byte) (bin string, err error) {
	replace, err := a.writeOverlay(overlay)
	if err != nil {
		return "", err
	}
	rel := filepath.Join(".lab", "run", "tiny.test")
	if runtime.GOOS == "windows" {
		rel += ".exe"
	}
	var out bytes.Buffer
	err = a.run(ctx, child{
		dir: a.root, env: []string{"CGO_ENABLED=0"}, stdout: &out, stderr: &out,
		args: []string{"go", "test", "-c", "-vet=off", "-overlay", replace, "-o", rel, "./internal/tiny"},
	})
	if ctx.Err() != nil {
		return "", beforeRun()
	}
	if err != nil {
		return "", noBuildTogether(out.String())
	}
	return filepath.Join(a.root, rel), nil
}

// versusSample names a benchmark's figure for one kind at one number of Ps.
func versusSample(b claims.Bench, kind string, procs int) claims.Sample {
	return claims.Sample{Bench: fmt.Sprintf("Benchmark%s/kind=%s/procs=%d", b.Name, kind, procs), Unit: b.Unit}
}

func versusRows(s *claims.Samples) []versusRow {
	rows := []versusRow{}
	for _, b := range versusBenches {
		for _, procs := range []int{1, 2} {
			tiny, golang := versusSample(b, "tiny", procs), versusSample(b, "go", procs)
			ratio := s.Ratio(tiny, golang)
			if ratio.N > 0 {
				rows = append(rows, versusRow{b.Name, procs, b.Unit, versusFigureOf(s.Summary(tiny)),
					versusFigureOf(s.Summary(golang)), versusFigureOf(ratio), b.Label})
			}
		}
	}
	return rows
}

func versusGains(s *claims.Samples) versusGain {
	i := slices.IndexFunc(versusBenches, func(b claims.Bench) bool { return b.Name == "ForkJoin" })
	pair := func(kind string) []claims.Sample {
		return []claims.Sample{versusSample(versusBenches[i], kind, 1), versusSample(versusBenches[i], kind, 2)}
	}
	gain := func(kind string) versusFigure {
		return versusFigureOf(s.Ratio(pair(kind)[0], pair(kind)[1]))
	}
	return versusGain{gain("tiny"), gain("go"), gain("thread"), versusFigureOf(s.Interval(claims.Figure{
		Of:   slices.Concat(pair("tiny"), pair("thread")),
		Form: func(v []float64) float64 { return v[0] / v[1] / (v[2] / v[3]) },
	}))}
}

func (a *app) showVersus(m *measurement, report versusReport) error {
	width := widthOf(a.stdout)
	t := table{head: []string{"", "P", "tiny", "Go", "tiny ÷ Go"}}
	for i, r := range report.Versus {
		label := r.label.String()
		if i > 0 && report.Versus[i-1].Bench == r.Bench {
			label = ""
		}
		t.rows = append(t.rows, []string{label, fmt.Sprint(r.Procs), r.Tiny.with(r.Unit), r.Go.with(r.Unit), r.Ratio.String()})
	}
	if err := t.write(a.stdout, width); err != nil {
		return err
	}
	fmt.Fprintln(a.stdout)
	a.lines(about(m, report.Machine), width)
	if g := report.ForkJoin; !math.IsNaN(float64(g.Ratio.Value)) {
		a.lines(fmt.Sprintf(lang.Say(
			"The fixed work gains %s times from a second P on tiny, %s in Go; two bare threads gain %s.",
			"P를 하나에서 둘로 늘리면 정해진 양의 일이 tiny에서 %s배, Go에서 %s배 빨라집니다. Go 없이 스레드 둘로 하면 %s배입니다."),
			g.Tiny, g.Go, g.Threads), width)
	}
	a.lines(lang.Say(
		"tiny has no garbage collector and no network poller, and its code is interpreted: the ratios compare schedulers, not languages.",
		"tiny에는 가비지 컬렉터와 네트워크 폴러가 없고, 코드는 인터프리터가 실행합니다. 이 비율은 언어가 아니라 스케줄러를 비교합니다."), width)
	if m.cut != "" {
		a.lines(m.cut, width)
	}
	a.printf("Raw lines: %s (benchstat -col /kind reads them)", "원자료: %s (benchstat -col /kind로 읽을 수 있습니다)", m.raw)
	return nil
}
