package measure

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"

	"gmplab/internal/book"
	"gmplab/internal/claims"
	"gmplab/internal/gotest"
	"gmplab/internal/lang"
)

// tinyBenches are the benchmarks of internal/tiny, in which the same program
// runs on the labs' scheduler and on Go's own.
var tinyBenches = []claims.Bench{
	{Name: "Yield", Unit: "ns/yield", Label: lang.Pair("10 goroutines yield, each yield", "고루틴 10개가 양보, 한 번당")},
	{Name: "SpawnExit", Unit: "ns/spawn", Label: lang.Pair("start and end, each", "생성과 종료, 하나당")},
	{Name: "PingPong", Unit: "ns/switch", Label: lang.Pair("channel ping-pong, each switch", "채널 핑퐁, 교환 한 번당")},
	{Name: "Ring", Unit: "ns/hop", Label: lang.Pair("ring of 503, each hop", "503개짜리 고리, 한 칸당")},
	{Name: "Skynet", Unit: "ns/goroutine", Label: lang.Pair("skynet, 111,111 goroutines, each", "skynet, 고루틴 111,111개, 하나당")},
	{Name: "Fib", Unit: "ns/fork", Label: lang.Pair("fork-join fib, each fork", "포크-조인 fib, 포크 한 번당")},
	{Name: "Sieve", Unit: "ns/run", Label: lang.Pair("prime sieve, 100 primes", "소수의 체, 소수 100개")},
	{Name: "Calls", Unit: "ns/run", Label: lang.Pair("20 calls that block for 20 ms", "20 ms 동안 블로킹되는 호출 20개")},
	{Name: forkJoin, Unit: "ns/run", Label: lang.Pair("fixed work in 64 pieces", "정해진 양의 일, 64조각")},
	{Name: "Parked", Unit: "B/goroutine", Label: lang.Pair("memory of a parked goroutine", "파킹된 고루틴 하나의 메모리")},
}

const forkJoin = "ForkJoin"

// TinyResult is what `measure tiny` came to.
type TinyResult struct {
	Host     claims.Host   `json:"host"`
	Labs     []gotest.Code `json:"labs"`
	Rows     []TinyRow     `json:"versus"`
	ForkJoin Gain          `json:"forkjoin"`

	Raw    string    `json:"-"` // as in Result
	Unkept error     `json:"-"`
	Cut    lang.Text `json:"-"`
	N      int       `json:"-"` // rounds
	Err    error     `json:"-"`
}

// TinyRow is one benchmark at one number of Ps.
type TinyRow struct {
	Bench string    `json:"bench"`
	Procs int       `json:"procs"`
	Label lang.Text `json:"label"`
	Tiny  Figure    `json:"tiny"`
	Go    Figure    `json:"go"`
	Ratio Figure    `json:"ratio"` // tiny by Go, formed round by round
}

// Gain is what fixed work gains by a second P, or thread.
type Gain struct {
	Tiny    Figure `json:"tiny"`
	Go      Figure `json:"go"`
	Threads Figure `json:"threads"`
	Ratio   Figure `json:"ratio"` // tiny's gain by that of the threads
}

// Tiny sets the scheduler that the labs make beside Go's own, in interleaved
// rounds. codes and overlays are what Whose returned.
func (m Measurer) Tiny(ctx context.Context, opt Options, codes []gotest.Code, overlays book.Overlays) (*TinyResult, error) {
	tools, err := m.Go(ctx)
	if err != nil {
		return nil, err
	}
	overlay, remove, err := m.Book.WriteOverlay(overlays)
	if err != nil {
		return nil, err
	}
	defer remove()
	bin, complaint, err := m.compile(ctx, tools, "bin/tiny.test", "./internal/tiny", overlay)
	if err != nil && complaint != "" {
		return nil, gotest.NotTogether(complaint)
	}
	if err != nil {
		return nil, err
	}
	r := &Result{Plan: Plan{Lab: book.Lab{Name: "tiny", Dir: filepath.Join(m.Book.Root, "internal", "tiny")}, Whole: true}}
	m.rounds(ctx, r, opt, bin, ".")
	return &TinyResult{Host: host(tools, &r.Samples), Labs: codes, Rows: tinyRows(&r.Samples), ForkJoin: gains(&r.Samples),
		Raw: r.Raw, Unkept: r.Unkept, Cut: r.Cut, N: len(r.Samples.Rounds), Err: r.Err}, nil
}

// tinySample names a benchmark's figure for one kind at one number of Ps.
func tinySample(bench, unit, kind string, procs int) claims.Sample {
	return claims.Sample{Bench: fmt.Sprintf("Benchmark%s/kind=%s/procs=%d", bench, kind, procs), Unit: unit}
}

func tinyRows(s *claims.Samples) []TinyRow {
	rows := []TinyRow{}
	for _, b := range tinyBenches {
		for _, procs := range []int{1, 2} {
			tiny, golang := tinySample(b.Name, b.Unit, "tiny", procs), tinySample(b.Name, b.Unit, "go", procs)
			if ratio := ratioOf(s, tiny, golang); ratio.N > 0 {
				rows = append(rows, TinyRow{b.Name, procs, b.Label, figureOf(s, tiny), figureOf(s, golang), ratio})
			}
		}
	}
	return rows
}

// ratioOf is a by b, formed round by round.
func ratioOf(s *claims.Samples, a, b claims.Sample) Figure {
	f := claims.Over(a, b)
	return summed("", "ratio", s.Interval(f), s.Form(f))
}

func gains(s *claims.Samples) Gain {
	pair := func(kind string) []claims.Sample {
		return []claims.Sample{tinySample(forkJoin, "ns/run", kind, 1), tinySample(forkJoin, "ns/run", kind, 2)}
	}
	gain := func(kind string) Figure { return ratioOf(s, pair(kind)[0], pair(kind)[1]) }
	both := claims.Figure{
		Of:   slices.Concat(pair("tiny"), pair("thread")),
		Form: func(v []float64) float64 { return v[0] / v[1] / (v[2] / v[3]) },
	}
	return Gain{gain("tiny"), gain("go"), gain("thread"), summed("", "ratio", s.Interval(both), s.Form(both))}
}
