package measure

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"time"

	"gmplab/internal/book"
	"gmplab/internal/claims"
	"gmplab/internal/gotest"
	"gmplab/internal/lang"
)

// The numbers of rounds.
const (
	DefaultRounds = 10
	FewestRounds  = 6 // below it there is no verdict
)

// Limits of the children: of a build, of a round. No measure of speed.
const (
	buildLimit = 20 * time.Minute
	roundLimit = 3 * time.Minute
	fullLimit  = 15 * time.Minute // a round with 1,000,000 goroutines
	mostOutput = 16 << 20         // bytes a round
)

// Measurer measures.
type Measurer struct {
	gotest.Suite
	Limit      time.Duration // for the rounds of a lab, where they are bounded
	RoundLimit time.Duration // for one round; 0: 3 minutes, 15 with what takes long
	// Round is told which round begins, from 0 on.
	Round func(name string, round, of int)
}

// Options say how to measure.
type Options struct {
	Rounds  int
	Bounded bool // stop at the time limit
	Full    bool // also what takes long
}

// Result is what came of a plan.
type Result struct {
	Plan
	Host    claims.Host
	Samples claims.Samples
	Rows    []claims.Row
	Figures []Figure

	Reference string    // why the reference was measured in place of the learner's file: the compiler's first line
	Raw       string    // where the raw lines are, seen from the root; "": nowhere
	Unkept    error     // why they are nowhere
	Cut       lang.Text // why there are fewer rounds than wanted
	Err       error     // what stopped it
}

// Figure is a figure of the harness with all that is known of it.
type Figure struct {
	Bench   string          `json:"bench"`
	Unit    string          `json:"unit"`
	Label   lang.Text       `json:"label"`
	Yours   bool            `json:"yours"` // it times the learner's own code, or the reference in its place
	Value   claims.Number   `json:"value"` // the median
	Lo      claims.Number   `json:"lo"`
	Hi      claims.Number   `json:"hi"`
	N       int             `json:"n"`
	Samples []claims.Number `json:"samples"` // one a round
	Skipped string          `json:"skipped"` // why there is none, as the harness said it
}

// Lab builds a lab's test binary, counts what stands in it, runs the rounds
// and judges. What stopped the rounds is in the result; an error is what
// prevented them.
func (m Measurer) Lab(ctx context.Context, p Plan, opt Options) (*Result, error) {
	tools, err := m.Go(ctx)
	if err != nil {
		return nil, err
	}
	r := &Result{Plan: p}
	evidence := claims.Evidence{Samples: &r.Samples, Runtime: os.DirFS(filepath.Join(tools.Root, "src", "runtime"))}
	pattern := p.pattern()
	counts := slices.ContainsFunc(p.Claims, func(c claims.Claim) bool { return c.Count != nil })
	if pattern != "" || counts {
		bin, err := m.build(ctx, tools, r)
		if err != nil {
			return nil, err
		}
		if counts { // before the rounds: an interrupt comes during those
			stores, err := m.objdump(ctx, bin)
			if err != nil {
				evidence.NoStores = lang.TextOf(err)
			} else {
				evidence.Stores = &stores
			}
		}
		if pattern != "" {
			m.rounds(ctx, r, opt, bin, pattern)
		}
	}
	for _, c := range p.Claims {
		r.Rows = append(r.Rows, claims.Judge(c, evidence))
	}
	r.Figures = figures(p.Lab.Name, &r.Samples)
	r.Host = host(tools, &r.Samples)
	return r, nil
}

// host says where the figures come from.
func host(tools gotest.Toolchain, s *claims.Samples) claims.Host {
	h := claims.Host{
		Go: tools.Version, OS: runtime.GOOS, Arch: runtime.GOARCH, NumCPU: runtime.NumCPU(),
		CPU: s.CPU, GOMAXPROCS: s.Procs, Noise: claims.Number(s.Noise()),
	}
	if kernel, err := os.ReadFile("/proc/sys/kernel/osrelease"); err == nil {
		h.Kernel = strings.TrimSpace(string(kernel))
	}
	return h
}

// patternOf is the -test.bench pattern for exactly these benchmarks.
func patternOf(names []string) string {
	var alternatives []string
	for _, name := range names {
		parts := strings.Split(name, "/")
		for i, part := range parts {
			parts[i] = "^" + regexp.QuoteMeta(part) + "$"
		}
		alternatives = append(alternatives, strings.Join(parts, "/"))
	}
	return strings.Join(alternatives, "|")
}

// build makes the lab's test binary. Where the learner's file does not compile
// it takes the solution's instead.
func (m Measurer) build(ctx context.Context, tools gotest.Toolchain, r *Result) (bin string, err error) {
	bin, complaint, err := m.compile(ctx, tools, "bin/"+r.Lab.Name+".test", r.Lab.Package(), "")
	if err == nil || complaint == "" {
		return bin, err
	}
	if !m.Book.Has(book.Overlay) {
		return "", lang.Errorf("%s does not compile, and there is no %s to measure in its place: mend it, then: go tool lab measure %s\n%s",
			"%s: 컴파일되지 않고, 대신 측정할 %s도 없습니다. 고친 뒤: go tool lab measure %s\n%s",
			r.Lab.Name, book.Overlay, r.Lab.NN, complaint)
	}
	bin, second, err := m.compile(ctx, tools, "bin/"+r.Lab.Name+".test", r.Lab.Package(), book.Overlay)
	if err != nil && second != "" {
		return "", lang.Errorf("%s does not compile, not even with %s\n%s", "%s: %s을 적용해도 컴파일되지 않습니다\n%s", r.Lab.Name, book.Overlay, second)
	}
	r.Reference, _, _ = strings.Cut(complaint, "\n")
	return bin, err
}

// compile builds a package's test binary as .lab/name, without cgo, so that a
// thread is a thread of Go's. complaint is the compiler's.
func (m Measurer) compile(ctx context.Context, tools gotest.Toolchain, name, pkg, overlay string) (bin, complaint string, err error) {
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	bin = filepath.Join(m.Book.Root, ".lab", filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(bin), 0o755); err != nil {
		return "", "", book.CantWrite(err)
	}
	args := []string{"go", "test", "-c", "-vet=off", "-o", bin}
	if overlay != "" {
		args = append(args, "-overlay", overlay)
	}
	var out bytes.Buffer
	err = m.Run(ctx, gotest.Child{
		Dir: m.Book.Root, Env: append(tools.Env(), "CGO_ENABLED=0"), Stdout: &out, Stderr: &out, Args: append(args, pkg), Limit: buildLimit,
	})
	if ctx.Err() != nil {
		return "", "", gotest.Interrupted("interrupted before anything was measured", "아무것도 측정하기 전에 중단했습니다")
	}
	if err == nil {
		return bin, "", nil
	}
	if why := gotest.NoRoom(out.String()); why != nil {
		return "", "", why
	}
	return "", strings.TrimSpace(gotest.CompilerLines(out.String())), fmt.Errorf("build %s: %w", pkg, err)
}

func (m Measurer) objdump(ctx context.Context, bin string) (claims.Stores, error) {
	var out, errs bytes.Buffer
	args := []string{"go", "tool", "objdump", "-s", claims.ObjdumpSymbols, bin}
	if err := m.Run(ctx, gotest.Child{Dir: m.Book.Root, Stdout: &out, Stderr: &errs, Args: args, Limit: buildLimit}); err != nil {
		return claims.Stores{}, fmt.Errorf("go tool objdump: %w %s", err, strings.TrimSpace(errs.String()))
	}
	return claims.ParseStores(runtime.GOARCH, out.String())
}

// rounds runs the benchmarks in rounds, each a process of its own, so that
// drift of the machine meets all of them alike.
func (m Measurer) rounds(ctx context.Context, r *Result, opt Options, bin, pattern string) {
	var raw bytes.Buffer
	if r.Reference != "" {
		raw.WriteString("solution: reference\n")
	}
	defer func() { m.keep(r, raw.Bytes()) }()
	limit, env := roundLimit, []string(nil)
	if opt.Full {
		limit, env = fullLimit, []string{"LAB_FULL=1"}
	}
	start := time.Now()
	for i := range opt.Rounds {
		if took := time.Since(start); opt.Bounded && i >= FewestRounds && took+took/time.Duration(i) > m.Limit {
			r.Cut = lang.Pairf("%d rounds, not %d: more would have taken over %v; -rounds %[2]d runs them all",
				"%[3]v를 넘지 않도록 %[2]d라운드 중 %[1]d라운드만 실행했습니다. 모두 실행하려면 -rounds %[2]d", i, opt.Rounds, m.Limit)
			break
		}
		m.Round(r.Lab.Name, i, opt.Rounds)
		var out bytes.Buffer
		var errs gotest.Head
		runErr := m.Run(ctx, gotest.Child{
			Dir: r.Lab.Dir, Env: env, Stdout: &out, Stderr: &errs,
			Begin: cmp.Or(m.StartLimit, gotest.StartLimit), Limit: cmp.Or(m.RoundLimit, limit), Most: mostOutput,
			Args: []string{bin, "-test.v", "-test.run", "^$", "-test.bench", pattern,
				"-test.benchtime", "10ms", "-test.count", "1"},
		})
		raw.Write(out.Bytes())
		r.Samples.Add(out.Bytes())
		if r.Err = stopped(ctx, r, i, opt.Rounds, runErr, out.String(), errs.String()); r.Err != nil {
			break
		}
	}
	for _, name := range slices.Sorted(maps.Keys(r.Samples.Failures)) {
		if f := r.Samples.Failures[name]; r.Err == nil && f.N == len(r.Samples.Rounds) {
			r.Err = lang.Errorf("%s failed in every round: %s", "%s: 모든 라운드에서 실패했습니다: %s", name, f.Why)
		}
	}
}

// stopped returns why there is no round after round i, nil if there is one.
func stopped(ctx context.Context, r *Result, i, of int, err error, out, errs string) error {
	switch {
	case ctx.Err() != nil:
		return gotest.Interrupted("interrupted in round %d of %d; what was measured is judged above",
			"%[2]d라운드 중 %[1]d번째에서 중단했습니다. 측정한 만큼 위에 판정했습니다", i+1, of)
	case err == gotest.ErrBegin:
		return lang.Errorf("the benchmarks of %s do not begin: an endless loop in init or in a package variable? Next: go tool lab test %s",
			"%s: 벤치마크가 시작되지 않습니다. init이나 패키지 변수에 끝없는 반복이 있는지 확인합니다. 다음: go tool lab test %s", r.Lab.Name, r.Lab.NN)
	case err == gotest.ErrLimit:
		return lang.Errorf("the benchmarks of %s did not end in round %d: an endless loop?%s",
			"%s: 벤치마크가 %d번째 라운드에서 끝나지 않습니다. 끝없는 반복이 있는지 확인합니다.%s", r.Lab.Name, i+1, lastLines(out+errs))
	case err == gotest.ErrMost:
		return lang.Errorf("the benchmarks of %s printed more than %d MB in round %d: a Println in a loop?%s",
			"%s: 벤치마크의 출력이 %d MB를 넘었습니다(%d번째 라운드). 반복문 안에 Println이 있는지 확인합니다.%s", r.Lab.Name, mostOutput>>20, i+1, lastLines(out+errs))
	case err == nil && !strings.HasSuffix(strings.TrimSpace(out), "PASS"):
		return lang.Errorf("the benchmarks of %s ended in the middle of round %d, as if all were well: an os.Exit?%s",
			"%s: 벤치마크가 %d번째 라운드 도중에 정상 종료되었습니다. os.Exit가 있는지 확인합니다.%s", r.Lab.Name, i+1, lastLines(out+errs))
	case err != nil && !strings.HasSuffix(strings.TrimSpace(out), "\nFAIL"):
		// A benchmark that finds its own figure wrong fails alone: this round
		// has no figure of it. A crash ends the measurement.
		return lang.Errorf("the benchmarks of %s failed in round %d (%v).%s",
			"%s의 벤치마크가 %d번째 라운드에서 실패했습니다(%v).%s", r.Lab.Name, i+1, err, lastLines(out+errs))
	}
	return nil
}

// lastLines is the end of an output, if there is any: no more than fits a screen.
func lastLines(text string) lang.Text {
	text = strings.TrimSpace(text)
	if text == "" {
		return lang.Text{}
	}
	lines := strings.Split(strings.ToValidUTF8(text[max(0, len(text)-4096):], ""), "\n")
	text = strings.Join(lines[max(0, len(lines)-20):], "\n")
	return lang.Pairf(" The last lines:\n%s", " 마지막 출력:\n%s", text)
}

// figures returns what the harness reported, in the order in which tables show
// it, and then times that no list names.
func figures(lab string, s *claims.Samples) []Figure {
	listed := claims.Benches(lab)
	for _, r := range s.Rounds {
		for _, of := range slices.SortedFunc(maps.Keys(r), func(a, b claims.Sample) int { return cmp.Compare(a.Bench, b.Bench) }) {
			timed := strings.HasPrefix(of.Unit, "ns/") && of.Unit != "ns/op"
			if timed && !slices.ContainsFunc(listed, func(b claims.Bench) bool { return b.Name == of.Bench }) {
				name := strings.TrimPrefix(of.Bench, "Benchmark")
				listed = append(listed, claims.Bench{Name: of.Bench, Unit: of.Unit, Label: lang.Pair(name, name)})
			}
		}
	}
	out := []Figure{}
	for _, b := range listed {
		f := figureOf(s, claims.Sample{Bench: b.Name, Unit: b.Unit})
		f.Label, f.Yours = b.Label, b.Yours
		if f.N == 0 {
			f.Skipped = s.Skipped(b.Name)
			again := slices.ContainsFunc(out, func(o Figure) bool { return o.Bench == b.Name && o.Skipped != "" })
			if f.Skipped == "" || again {
				continue
			}
		}
		out = append(out, f)
	}
	return out
}

func figureOf(s *claims.Samples, of claims.Sample) Figure {
	return summed(of.Bench, of.Unit, s.Summary(of), s.Values(of))
}

func summed(bench, unit string, i claims.Interval, values []float64) Figure {
	f := Figure{Bench: bench, Unit: unit, Value: claims.Number(i.Value), Lo: claims.Number(i.Lo), Hi: claims.Number(i.Hi), N: i.N, Samples: []claims.Number{}}
	for _, v := range values {
		f.Samples = append(f.Samples, claims.Number(v))
	}
	return f
}

// Interval is the figure's median and interval.
func (f Figure) Interval() claims.Interval {
	lo, hi := float64(f.Lo), float64(f.Hi)
	if math.IsNaN(lo) || math.IsNaN(hi) {
		lo, hi = math.Inf(-1), math.Inf(1)
	}
	return claims.Interval{Value: float64(f.Value), Lo: lo, Hi: hi, N: f.N}
}
