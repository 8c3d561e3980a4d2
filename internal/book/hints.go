package book

import (
	"strings"

	"gmplab/internal/lang"
)

// Task is a task of a lab; the first of a lab is number 1.
type Task struct {
	Title lang.Text
	Hints []Hint // by their level, from the idea to nearly the code
}

// Hint is a hint of one level.
type Hint struct{ Title, Text lang.Text }

// Tasks reads a lab's tasks from its hints: the n-th heading of level 2 is
// task n, its k-th heading of level 3 the hint of level k. It returns none for
// a lab without hints.
func (l Lab) Tasks() []Task {
	page, err := l.page("hints")
	if err != nil {
		return nil
	}
	tasks, ko := parseHints(page.EN), parseHints(page.KO)
	for i := range tasks {
		if i >= len(ko) {
			break
		}
		tasks[i].Title.KO = ko[i].Title.KO
		for k := range min(len(tasks[i].Hints), len(ko[i].Hints)) {
			h, other := &tasks[i].Hints[k], ko[i].Hints[k]
			h.Title.KO, h.Text.KO = other.Title.KO, other.Text.KO
		}
	}
	return tasks
}

// parseHints reads a page in one language into both. Headings in code blocks
// are code.
func parseHints(page string) []Task {
	var tasks []Task
	fenced := false
	for line := range strings.Lines(page) {
		if strings.HasPrefix(strings.TrimSpace(line), "```") {
			fenced = !fenced
		}
		title, isTask := strings.CutPrefix(line, "## ")
		level, isLevel := strings.CutPrefix(line, "### ")
		both := func(s string) lang.Text { return lang.Pair(strings.TrimSpace(s), strings.TrimSpace(s)) }
		switch {
		case isTask && !fenced:
			tasks = append(tasks, Task{Title: both(title)})
		case len(tasks) == 0: // what stands before the first task
		case isLevel && !fenced:
			t := &tasks[len(tasks)-1]
			t.Hints = append(t.Hints, Hint{Title: both(level)})
		default:
			if t := &tasks[len(tasks)-1]; len(t.Hints) > 0 {
				h := &t.Hints[len(t.Hints)-1]
				h.Text.EN += line
				h.Text.KO += line
			}
		}
	}
	return tasks
}
