package gotest

import (
	"bytes"
	"cmp"
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"gmplab/internal/book"
	"gmplab/internal/lang"
)

// Suite runs the tests of the workbook's labs.
type Suite struct {
	Book book.Book
	Run  Runner

	StartLimit time.Duration // until the first test begins; 0: StartLimit
	Most       int64         // bytes of go test's events; 0: 64 MB
}

// StartLimit is how long a test binary may take until its first test or
// benchmark begins. It is no measure of speed, and none of these limits is:
// only what never ends, or a very slow machine, needs as long.
const StartLimit = 30 * time.Second

const (
	buildLimit = 20 * time.Minute
	testLimit  = 2 * time.Minute // go test's own, for the tests
	endLimit   = testLimit + 2*time.Minute
	mostOutput = 64 << 20 // what a Println in an endless loop prints
)

// Toolchain is the Go that builds the workbook.
type Toolchain struct {
	Root    string // GOROOT
	Version string // "go1.26.8"

	flags string // GOFLAGS
	said  string // all that a result depends on
}

// Env is what the environment of a go command needs, beside the tool's own, so
// that GOFLAGS with a -run, a -json or a -race of the reader's does not change
// what the tool asks for. What says how modules are found stays.
func (t Toolchain) Env() []string {
	flags := slices.DeleteFunc(strings.Fields(t.flags), func(f string) bool {
		name, _, _ := strings.Cut(strings.TrimLeft(f, "-"), "=")
		return !slices.Contains([]string{"mod", "modfile", "modcacherw", "buildvcs", "tags", "p"}, name)
	})
	return []string{"GOFLAGS=" + strings.Join(flags, " ")}
}

// Key is all that a result of this Go depends on, but for the files.
func (t Toolchain) Key() string { return t.said }

// Go asks the go command for what it is.
func (s Suite) Go(ctx context.Context) (Toolchain, error) {
	var out bytes.Buffer
	var errs Head
	err := s.Run(ctx, Child{Dir: s.Book.Root, Stdout: &out, Stderr: &errs, Limit: time.Minute,
		Args: []string{"go", "env", "GOROOT", "GOVERSION", "GOOS", "GOARCH", "GOFLAGS", "GOEXPERIMENT", "CGO_ENABLED"}})
	if ctx.Err() != nil {
		return Toolchain{}, interrupted()
	}
	if err != nil {
		return Toolchain{}, lang.Errorf("%s, want a go command that works on PATH, for example: export PATH=$PATH:/usr/local/go/bin",
			"%s. 동작하는 go 명령이 PATH에 있어야 합니다. 예: export PATH=$PATH:/usr/local/go/bin", joined("go env: "+err.Error(), errs.String()))
	}
	lines := strings.Split(strings.ReplaceAll(out.String(), "\r", ""), "\n")
	if len(lines) < 2 {
		return Toolchain{}, lang.Errorf("go env printed %q, want GOROOT and more", "go env의 출력이 %q입니다. GOROOT부터 나와야 합니다", out.String())
	}
	tools := Toolchain{Root: lines[0], Version: lines[1], said: out.String()}
	if len(lines) > 4 {
		tools.flags = lines[4]
	}
	return tools, nil
}

func interrupted() error { return Interrupted("interrupted", "중단했습니다") }

// Test runs a lab's tests. Nothing is kept of it: see Remember.
func (s Suite) Test(ctx context.Context, l book.Lab) (*Outcome, error) {
	tools, err := s.Go(ctx)
	if err != nil {
		return nil, err
	}
	timed, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	timer := time.AfterFunc(buildLimit, func() { stop(ErrLimit) })
	defer timer.Stop()
	start := cmp.Or(s.StartLimit, StartLimit)
	ev := newEvents(func() { timer.Reset(start) }, func() { timer.Reset(endLimit) })
	var errs Head
	err = s.Run(timed, Child{Dir: s.Book.Root, Env: tools.Env(), Stdout: ev, Stderr: &errs, Most: cmp.Or(s.Most, mostOutput),
		Args: []string{"go", "test", "-json", "-timeout=" + testLimit.String(), l.Package()}})
	if ctx.Err() != nil {
		return nil, interrupted()
	}
	o := ev.outcome
	o.finish(errs.String(), endedFor(err))
	if o.Broken {
		if why := NoRoom(o.Build); why != nil {
			return nil, why
		}
	}
	if err != nil && !o.Failed {
		return nil, lang.Errorf("go test %s did not run: %s", "go test %s 명령이 실행되지 않았습니다: %s", l.Package(), joined(err.Error(), errs.String()))
	}
	return o, nil
}

// joined adds what a command printed, if anything, to how it ended.
func joined(how, said string) string { return strings.TrimSpace(how + "\n" + said) }

// NoRoom returns an error where what a child printed shows that the disk is
// full or can't be written, else nil: the learner's file is not at fault.
func NoRoom(said string) error {
	for line := range strings.Lines(said) {
		for _, sign := range []string{"no space left on device", "read-only file system", "There is not enough space on the disk", "disk quota exceeded"} {
			if strings.Contains(line, sign) {
				return lang.Errorf("can't write: %s; want room on the disk that is named there (TMPDIR and GOCACHE say where go writes), for example: TMPDIR=/var/tmp go tool lab",
					"쓸 수 없습니다: %s. 여기 나온 디스크에 빈 공간이 필요합니다. go가 쓰는 곳은 TMPDIR과 GOCACHE로 정합니다. 예: TMPDIR=/var/tmp go tool lab", strings.TrimSpace(line))
			}
		}
	}
	return nil
}

// Known is what the tool knows of a lab's tests.
type Known struct {
	Key    string       `json:"key"` // of all that they depend on
	When   time.Time    `json:"when"`
	Solved bool         `json:"solved"`
	Broken bool         `json:"broken,omitempty"` // it does not build
	Tasks  []TaskResult `json:"tasks"`

	Now string `json:"-"` // the key of the files as they are now
}

// Fresh reports whether nothing has changed since.
func (k Known) Fresh() bool { return k.Key != "" && k.Key == k.Now }

// TaskResult is a task, and whether all of its tests passed.
type TaskResult struct {
	Task   int  `json:"task"`
	Passed bool `json:"passed"`
}

// Passed reports whether a task has passed, and whether it was tried.
func (k Known) Passed(task int) (passed, tried bool) {
	for _, t := range k.Tasks {
		if t.Task == task {
			return t.Passed, true
		}
	}
	return false, false
}

// FirstOpen is the first of n tasks that has not passed; 0: all have.
func (k Known) FirstOpen(n int) int {
	for task := 1; task <= n; task++ {
		if passed, _ := k.Passed(task); !passed {
			return task
		}
	}
	return 0
}

// knownIn is the one file that keeps what is known, by the lab's name.
const knownIn = "tests.json"

// keeping serialises what this process writes.
var keeping sync.Mutex

// Known returns what is known of labs, by what is kept: it runs no test. A
// file that can't be read knows nothing, and is written anew.
func (s Suite) Known(ctx context.Context, labs []book.Lab) ([]Known, error) {
	kept := map[string]Known{}
	_ = s.Book.Load(knownIn, &kept)
	keys, err := s.keys(ctx, labs)
	if err != nil {
		return nil, err
	}
	all := make([]Known, len(labs))
	for i, l := range labs {
		all[i] = kept[l.Name]
		all[i].Now = keys[i]
	}
	return all, nil
}

// keys returns the key of each lab: of its files, of what all share, and of
// the Go that builds it.
func (s Suite) keys(ctx context.Context, labs []book.Lab) ([]string, error) {
	tools, err := s.Go(ctx)
	if err != nil {
		return nil, err
	}
	shared, err := s.Book.Key(tools.Key(), "go.mod", "go.sum", "internal")
	if err != nil {
		return nil, err
	}
	keys := make([]string, len(labs))
	for i, l := range labs {
		if keys[i], err = s.Book.Key(shared, "labs/"+l.Name); err != nil {
			return nil, err
		}
	}
	return keys, nil
}

// Remember keeps what became of a lab's tests; now is the key of the lab from
// before they ran.
func (s Suite) Remember(l book.Lab, now string, o *Outcome) (Known, error) {
	tests, err := l.Tests()
	if err != nil {
		return Known{}, err
	}
	k := Known{Key: now, When: time.Now(), Solved: o.Solved(tests), Broken: o.Broken, Tasks: o.Tasks(), Now: now}
	keeping.Lock()
	defer keeping.Unlock()
	kept := map[string]Known{}
	_ = s.Book.Load(knownIn, &kept)
	kept[l.Name] = k
	return k, s.Book.Save(knownIn, kept)
}

// Try returns what is known of labs, and runs the tests of those of which
// nothing fresh is known; tell is told first which these are, and warn what
// could not be kept.
func (s Suite) Try(ctx context.Context, labs []book.Lab, tell func(open []book.Lab), warn func(error)) ([]Known, error) {
	all, err := s.Known(ctx, labs)
	if err != nil {
		return nil, err
	}
	var open []book.Lab
	for i, l := range labs {
		if !all[i].Fresh() {
			open = append(open, l)
		}
	}
	if open == nil {
		return all, nil
	}
	tell(open)
	tries, ctx := errgroup.WithContext(ctx)
	tries.SetLimit(2)
	for i, l := range labs {
		if all[i].Fresh() {
			continue
		}
		tries.Go(func() error {
			o, err := s.Test(ctx, l)
			if err != nil {
				return err
			}
			var kept error
			if all[i], kept = s.Remember(l, all[i].Now, o); kept != nil {
				warn(kept)
			}
			return nil
		})
	}
	return all, tries.Wait()
}

// NotTogether is the error of a build of several labs, with the compiler's
// lines.
func NotTogether(complaint string) error {
	if why := NoRoom(complaint); why != nil {
		return why
	}
	return lang.Errorf("the labs do not build together, want the first line mended, then the command again:\n%s",
		"실습들이 함께 빌드되지 않습니다. 첫 줄부터 고친 뒤 다시 실행합니다:\n%s", strings.TrimSpace(complaint))
}
