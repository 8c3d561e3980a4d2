package main

import (
	"context"
	"flag"
	"fmt"
	"strconv"
	"strings"

	"gmplab/internal/book"
	"gmplab/internal/lang"
)

// hintsIn keeps the highest level that was shown, by lab and task.
const hintsIn = "hints.json"

func hintFlags(fs *flag.FlagSet) func(ctx context.Context, a *app, args []string) error {
	level := fs.Int("level", 0, "")
	return func(ctx context.Context, a *app, args []string) error {
		if !given(fs, "level") {
			level = nil
		}
		return a.hint(ctx, args, level)
	}
}

// hint shows one hint: of the task that is named or the first that has not
// passed, and of the level that is asked for or the next that was not shown.
func (a *app) hint(ctx context.Context, args []string, level *int) error {
	if len(args) == 0 || len(args) > 2 {
		return lang.Usagef("hint: %d arguments, want a lab and perhaps a task, for example: go tool lab hint 03 1",
			"hint: 인자가 %d개입니다. 실습 번호와, 필요하면 과제 번호를 적습니다. 예: go tool lab hint 03 1", len(args))
	}
	l, err := a.book.Lab(args[0], "hint")
	if err != nil {
		return err
	}
	tasks := l.Tasks()
	if len(tasks) == 0 {
		return lang.Errorf("%s has no hints yet", "%s: 아직 힌트가 없습니다", l.Name)
	}
	n, err := a.hintTask(ctx, l, len(tasks), args[1:])
	if err != nil {
		return err
	}
	hints := tasks[n-1].Hints
	if len(hints) == 0 {
		return lang.Errorf("task %d of %s has no hints yet", "%[2]s의 과제 %[1]d: 아직 힌트가 없습니다", n, l.Name)
	}
	if level != nil && (*level < 1 || *level > len(hints)) {
		return lang.Usagef("no level %d, task %d has levels 1 to %d, for example: go tool lab hint %s %[2]d -level 1",
			"%d단계는 없습니다. 과제 %d의 힌트는 1~%d단계입니다. 예: go tool lab hint %s %[2]d -level 1", *level, n, len(hints), l.NN)
	}
	at, err := a.hintLevel(l.NN, strconv.Itoa(n), level, len(hints))
	if err != nil {
		return err
	}
	h := hints[at-1]
	fmt.Fprintf(a.stdout, "%s · %s (%d/%d)\n\n%s\n\n", tasks[n-1].Title, h.Title, at, len(hints), strings.TrimSpace(h.Text.String()))
	if at < len(hints) {
		a.sayln("Next: go tool lab test %s; for level %d, %s: go tool lab hint %[1]s %[4]d -level %[2]d",
			"다음: go tool lab test %s, %d단계 「%s」까지 보려면: go tool lab hint %[1]s %[4]d -level %[2]d", l.NN, at+1, hints[at].Title, n)
	} else {
		a.sayln("That is the last level. Next: go tool lab test %s", "마지막 단계입니다. 다음: go tool lab test %s", l.NN)
	}
	return nil
}

// hintLevel is the level to show: the one that was asked for, or the next.
func (a *app) hintLevel(nn, task string, asked *int, last int) (int, error) {
	shown := map[string]map[string]int{}
	if err := a.book.Load(hintsIn, &shown); err != nil {
		return 0, err
	}
	level := min(shown[nn][task]+1, last)
	if asked != nil {
		level = *asked
	}
	if shown[nn] == nil {
		shown[nn] = map[string]int{}
	}
	shown[nn][task] = max(shown[nn][task], level)
	if err := a.book.Save(hintsIn, shown); err != nil {
		a.warn(err)
	}
	return level, nil
}

// hintTask is the task that args name, else the first of n that has not passed.
func (a *app) hintTask(ctx context.Context, l book.Lab, n int, args []string) (int, error) {
	if len(args) == 1 {
		task, err := strconv.Atoi(args[0])
		if err != nil || task < 1 || task > n {
			return 0, lang.Usagef("no task %q, %s has tasks 1 to %d, for example: go tool lab hint %s 1",
				"과제 %q번은 없습니다. %s의 과제는 1~%d입니다. 예: go tool lab hint %s 1", args[0], l.Name, n, l.NN)
		}
		return task, nil
	}
	known, err := a.suite().Known(ctx, []book.Lab{l})
	if err != nil {
		return 0, err
	}
	task := known[0].FirstOpen(n)
	if task == 0 {
		return 0, lang.Errorf("every task of %s passed when last run; name one, for example: go tool lab hint %s 1",
			"%s의 모든 과제가 마지막 실행에서 통과했습니다. 보고 싶은 과제의 번호를 적습니다. 예: go tool lab hint %s 1", l.Name, l.NN)
	}
	if !known[0].Fresh() && !known[0].When.IsZero() {
		fmt.Fprintln(a.stderr, lang.Pairf("(files have changed since the tests last ran: go tool lab test %s)", "(마지막 테스트 뒤로 파일이 바뀌었습니다: go tool lab test %s)", l.NN))
	}
	return task, nil
}
