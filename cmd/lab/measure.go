package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
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

	"gmplab/internal/claims"
	"gmplab/internal/lang"
)

const (
	defaultRounds = 10
	fewestRounds  = 6 // below it there is no verdict
	timeLimit     = 30 * time.Second
)

// plan is what to measure of one lab.
type plan struct {
	lab   lab
	rows  []claims.Claim
	whole bool // all of the lab's benchmarks, not only those that the rows need
}

type measureOptions struct {
	rounds       int
	bounded      bool // stop at the time limit
	full, asJSON bool
}

// measurement is what came of a plan.
type measurement struct {
	plan
	samples   claims.Samples
	verdicts  []claims.Row
	reference string // why the reference was measured in place of the learner's file
	raw       string // where the raw lines are, seen from the root
	cut       string // why there are fewer rounds than wanted
	err       error  // what stopped it
}

// measure judges claims on this machine.
func (a *app) measure(ctx context.Context, args []string) error {
	set := flag.NewFlagSet("measure", 0)
	var opt measureOptions
	set.IntVar(&opt.rounds, "rounds", defaultRounds, "")
	set.BoolVar(&opt.full, "full", false, "")
	set.BoolVar(&opt.asJSON, "json", false, "")
	args, err := parse(set, args, "go tool lab measure 03 -rounds 20")
	if err != nil {
		return err
	}
	opt.bounded = !opt.full
	set.Visit(func(f *flag.Flag) { opt.bounded = opt.bounded && f.Name != "rounds" })
	if opt.rounds < 1 {
		return usage("-rounds %d, want 1 or more (6 for a verdict), for example: go tool lab measure 03 -rounds 20",
			"-rounds %d: 1 이상이어야 합니다(판정하려면 6 이상). 예: go tool lab measure 03 -rounds 20", opt.rounds)
	}
	if slices.Contains(args, "tiny") {
		if len(args) > 1 {
			return usage("measure tiny stands alone, for example: go tool lab measure tiny", "tiny는 따로 측정합니다. 예: go tool lab measure tiny")
		}
		return a.versus(ctx, opt)
	}
	plans, err := a.plans(args)
	if err != nil {
		return err
	}
	machine, goroot, err := a.machine(ctx)
	if err != nil {
		return err
	}

	report := claims.Report{Machine: machine, Claims: []claims.Row{}}
	var stopped error
	for _, p := range plans {
		m, err := a.measureLab(ctx, p, opt, goroot)
		if err != nil {
			return err
		}
		here := machine
		here.CPU, here.GOMAXPROCS, here.Noise = m.samples.CPU, m.samples.Procs, claims.Number(m.samples.Noise())
		if len(report.Claims) == 0 || here.Noise > report.Machine.Noise { // of several labs the noisiest
			report.Machine = here
		}
		report.Claims = append(report.Claims, m.verdicts...)
		if opt.asJSON {
			if m.reference != "" {
				fmt.Fprintln(a.stderr, m.referenceNotice())
			}
		} else if err := a.show(m, here); err != nil {
			return err
		}
		if stopped = m.err; stopped != nil {
			break
		}
	}
	if opt.asJSON {
		if err := printJSON(a.stdout, report); err != nil {
			return err
		}
	}
	return stopped
}

// plans turns the arguments into what to measure: labs, claims or, without
// any, every lab that has a harness and rows.
func (a *app) plans(args []string) ([]plan, error) {
	labs, err := a.labs()
	if err != nil {
		return nil, err
	}
	var plans []plan
	at := func(l lab) *plan {
		i := slices.IndexFunc(plans, func(p plan) bool { return p.lab == l })
		if i < 0 {
			i = len(plans)
			plans = append(plans, plan{lab: l})
		}
		return &plans[i]
	}
	for _, l := range labs {
		if _, err := os.Stat(filepath.Join(l.dir, "bench_test.go")); err == nil && len(args) == 0 && len(claims.Lab(l.name)) > 0 {
			at(l).whole = true
		}
	}
	for _, arg := range args {
		if rows := claims.Find(arg); len(rows) > 0 {
			i := slices.IndexFunc(labs, func(l lab) bool { return l.name == rows[0].Lab })
			if i < 0 {
				return nil, failure("claim %s belongs to labs/%s, which is not here", "주장 %s: 실습 labs/%s 디렉터리가 없습니다", arg, rows[0].Lab)
			}
			p := at(labs[i])
			p.rows = append(p.rows, rows...)
			continue
		}
		l, err := a.lab(arg, "measure")
		if err != nil {
			here := slices.DeleteFunc(claims.All(), func(c claims.Claim) bool {
				return !slices.ContainsFunc(labs, func(l lab) bool { return l.name == c.Lab })
			})
			return nil, usage("no lab or claim %q, there are labs %s and claims %s, for example: go tool lab measure 03",
				"%q라는 실습이나 주장은 없습니다. 실습: %s, 주장: %s. 예: go tool lab measure 03", arg, numbers(labs), ids(here))
		}
		if len(claims.Lab(l.name)) == 0 {
			return nil, failure("%s has no claims to measure yet", "%s: 아직 측정할 주장이 없습니다", l.name)
		}
		at(l).whole = true
	}
	if len(plans) == 0 {
		return nil, failure("no lab has a harness (bench_test.go) and claims yet", "측정 코드(bench_test.go)와 주장이 있는 실습이 아직 없습니다")
	}
	for i, p := range plans {
		// In the ledger's order and each once, however they were named.
		plans[i].rows = slices.DeleteFunc(claims.Lab(p.lab.name), func(c claims.Claim) bool {
			return !p.whole && !slices.ContainsFunc(p.rows, func(d claims.Claim) bool { return c.ID == d.ID })
		})
	}
	return plans, nil
}

// machine says where the figures come from, as far as it is known before the
// benchmarks have run, and where Go's source is.
func (a *app) machine(ctx context.Context) (m claims.Machine, goroot string, err error) {
	var out, errs bytes.Buffer
	if err := a.run(ctx, child{dir: a.root, stdout: &out, stderr: &errs, args: []string{"go", "env", "GOROOT", "GOVERSION"}}); err != nil {
		return m, "", failure("go env: %v, want Go's command on PATH\n%s", "go env: %v. PATH에 go 명령이 있어야 합니다\n%s", err, errs.String())
	}
	goroot, version, _ := strings.Cut(strings.TrimSpace(out.String()), "\n")
	m = claims.Machine{
		Go: strings.TrimSpace(version), OS: runtime.GOOS, Arch: runtime.GOARCH,
		NumCPU: runtime.NumCPU(), Noise: claims.Number(math.NaN()),
	}
	if kernel, err := os.ReadFile("/proc/sys/kernel/osrelease"); err == nil {
		m.Kernel = strings.TrimSpace(string(kernel))
	}
	return m, strings.TrimSpace(goroot), nil
}

// measureLab builds a lab's test binary, counts what stands in it, runs the
// rounds and judges.
func (a *app) measureLab(ctx context.Context, p plan, opt measureOptions, goroot string) (*measurement, error) {
	m := &measurement{plan: p}
	evidence := claims.Evidence{Samples: &m.samples, Runtime: os.DirFS(filepath.Join(goroot, "src", "runtime"))}
	pattern := "."
	if !p.whole {
		pattern = benchPattern(claims.Needs(p.rows))
	}
	counts := slices.ContainsFunc(p.rows, func(c claims.Claim) bool { return c.Count != nil })
	if pattern != "" || counts {
		if _, err := os.Stat(filepath.Join(p.lab.dir, "bench_test.go")); err != nil {
			return nil, failure("%s has no harness (bench_test.go) yet", "%s: 아직 측정 코드(bench_test.go)가 없습니다", p.lab.name)
		}
		bin, err := a.build(ctx, m)
		if err != nil {
			return nil, err
		}
		if counts { // before the rounds: an interrupt comes during those
			stores, err := a.objdump(ctx, bin)
			if err != nil {
				evidence.NoStores = err.Error()
			} else {
				evidence.Stores = &stores
			}
		}
		if pattern != "" {
			if err := a.rounds(ctx, m, opt, bin, pattern); err != nil {
				return nil, err
			}
		}
	}
	for _, c := range p.rows {
		m.verdicts = append(m.verdicts, claims.Judge(c, evidence))
	}
	return m, nil
}

// benchPattern is the -test.bench pattern for exactly these benchmarks.
func benchPattern(names []string) string {
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

// build makes the lab's test binary, without cgo, so that a thread is a
// thread of Go's. Where the learner's file does not compile it takes the
// solution's instead.
func (a *app) build(ctx context.Context, m *measurement) (bin string, err error) {
	rel := filepath.Join(".lab", "bin", m.lab.name+".test")
	if runtime.GOOS == "windows" {
		rel += ".exe"
	}
	if err := os.MkdirAll(filepath.Join(a.root, filepath.Dir(rel)), 0o755); err != nil {
		return "", fmt.Errorf("make .lab: %w", err)
	}
	compile := func(extra ...string) (string, error) {
		var out bytes.Buffer
		args := slices.Concat([]string{"go", "test", "-c", "-vet=off", "-o", rel}, extra, []string{m.lab.pkg()})
		err := a.run(ctx, child{dir: a.root, env: []string{"CGO_ENABLED=0"}, stdout: &out, stderr: &out, args: args})
		if ctx.Err() != nil {
			err = &exitError{130, lang.Say("interrupted before anything was measured", "아무것도 측정하기 전에 중단했습니다")}
		}
		return strings.TrimSpace(compilerLines([]string{out.String()})), err
	}
	bin = filepath.Join(a.root, rel)
	complaint, err := compile()
	if err == nil || ctx.Err() != nil {
		return bin, err
	}
	const overlay = "solutions/overlay.json"
	if _, err := os.Stat(filepath.Join(a.root, filepath.FromSlash(overlay))); err != nil {
		return "", failure("%s does not compile, and there is no %s to measure in its place: mend it, then: go tool lab measure %s\n%s",
			"%s: 컴파일되지 않고, 대신 측정할 %s도 없습니다. 고친 뒤: go tool lab measure %s\n%s",
			m.lab.name, overlay, m.lab.nn, complaint)
	}
	if second, err := compile("-overlay", overlay); err != nil {
		if ctx.Err() != nil {
			return "", err
		}
		return "", failure("%s does not compile, not even with %s\n%s", "%s: %s을 적용해도 컴파일되지 않습니다\n%s", m.lab.name, overlay, second)
	}
	m.reference, _, _ = strings.Cut(complaint, "\n")
	return bin, nil
}

func (a *app) objdump(ctx context.Context, bin string) (claims.Stores, error) {
	var out, errs bytes.Buffer
	args := []string{"go", "tool", "objdump", "-s", claims.ObjdumpSymbols, bin}
	if err := a.run(ctx, child{dir: a.root, stdout: &out, stderr: &errs, args: args}); err != nil {
		return claims.Stores{}, fmt.Errorf("go tool objdump: %w %s", err, strings.TrimSpace(errs.String()))
	}
	return claims.ParseStores(runtime.GOARCH, out.String())
}

// rounds runs the benchmarks in rounds, each a process of its own, so that
// drift of the machine meets all of them alike. The raw lines are kept as they
// come; benchstat reads them.
func (a *app) rounds(ctx context.Context, m *measurement, opt measureOptions, bin, pattern string) (err error) {
	m.raw = ".lab/measure/" + m.lab.name + ".txt"
	path := filepath.Join(a.root, filepath.FromSlash(m.raw))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("make .lab: %w", err)
	}
	raw, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("keep the raw lines: %w", err)
	}
	defer func() { err = errors.Join(err, raw.Close()) }()
	if m.reference != "" {
		fmt.Fprintln(raw, "solution: reference")
	}
	var env []string
	if opt.full {
		env = []string{"LAB_FULL=1"}
	}
	bar := newProgress(a.stderr, m.lab.name, opt.rounds)
	defer bar.clear()
	start := time.Now()
	for i := range opt.rounds {
		if took := time.Since(start); opt.bounded && i >= fewestRounds && took+took/time.Duration(i) > a.limit {
			m.cut = fmt.Sprintf(lang.Say("%d rounds, not %d: more would have taken over %v; -rounds %[2]d runs them all",
				"%[3]v를 넘지 않도록 %[2]d라운드 중 %[1]d라운드만 실행했습니다. 모두 실행하려면 -rounds %[2]d"), i, opt.rounds, a.limit)
			break
		}
		bar.show(i)
		var out, errs bytes.Buffer
		runErr := a.run(ctx, child{
			dir: m.lab.dir, env: env, stdout: &out, stderr: &errs,
			args: []string{bin, "-test.v", "-test.run", "^$", "-test.bench", pattern,
				"-test.benchtime", "10ms", "-test.count", "1", "-test.timeout", "3m"},
		})
		if _, err := raw.Write(out.Bytes()); err != nil {
			return fmt.Errorf("keep the raw lines: %w", err)
		}
		m.samples.Add(out.Bytes())
		if ctx.Err() != nil {
			m.err = &exitError{130, fmt.Sprintf(lang.Say(
				"interrupted in round %d of %d; what was measured is judged above and kept in %s",
				"%[2]d라운드 중 %[1]d번째에서 중단했습니다. 측정한 만큼 위에 판정했고 %[3]s에 남겼습니다"), i+1, opt.rounds, m.raw)}
			break
		}
		// A benchmark that finds its own figure wrong fails alone: this
		// round has no figure of it. A crash ends the measurement.
		if runErr != nil && !strings.HasSuffix(strings.TrimSpace(out.String()), "\nFAIL") {
			m.err = failure("the benchmarks of %s failed in round %d (%v); their output:\n%s%s",
				"%s의 벤치마크가 %d번째 라운드에서 실패했습니다(%v). 출력:\n%s%s", m.lab.name, i+1, runErr, out.String(), errs.String())
			break
		}
	}
	for _, name := range slices.Sorted(maps.Keys(m.samples.Failures)) {
		if f := m.samples.Failures[name]; m.err == nil && f.N == len(m.samples.Rounds) {
			m.err = failure("%s failed in every round: %s", "%s: 모든 라운드에서 실패했습니다: %s", name, f.Why)
		}
	}
	return nil
}
