package main

import (
	"flag"
	"fmt"
	"strconv"
	"strings"
)

// taskHints are the hints of one task.
type taskHints struct {
	title  string
	levels []hintLevel
}

type hintLevel struct{ title, text string }

// parseHints reads hints.md: the n-th level-2 heading is task n, its k-th
// level-3 heading is the hint of level k. Headings in code blocks are code.
func parseHints(text string) []taskHints {
	var tasks []taskHints
	fenced := false
	for line := range strings.Lines(text) {
		if strings.HasPrefix(strings.TrimSpace(line), "```") {
			fenced = !fenced
		}
		title, isTask := strings.CutPrefix(line, "## ")
		level, isLevel := strings.CutPrefix(line, "### ")
		switch {
		case isTask && !fenced:
			tasks = append(tasks, taskHints{title: strings.TrimSpace(title)})
		case len(tasks) == 0: // what stands before the first task
		case isLevel && !fenced:
			t := &tasks[len(tasks)-1]
			t.levels = append(t.levels, hintLevel{title: strings.TrimSpace(level)})
		default:
			if t := &tasks[len(tasks)-1]; len(t.levels) > 0 {
				t.levels[len(t.levels)-1].text += line
			}
		}
	}
	return tasks
}

// hint shows one hint: of the task that is named or the first that has not
// passed, and of the level that is asked for or the next that was not shown.
func (a *app) hint(args []string) error {
	fs := flag.NewFlagSet("hint", 0)
	level := fs.Int("level", 0, "")
	args, err := parse(fs, args, "go tool lab hint 03 1 -level 2")
	if err != nil {
		return err
	}
	levelSet := false
	fs.Visit(func(*flag.Flag) { levelSet = true })
	if len(args) == 0 || len(args) > 2 {
		return usage("hint: %d arguments, want a lab and perhaps a task, for example: go tool lab hint 03 1",
			"hint: 인자가 %d개입니다. 실습 번호와, 필요하면 과제 번호를 적습니다. 예: go tool lab hint 03 1", len(args))
	}
	l, err := a.lab(args[0], "hint")
	if err != nil {
		return err
	}
	text, err := l.localized("hints")
	tasks := parseHints(text)
	if err != nil || len(tasks) == 0 {
		return failure("%s has no hints yet", "%s: 아직 힌트가 없습니다", l.name)
	}
	id, err := a.hintTask(l, tasks, args[1:])
	if err != nil {
		return err
	}
	n, _ := strconv.Atoi(id)
	levels := tasks[n-1].levels
	if len(levels) == 0 {
		return failure("task %s of %s has no hints yet", "%[2]s의 과제 %[1]s: 아직 힌트가 없습니다", id, l.name)
	}
	if levelSet && (*level < 1 || *level > len(levels)) {
		return usage("no level %d, task %s has levels 1 to %d, for example: go tool lab hint %s %s -level 1",
			"%d단계는 없습니다. 과제 %s의 힌트는 1~%d단계입니다. 예: go tool lab hint %s %s -level 1", *level, id, len(levels), l.nn, id)
	}

	shown := map[string]map[string]int{} // lab, task: the highest level shown
	if err := a.load("hints.json", &shown); err != nil {
		return err
	}
	if !levelSet {
		*level = min(shown[l.nn][id]+1, len(levels))
	}
	if shown[l.nn] == nil {
		shown[l.nn] = map[string]int{}
	}
	shown[l.nn][id] = max(shown[l.nn][id], *level)
	if err := a.save("hints.json", shown); err != nil {
		return err
	}
	h := levels[*level-1]
	fmt.Fprintf(a.stdout, "%s · %s (%d/%d)\n\n%s\n\n", tasks[n-1].title, h.title, *level, len(levels), strings.TrimSpace(h.text))
	if *level < len(levels) {
		a.printf("Next: go tool lab test %s; for level %d, %s: go tool lab hint %[1]s %[4]s -level %[2]d",
			"다음: go tool lab test %s, %d단계 「%s」까지 보려면: go tool lab hint %[1]s %[4]s -level %[2]d", l.nn, *level+1, levels[*level].title, id)
	} else {
		a.printf("That is the last level. Next: go tool lab test %s", "마지막 단계입니다. 다음: go tool lab test %s", l.nn)
	}
	return nil
}

// hintTask is the task that args name, else the first that has not passed.
func (a *app) hintTask(l lab, tasks []taskHints, args []string) (string, error) {
	if len(args) == 1 {
		n, err := strconv.Atoi(args[0])
		if err != nil || n < 1 || n > len(tasks) {
			return "", usage("no task %q, %s has tasks 1 to %d, for example: go tool lab hint %s 1",
				"과제 %q번은 없습니다. %s의 과제는 1~%d입니다. 예: go tool lab hint %s 1", args[0], l.name, len(tasks), l.nn)
		}
		return strconv.Itoa(n), nil
	}
	var last result
	if err := a.load("tests/"+l.nn+".json", &last); err != nil {
		return "", err
	}
	id, ok := last.firstOpen(tasksOf(l, last))
	if !ok {
		return "", failure("every task of %s passed when last run; name one, for example: go tool lab hint %s 1",
			"%s의 모든 과제가 마지막 실행에서 통과했습니다. 보고 싶은 과제의 번호를 적습니다. 예: go tool lab hint %s 1", l.name, l.nn)
	}
	return id, nil
}
