package main

import (
	"cmp"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"gmplab/internal/lang"
)

// lab is a directory labs/NN-name.
type lab struct {
	nn   string // "03"
	name string // "03-context-switch"
	dir  string
}

func (l lab) pkg() string { return "./labs/" + l.name }

// edited is what the learner edits: the lab's one file that is no test, or,
// where the learner has put more there, its directory.
func (l lab) edited() string {
	files, _ := filepath.Glob(filepath.Join(l.dir, "*.go"))
	files = slices.DeleteFunc(files, func(f string) bool { return strings.HasSuffix(f, "_test.go") })
	path := "labs/" + l.name
	if len(files) == 1 {
		path += "/" + filepath.Base(files[0])
	}
	return path
}

// labs finds the workbook's labs in their order.
func (a *app) labs() ([]lab, error) {
	dirs, err := filepath.Glob(filepath.Join(a.root, "labs", "[0-9][0-9]-*"))
	if err != nil {
		return nil, fmt.Errorf("find the labs: %w", err)
	}
	var labs []lab
	for _, dir := range dirs {
		if info, err := os.Stat(dir); err == nil && info.IsDir() {
			name := filepath.Base(dir)
			labs = append(labs, lab{name[:2], name, dir})
		}
	}
	if len(labs) == 0 {
		return nil, failure("no labs here, want directories labs/01-... in %s", "실습이 없습니다. %s 아래에 labs/01-... 디렉터리가 있어야 합니다", a.root)
	}
	return labs, nil
}

// lab finds a lab by "3", "03", its name or its path.
func (a *app) lab(arg, command string) (lab, error) {
	labs, err := a.labs()
	if err != nil {
		return lab{}, err
	}
	want := filepath.Base(filepath.FromSlash(arg))
	if n, err := strconv.Atoi(want); err == nil {
		want = fmt.Sprintf("%02d", n)
	}
	for _, l := range labs {
		if l.nn == want || l.name == want {
			return l, nil
		}
	}
	return lab{}, usage("no lab %q, there is %s, for example: go tool lab %s %s", "%q라는 실습은 없습니다. 있는 것: %s. 예: go tool lab %s %s",
		arg, numbers(labs), command, labs[0].nn)
}

func numbers(labs []lab) string {
	var nn []string
	for _, l := range labs {
		nn = append(nn, l.nn)
	}
	return strings.Join(nn, ", ")
}

// oneLab is the lab that a command's only argument names.
func (a *app) oneLab(args []string, command string) (lab, error) {
	if len(args) != 1 {
		return lab{}, usage("%s: %d arguments, want the number of a lab, for example: go tool lab %[1]s 03",
			"%s: 인자가 %d개입니다. 실습 번호 하나가 필요합니다. 예: go tool lab %[1]s 03", command, len(args))
	}
	return a.lab(args[0], command)
}

// localized reads name.md, or name.ko.md for a Korean reader.
func (l lab) localized(name string) (string, error) {
	if lang.Korean() {
		if text, err := os.ReadFile(filepath.Join(l.dir, name+".ko.md")); err == nil {
			return string(text), nil
		}
	}
	text, err := os.ReadFile(filepath.Join(l.dir, name+".md"))
	return string(text), err
}

func (l lab) title() string {
	text, err := l.localized("README")
	if err == nil {
		for line := range strings.Lines(text) {
			if title, ok := strings.CutPrefix(line, "# "); ok {
				return strings.TrimSpace(title)
			}
		}
	}
	return l.name
}

// list shows the labs and what passed when last run. It runs nothing.
func (a *app) list(args []string) error {
	args, err := parse(flag.NewFlagSet("list", 0), args, "go tool lab list")
	if err != nil {
		return err
	}
	if len(args) > 0 {
		return usage("list takes no arguments, for example: go tool lab list", "list에는 인자가 없습니다. 예: go tool lab list")
	}
	labs, err := a.labs()
	if err != nil {
		return err
	}
	for _, l := range labs {
		var last result
		if err := a.load("tests/"+l.nn+".json", &last); err != nil {
			return err
		}
		fmt.Fprintf(a.stdout, "%s  %s\n", l.name, l.title())
		for _, t := range tasksOf(l, last) {
			state := lang.Say("not run yet", "아직 실행 안 함")
			if r, ok := last.task(t.id); ok && r.Passed {
				state = lang.Say("passed", "통과")
			} else if ok {
				state = lang.Say("fails", "실패")
			}
			fmt.Fprintf(a.stdout, "    %s %s\n", fit(t.title, 44), state)
		}
		if !last.When.IsZero() {
			a.printf("    last run %s", "    마지막 실행 %s", last.When.Local().Format("2006-01-02 15:04"))
		}
	}
	return nil
}

// task is a task of a lab: the number that its tests announce, and its title.
type task struct{ id, title string }

// tasksOf takes a lab's tasks from its hints; where there are none, from the
// tests of the last run.
func tasksOf(l lab, last result) []task {
	var tasks []task
	if text, err := l.localized("hints"); err == nil {
		for i, h := range parseHints(text) {
			tasks = append(tasks, task{strconv.Itoa(i + 1), h.title})
		}
	}
	if tasks == nil {
		for _, t := range last.Tasks {
			tasks = append(tasks, task{t.Task, fmt.Sprintf(lang.Say("Task %s", "과제 %s"), t.Task)})
		}
		slices.SortFunc(tasks, func(a, b task) int { return byNumber(a.id, b.id) })
	}
	return tasks
}

// byNumber compares task numbers; a text that is no number comes first.
func byNumber(a, b string) int {
	m, _ := strconv.Atoi(a)
	n, _ := strconv.Atoi(b)
	return cmp.Or(cmp.Compare(m, n), cmp.Compare(a, b))
}
