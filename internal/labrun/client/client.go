// Package client builds labrun with the labs that are to run, runs a program
// by it, and returns what came of it.
package client

import (
	"bytes"
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
	bin, err := build(ctx, s, overlays)
	if err != nil {
		return wire.Report{}, err
	}
	return start(ctx, s, bin, codes, p, stdout)
}

// dir is where labrun is built, in .lab/.
const dir = "run"

// build builds the child, or takes the one that was built of the same files.
func build(ctx context.Context, s gotest.Suite, overlays book.Overlays) (string, error) {
	tools, err := s.Go(ctx)
	if err != nil {
		return "", err
	}
	// What is built depends on the overlay, and on every file that it names or
	// leaves in its place.
	said, err := json.Marshal(overlays)
	if err != nil {
		return "", err
	}
	key, err := s.Book.Key(tools.Key()+string(said), "go.mod", "go.sum", "internal", "labs", "solutions")
	if err != nil {
		return "", err
	}
	at := filepath.Join(s.Book.Root, ".lab", dir)
	name := "labrun-" + key[:16]
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	bin := filepath.Join(at, name)
	if _, err := os.Stat(bin); err == nil {
		return bin, nil
	}
	overlay, remove, err := s.Book.WriteOverlay(overlays)
	if err != nil {
		return "", err
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
		Dir: s.Book.Root, Env: []string{"CGO_ENABLED=0"}, Stdout: &out, Stderr: &out, Limit: buildLimit,
		Args: []string{"go", "build", "-trimpath", "-overlay", overlay, "-o", fresh, "./internal/labrun"},
	})
	if ctx.Err() != nil {
		return "", gotest.Interrupted("interrupted before the program ran", "프로그램을 실행하기 전에 중단했습니다")
	}
	if err != nil {
		return "", gotest.NotTogether(gotest.CompilerLines(out.String()))
	}
	if err := os.Rename(fresh, bin); err != nil {
		return "", lang.Errorf("can't keep what was built: %v", "빌드한 것을 남기지 못했습니다: %v", err)
	}
	return bin, nil
}

// start runs the program and waits for its report.
func start(ctx context.Context, s gotest.Suite, bin string, codes []gotest.Code, p Program, stdout io.Writer) (r wire.Report, err error) {
	result, err := os.CreateTemp(filepath.Dir(bin), "result-*.json")
	if err != nil {
		return r, lang.Errorf("can't make a file for the result: %v", "결과를 받을 파일을 만들 수 없습니다: %v", err)
	}
	_ = result.Close()
	defer os.Remove(result.Name())
	args := []string{bin, "-result", result.Name(), "-procs", strconv.Itoa(p.Procs)}
	if p.Record {
		args = append(args, "-record")
	}
	var errs bytes.Buffer
	ended := s.Run(ctx, gotest.Child{
		Env: []string{"LAB_LANG=" + lang.Say("en", "ko")}, Stdout: stdout, Stderr: &errs,
		Args: append(args, "--", p.File), Patience: Patience,
	})
	text, err := os.ReadFile(result.Name())
	if err == nil && json.Unmarshal(text, &r) == nil {
		return r, nil
	}
	_ = os.Remove(bin) // it may be damaged: the next run builds it anew
	if ctx.Err() != nil {
		return r, gotest.Interrupted(
			"interrupted; a thread did not come back within %v, so the process was ended (%s)",
			"중단했습니다. 스레드 하나가 %v 안에 돌아오지 않아 프로세스를 끝냈습니다(%s)", Patience, whose(codes))
	}
	lines := strings.SplitAfter(strings.TrimSpace(errs.String()), "\n")
	return r, lang.Errorf("the process ended before its program did: %v. Out of memory, or a panic in a lab's code? (%s)\n%s",
		"프로그램보다 프로세스가 먼저 끝났습니다: %v. 메모리 부족이거나 실습 코드의 패닉일 수 있습니다(%s)\n%s",
		ended, whose(codes), strings.Join(lines[:min(len(lines), 30)], ""))
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
