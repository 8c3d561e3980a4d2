// Package client builds labrun with the labs that are to run, runs a program
// by it, and returns what came of it.
package client

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"gmplab/internal/book"
	"gmplab/internal/gotest"
	"gmplab/internal/labrun/wire"
	"gmplab/internal/lang"
)

// Patience is how long a program may take to stop. tiny itself gives up on a
// thread after 10 s, and says where it hangs.
const Patience = 15 * time.Second

const buildLimit = 20 * time.Minute

// Program is what to run.
type Program struct {
	File   string
	Procs  int  // 0: as many as Go would use
	Record bool // put a timeline into the report
}

// Run builds labrun with overlays and runs a program. What the program prints
// goes to stdout as it comes.
func Run(ctx context.Context, s gotest.Suite, codes []gotest.Code, overlays book.Overlays, p Program, stdout io.Writer) (wire.Report, error) {
	bin, made, err := build(ctx, s, overlays)
	if err != nil {
		return wire.Report{}, err
	}
	r, begun, err := start(ctx, s, bin, codes, p, stdout)
	if begun || made || ctx.Err() != nil {
		return r, err
	}
	// Built before, and it does not even begin: it may be damaged.
	if bin, _, err = build(ctx, s, overlays); err != nil {
		return wire.Report{}, err
	}
	r, _, err = start(ctx, s, bin, codes, p, stdout)
	return r, err
}

// dir is where labrun is built, in .lab/.
const dir = "run"

// build builds the child, or takes the one that was built of the same files.
func build(ctx context.Context, s gotest.Suite, overlays book.Overlays) (bin string, made bool, err error) {
	tools, err := s.Go(ctx)
	if err != nil {
		return "", false, err
	}
	// What is built depends on the overlay, and on every file that it names or
	// leaves in its place.
	said, err := json.Marshal(overlays)
	if err != nil {
		return "", false, err
	}
	key, err := s.Book.Key(tools.Key()+string(said), "go.mod", "go.sum", "internal", "labs", "solutions")
	if err != nil {
		return "", false, err
	}
	at := filepath.Join(s.Book.Root, ".lab", dir)
	name := "labrun-" + key[:16]
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	bin = filepath.Join(at, name)
	if _, err := os.Stat(bin); err == nil {
		return bin, false, nil
	}
	overlay, remove, err := s.Book.WriteOverlay(overlays)
	if err != nil {
		return "", false, err
	}
	defer remove()
	if old, err := filepath.Glob(filepath.Join(at, "labrun-*")); err == nil {
		for _, f := range old {
			_ = os.Remove(f) // it may run just now, where that is in the way
		}
	}
	fresh := filepath.Join(at, "new-"+strconv.Itoa(os.Getpid())+"-"+name)
	defer os.Remove(fresh)
	var out bytes.Buffer
	err = s.Run(ctx, gotest.Child{
		Dir: s.Book.Root, Env: append(tools.Env(), "CGO_ENABLED=0"), Stdout: &out, Stderr: &out, Limit: buildLimit,
		Args: []string{"go", "build", "-trimpath", "-overlay", overlay, "-o", fresh, "./internal/labrun"},
	})
	if ctx.Err() != nil {
		return "", false, gotest.Interrupted("interrupted before the program ran", "프로그램을 실행하기 전에 중단했습니다")
	}
	if err != nil {
		return "", false, notBuilt(out.String(), err)
	}
	if err := os.Rename(fresh, bin); err != nil {
		return "", false, book.CantWrite(err)
	}
	return bin, true, nil
}

// start runs the program and waits for its report. Without one, the child is
// not kept.
func start(ctx context.Context, s gotest.Suite, bin string, codes []gotest.Code, p Program, stdout io.Writer) (r wire.Report, begun bool, err error) {
	result, err := os.CreateTemp(filepath.Dir(bin), "result-*.json")
	if err != nil {
		return r, true, book.CantWrite(err)
	}
	_ = result.Close()
	defer os.Remove(result.Name())
	args := []string{bin, "-result", result.Name(), "-procs", strconv.Itoa(p.Procs)}
	if p.Record {
		args = append(args, "-record")
	}
	var errs gotest.Head
	ended := s.Run(ctx, gotest.Child{
		Env: []string{"LAB_LANG=" + lang.Say("en", "ko")}, Stdout: stdout, Stderr: &errs,
		Args: append(args, "--", p.File), Patience: Patience, Begin: cmp.Or(s.StartLimit, gotest.StartLimit),
	})
	text, err := os.ReadFile(result.Name())
	if err == nil && json.Unmarshal(text, &r) == nil {
		return r, true, nil
	}
	_ = os.Remove(bin)
	if ctx.Err() != nil {
		return r, true, gotest.Interrupted(
			"interrupted; a thread did not come back within %v, so the process was ended (%s)",
			"중단했습니다. 스레드 하나가 %v 안에 돌아오지 않아 프로세스를 끝냈습니다(%s)", Patience, whose(codes))
	}
	return r, errs.String() != "", endedEarly(ended, strings.TrimSpace(errs.String()), codes)
}

// notBuilt is the error of a build that failed.
func notBuilt(said string, err error) error {
	if said = strings.TrimSpace(gotest.CompilerLines(said)); said == "" {
		said = err.Error()
	}
	return gotest.NotTogether(said)
}

// endedEarly says why there is no report. The process may have been built of
// the learner's code, whose init runs before main.
func endedEarly(ended error, said string, codes []gotest.Code) error {
	if why := gotest.NoRoom(said); why != nil {
		return why
	}
	if ended == gotest.ErrBegin {
		return lang.Errorf("the program does not begin: an endless loop in init or in a package variable? (%s)",
			"프로그램이 시작되지 않습니다. init이나 패키지 변수에 끝없는 반복이 있는지 확인합니다(%s)", whose(codes))
	}
	why := lang.Pair("an os.Exit in a lab's code?", "실습 코드에 os.Exit가 있는지 확인합니다")
	switch {
	case strings.Contains(said, "panic: "), strings.Contains(said, "fatal error: "):
		why = lang.Pair("a crash in a lab's code?", "실습 코드에서 비정상 종료되었을 수 있습니다")
	case ended != nil:
		why = lang.Pairf("%v. Out of memory?", "%v. 메모리가 부족했을 수 있습니다", ended)
	}
	lines := strings.SplitAfter(said, "\n")
	return lang.Errorf("%s", "%s", lang.Pairf("the process ended before its program did: %s (%s)\n%s", "프로그램보다 프로세스가 먼저 끝났습니다. %s (%s)\n%s",
		why, whose(codes), strings.Join(lines[:min(len(lines), 30)], "")))
}

// whose names the labs that are the learner's.
func whose(codes []gotest.Code) lang.Text {
	var yours []string
	for _, c := range codes {
		if c.Code == gotest.Yours {
			yours = append(yours, c.Lab)
		}
	}
	if yours == nil {
		return lang.Pair("the reference", "모범 답안")
	}
	return lang.Pairf("yours: %s", "여러분의 코드: %s", strings.Join(yours, ", "))
}

// Yours reports whether a lab of the learner's runs.
func Yours(codes []gotest.Code) bool {
	return slices.ContainsFunc(codes, func(c gotest.Code) bool { return c.Code == gotest.Yours })
}
