package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"gmplab/internal/labrun/report"
	"gmplab/internal/lang"
)

const (
	mostProcs = 256
	// runPatience is how long a program may take to stop. tiny itself gives up
	// on a thread after 10 s, and says where it hangs.
	runPatience = 15 * time.Second
)

// outcomeOfRun is what `run -json` prints.
type outcomeOfRun struct {
	Labs  []labCode     `json:"labs"`
	Stats *report.Stats `json:"stats"` // nil: the program has not begun
	Error string        `json:"error"`
}

// program runs a program for the machine on the scheduler that the labs make.
func (a *app) program(ctx context.Context, args []string) error {
	const example = "go tool lab run examples/pingpong.asm -procs 2"
	set := flag.NewFlagSet("run", 0)
	procs := set.Int("procs", 0, "")
	trace := set.String("trace", "", "")
	mine := set.Bool("mine", false, "")
	asJSON := set.Bool("json", false, "")
	args, err := parse(set, args, example)
	if err != nil {
		return err
	}
	given := map[string]bool{}
	set.Visit(func(f *flag.Flag) { given[f.Name] = true })
	if len(args) != 1 {
		return usage("run: %d arguments, want the file of a program, for example: %s",
			"run: 인자가 %d개입니다. 프로그램 파일 하나가 필요합니다. 예: %s", len(args), example)
	}
	file := args[0]
	if filepath.Ext(file) != ".asm" {
		return usage("run: %s is no .asm file, want a program for the machine, for example: %s",
			"run: %s: .asm 파일이 아닙니다. 이 기계의 프로그램이어야 합니다. 예: %s", file, example)
	}
	if info, err := os.Stat(file); err != nil || !info.Mode().IsRegular() {
		return usage("run: there is no file %s, want a program for the machine, for example: %s",
			"run: %s 파일이 없습니다. 이 기계의 프로그램 파일이 필요합니다. 예: %s", file, example)
	}
	if given["procs"] && (*procs < 1 || *procs > mostProcs) {
		return usage("run: -procs %d, want 1 to %d, for example: %s", "run: -procs %d: 1~%d이어야 합니다. 예: %s", *procs, mostProcs, example)
	}
	if given["trace"] {
		if err := traceFile(*trace); err != nil {
			return err
		}
	}

	did := outcomeOfRun{Labs: []labCode{}}
	stdout := a.stdout
	if *asJSON { // what the program prints is not JSON
		a.stdout = a.stderr
		defer func() { a.stdout = stdout }()
	}
	err = a.runProgram(ctx, &did, file, *procs, *trace, *asJSON, *mine)
	if !*asJSON {
		return err
	}
	code := 0
	if err != nil {
		code, did.Error = 1, err.Error()
		if e := (*exitError)(nil); errors.As(err, &e) {
			code = e.code
		}
	}
	if err := printJSON(stdout, did); err != nil {
		return err
	}
	if code != 0 {
		return &exitError{code: code}
	}
	return nil
}

// printJSON prints what -json asks for.
func printJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		return fmt.Errorf("print the result: %w", err)
	}
	return nil
}

// traceFile says what is wrong with a trace's name, before anything runs. It
// protects what is no trace from being replaced by one.
func traceFile(path string) error {
	const example = "go tool lab run examples/pingpong.asm -trace out.json"
	if filepath.Ext(path) != ".json" {
		return usage("run: -trace %s, want a name that ends in .json, for example: %s",
			"run: -trace %s: 이름이 .json으로 끝나야 합니다. 예: %s", path, example)
	}
	if info, err := os.Stat(filepath.Dir(path)); err != nil || !info.IsDir() {
		return usage("run: -trace %s, want a file in a directory that exists, for example: %s",
			"run: -trace %s: 디렉터리가 없습니다. 있는 디렉터리의 파일이어야 합니다. 예: %s", path, example)
	}
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	var head [256]byte
	n := 0
	if err == nil {
		n, err = io.ReadFull(f, head[:])
		f.Close()
	}
	if errors.Is(err, io.EOF) { // empty
		return nil
	}
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) || !bytes.Contains(head[:n], []byte(`"traceEvents"`)) {
		return usage("run: -trace %s: it is there already and is no trace, want another name, for example: %s",
			"run: -trace %s: 이미 있는 파일이고 트레이스가 아닙니다. 다른 이름이 필요합니다. 예: %s", path, example)
	}
	return nil
}

// runProgram finds out whose code runs, builds it, runs it, and shows what
// came of it.
func (a *app) runProgram(ctx context.Context, did *outcomeOfRun, file string, procs int, trace string, quiet, mine bool) error {
	labs, tree, overlay, err := a.whose(ctx, mine)
	if err != nil {
		return err
	}
	did.Labs = labs
	if !quiet {
		a.showLabs(labs)
	}
	bin, err := a.buildRun(ctx, tree, overlay)
	if err != nil {
		return err
	}
	r, err := a.start(ctx, bin, file, procs, trace, did.Labs)
	if err != nil {
		return err
	}
	if r.Stats.Threads > 0 {
		did.Stats = &r.Stats
		if !quiet {
			if err := a.showStats(r.Stats); err != nil {
				return err
			}
		}
	}
	if r.LabsFault && slices.ContainsFunc(did.Labs, func(c labCode) bool { return c.Code == yoursCode }) {
		r.Error += lang.Say("\nNext: go tool lab test NN, for the labs that are named here", "\n다음: 여기 나온 실습을 go tool lab test NN으로 확인합니다")
	}
	if trace != "" && r.Trace == "" && !quiet {
		if info, err := os.Stat(trace); err == nil { // not after a run that hung
			a.showTrace(trace, info.Size(), time.Duration(r.TraceCutNS))
		}
	}
	switch {
	case r.Interrupted:
		return &exitError{130, lang.Say("interrupted", "중단했습니다")}
	case ctx.Err() != nil:
		return &exitError{130, lang.Say("interrupted; ", "중단했습니다. ") + r.Error}
	case r.Error != "" && r.Trace != "":
		return &exitError{1, r.Error + "\n" + r.Trace}
	case r.Error != "" || r.Trace != "":
		return &exitError{1, r.Error + r.Trace}
	}
	return nil
}

// whose finds out whose code of each lab runs, and the overlay to build it with.
// With mine it is the learner's, and no test is asked.
func (a *app) whose(ctx context.Context, mine bool) (codes []labCode, tree tree, overlay []byte, err error) {
	labs, err := a.labs()
	if err != nil {
		return nil, tree, nil, err
	}
	if tree, err = a.tree(ctx); err != nil {
		return nil, tree, nil, err
	}
	replace := map[string]string{}
	if mine {
		for _, l := range labs {
			codes = append(codes, labCode{l.name, yoursCode, lang.Say("not tested", "테스트하지 않음")})
		}
	} else {
		verdicts, err := a.verdicts(ctx, labs, tree)
		if err != nil {
			return nil, tree, nil, err
		}
		if replace, err = a.overlay(labs, verdicts); err != nil {
			return nil, tree, nil, err
		}
		for i, l := range labs {
			codes = append(codes, codeOf(l, verdicts[i]))
		}
	}
	overlay, err = json.MarshalIndent(map[string]any{"Replace": replace}, "", "  ")
	if err != nil {
		return nil, tree, nil, fmt.Errorf("overlay: %w", err)
	}
	return codes, tree, overlay, nil
}

// showLabs says whose code of each lab runs.
func (a *app) showLabs(labs []labCode) {
	for _, c := range labs {
		fmt.Fprintf(a.stdout, "%s%s\n", fit(c.Lab, 20), c.text())
	}
	fmt.Fprintln(a.stdout)
}

// start runs the program and waits for its report.
func (a *app) start(ctx context.Context, bin, file string, procs int, trace string, labs []labCode) (r report.Report, err error) {
	result, err := os.CreateTemp(filepath.Join(a.root, ".lab", "run"), "result-*.json")
	if err != nil {
		return r, fmt.Errorf("make a file for the result: %w", err)
	}
	result.Close()
	defer os.Remove(result.Name())
	args := []string{bin, "-result", result.Name(), "-procs", strconv.Itoa(procs)}
	if trace != "" {
		args = append(args, "-trace", trace)
	}
	var errs bytes.Buffer
	ended := a.run(ctx, child{
		env: []string{"LAB_LANG=" + lang.Say("en", "ko")}, stdout: a.stdout, stderr: &errs,
		args: append(args, "--", file), patience: runPatience,
	})
	text, err := os.ReadFile(result.Name())
	if err == nil && json.Unmarshal(text, &r) == nil {
		return r, nil
	}
	var yours []string
	for _, l := range labs {
		if l.Code == yoursCode {
			yours = append(yours, l.Lab)
		}
	}
	whose := lang.Say("the reference", "모범 답안")
	if yours != nil {
		whose = lang.Say("yours: ", "여러분의 코드: ") + strings.Join(yours, ", ")
	}
	if ctx.Err() != nil {
		return r, &exitError{130, fmt.Sprintf(lang.Say(
			"interrupted; a thread did not come back within %v, so the process was ended (%s)",
			"중단했습니다. 스레드 하나가 %v 안에 돌아오지 않아 프로세스를 끝냈습니다(%s)"), runPatience, whose)}
	}
	lines := strings.SplitAfter(strings.TrimSpace(errs.String()), "\n")
	return r, failure("the process ended before its program did: %v. Out of memory, or a panic in a lab's code? (%s)\n%s",
		"프로그램보다 프로세스가 먼저 끝났습니다: %v. 메모리 부족이거나 실습 코드의 패닉일 수 있습니다(%s)\n%s",
		ended, whose, strings.Join(lines[:min(len(lines), 30)], ""))
}

// buildRun builds the child with the labs that are to run, or takes the one
// that was built of the same files.
func (a *app) buildRun(ctx context.Context, tree tree, overlay []byte) (string, error) {
	// What is built depends on the overlay, and on every file that it names or
	// leaves in its place.
	sum := sha256.New()
	fmt.Fprintf(sum, "%s\n%s\n", tree.shared, overlay)
	for _, dir := range []string{"labs", "solutions"} {
		if err := hashFiles(sum, a.root, dir); err != nil {
			return "", err
		}
	}
	dir := filepath.Join(".lab", "run")
	name := "labrun-" + hex.EncodeToString(sum.Sum(nil)[:8])
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	bin := filepath.Join(a.root, dir, name)
	if _, err := os.Stat(bin); err == nil {
		return bin, nil
	}
	if old, err := filepath.Glob(filepath.Join(a.root, dir, "labrun-*")); err == nil {
		for _, f := range old {
			_ = os.Remove(f) // it may run just now, where that is in the way
		}
	}
	replace, err := a.writeOverlay(overlay)
	if err != nil {
		return "", err
	}
	var out bytes.Buffer
	fresh := fmt.Sprintf("new-%d-%s", os.Getpid(), name)
	err = a.run(ctx, child{
		dir: a.root, env: []string{"CGO_ENABLED=0"}, stdout: &out, stderr: &out,
		args: []string{"go", "build", "-trimpath", "-overlay", replace, "-o", filepath.Join(dir, fresh), "./internal/labrun"},
	})
	if ctx.Err() != nil {
		return "", beforeRun()
	}
	if err != nil {
		return "", noBuildTogether(out.String())
	}
	if err := os.Rename(filepath.Join(a.root, dir, fresh), bin); err != nil {
		return "", fmt.Errorf("keep what was built: %w", err)
	}
	return bin, nil
}

// writeOverlay writes an overlay where Go's build reads it.
func (a *app) writeOverlay(overlay []byte) (path string, err error) {
	path = filepath.Join(".lab", "run", "overlay.json")
	if err := os.MkdirAll(filepath.Join(a.root, filepath.Dir(path)), 0o755); err != nil {
		return "", fmt.Errorf("make .lab: %w", err)
	}
	if err := os.WriteFile(filepath.Join(a.root, path), append(overlay, '\n'), 0o644); err != nil {
		return "", fmt.Errorf("overlay: %w", err)
	}
	return path, nil
}

func noBuildTogether(complaint string) error {
	return failure("the labs do not build together, want the first line mended, then the command again:\n%s",
		"실습들이 함께 빌드되지 않습니다. 첫 줄부터 고친 뒤 다시 실행합니다:\n%s", strings.TrimSpace(compilerLines([]string{complaint})))
}

func beforeRun() error {
	return &exitError{130, lang.Say("interrupted before the program ran", "프로그램을 실행하기 전에 중단했습니다")}
}

// showStats prints what happened, a row for each P that did anything.
func (a *app) showStats(s report.Stats) error {
	t := table{head: []string{"P", lang.Say("switches", "교환"), lang.Say("spawns", "생성"), lang.Say("steals", "훔친 횟수"),
		lang.Say("stolen", "훔친 G"), lang.Say("hand-offs", "핸드오프"), lang.Say("preemptions", "선점"), lang.Say("parks", "파킹"), lang.Say("growths", "스택 확장")}}
	row := func(name string, p report.P) {
		cells := []string{name}
		for _, n := range []int{p.Switches, p.Spawns, p.Steals, p.Stolen, p.Handoffs, p.Preemptions, p.Parks, p.Growths} {
			cells = append(cells, strconv.Itoa(n))
		}
		t.rows = append(t.rows, cells)
	}
	none := 0
	for i, p := range s.Ps {
		if p == (report.P{}) && len(s.Ps) > 8 {
			none++
			continue
		}
		row(fmt.Sprintf("P%d", i), p)
	}
	row(lang.Say("all", "전체"), s.All)
	fmt.Fprintln(a.stdout)
	if err := t.write(a.stdout, widthOf(a.stdout)); err != nil {
		return err
	}
	if none > 0 {
		a.printf("%d Ps had nothing to do.", "P %d개는 아무 일도 하지 않았습니다.", none)
	}
	a.printf("Ps: %d · threads made: %d, the monitor's included · %v", "P %d개 · 만든 스레드 %d개(모니터 포함) · %v", len(s.Ps), s.Threads, rounded(time.Duration(s.TookNS)))
	return nil
}

// rounded leaves a duration few digits.
func rounded(d time.Duration) time.Duration {
	switch {
	case d > time.Second:
		return d.Round(10 * time.Millisecond)
	case d > time.Millisecond:
		return d.Round(10 * time.Microsecond)
	}
	return d.Round(time.Microsecond)
}

// showTrace says where the trace is, and how much of the run it covers.
func (a *app) showTrace(path string, size int64, cut time.Duration) {
	a.printf("The trace is in %s (%.1f MB): open it in ui.perfetto.dev. To record it took time, so this run was slower.",
		"트레이스를 %s에 썼습니다(%.1f MB). ui.perfetto.dev에서 엽니다. 기록하느라 이번 실행은 더 느렸습니다.", path, float64(size)/1e6)
	if cut > 0 {
		a.printf("It covers the first %v of the run: a longer one would be too big to look at.",
			"실행의 처음 %v만 담았습니다. 더 길면 너무 커서 볼 수 없습니다.", rounded(cut))
	}
}

// labCode is whose code of a lab runs, and why.
type labCode struct {
	Lab  string `json:"lab"`
	Code string `json:"code"` // yoursCode or "reference"
	Why  string `json:"why,omitempty"`
}

const yoursCode = "yours"

func codeOf(l lab, v verdict) labCode {
	if v.Solved {
		return labCode{Lab: l.name, Code: yoursCode}
	}
	why := lang.Say("its tests fail", "테스트를 통과하지 못함")
	switch {
	case v.Broken:
		why = lang.Say("your file does not compile", "작성한 파일이 컴파일되지 않음")
	case v.Task != "":
		why = fmt.Sprintf(lang.Say("yours does not pass task %s yet", "여러분의 코드는 아직 과제 %s에서 실패"), v.Task)
	}
	return labCode{l.name, "reference", fmt.Sprintf("%s: go tool lab test %s", why, l.nn)}
}

func (c labCode) text() string {
	text := lang.Say("reference", "모범 답안")
	if c.Code == yoursCode {
		text = lang.Say("yours", "여러분의 코드")
	}
	if c.Why != "" {
		text += " (" + c.Why + ")"
	}
	return text
}

// overlay puts the references in the place of the labs that are not solved.
func (a *app) overlay(labs []lab, verdicts []verdict) (map[string]string, error) {
	var all struct{ Replace map[string]string }
	text, err := os.ReadFile(filepath.Join(a.root, "solutions", "overlay.json"))
	if err == nil {
		err = json.Unmarshal(text, &all)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, failure("solutions/overlay.json can't be read: %v", "solutions/overlay.json 파일을 읽을 수 없습니다: %v", err)
	}
	replace := map[string]string{}
	var missing []string
	for i, l := range labs {
		if verdicts[i].Solved {
			continue
		}
		found := false
		// What else the learner has put beside the file is not built.
		files, _ := filepath.Glob(filepath.Join(l.dir, "*.go"))
		for _, f := range files {
			if !strings.HasSuffix(f, "_test.go") {
				replace["labs/"+l.name+"/"+filepath.Base(f)] = ""
			}
		}
		for file, by := range all.Replace {
			if strings.HasPrefix(file, "labs/"+l.name+"/") {
				if _, err := os.Stat(filepath.Join(a.root, filepath.FromSlash(by))); err == nil {
					replace[file], found = by, true
				}
			}
		}
		if !found {
			missing = append(missing, l.nn)
		}
	}
	if missing != nil {
		return nil, failure("labs that are not solved: %s; and there is no reference to run in their place (solutions/ is not here). Next: go tool lab test %s",
			"아직 풀지 않은 실습: %s. 대신 실행할 모범 답안도 없습니다(solutions/가 없음). 다음: go tool lab test %s",
			strings.Join(missing, ", "), missing[0])
	}
	return replace, nil
}
