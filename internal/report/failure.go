package report

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"gmplab/internal/book"
	"gmplab/internal/gotest"
	"gmplab/internal/lang"
	"gmplab/internal/term"
)

// Failure writes one message in full: that of the first test that fails of the
// first task that fails. The rest is named.
func Failure(w io.Writer, width int, l book.Lab, o *gotest.Outcome) {
	failing := o.Failures()
	if len(failing) == 0 {
		noTest(w, width, l, o)
		return
	}
	first := failing[0]
	if first.Task != 0 {
		sayln(w, "%s: task %d fails in %s", "%s: 과제 %d 실패 (%s)", l.Name, first.Task, first.Name)
	} else {
		sayln(w, "%s: %s fails", "%s: %s 실패", l.Name, first.Name)
	}
	text := outputText(first.Output)
	if !first.Ended {
		text += unfinished(o)
	}
	fmt.Fprintf(w, "\n%s\n", term.Hang(text, width))

	var same, later []string
	for _, t := range failing[1:] {
		if t.Task == first.Task {
			same = append(same, t.Name)
		} else if n := strconv.Itoa(t.Task); !slices.Contains(later, n) {
			later = append(later, n)
		}
	}
	if same != nil {
		wrapped(w, lang.Pairf("Of the same task: %s.", "같은 과제에서 실패한 테스트: %s.", strings.Join(same, ", ")).String(), width)
	}
	if later != nil {
		wrapped(w, lang.Pairf("Later tasks wait or fail: %s.", "다음 과제 가운데 아직 통과하지 못한 것: %s.", strings.Join(later, ", ")).String(), width)
	}
	hint := l.NN
	if first.Task != 0 {
		hint += " " + strconv.Itoa(first.Task)
	}
	sayln(w, "Next: edit %s, then: go tool lab test %s; or a hint: go tool lab hint %s",
		"다음: %s 파일을 고친 뒤 go tool lab test %s, 힌트는 go tool lab hint %s", l.Edited(), l.NN, hint)
}

// noTest is for a package that failed though no test did: it crashed before
// the first or after the last.
func noTest(w io.Writer, width int, l book.Lab, o *gotest.Outcome) {
	what := lang.Pairf("%s: the tests pass, but not the package:", "%s: 테스트는 통과했지만 패키지가 실패했습니다:", l.Name)
	switch {
	case o.NoTests() && o.Ended == gotest.ErrLimit:
		what = lang.Pairf("%s: no test has begun: an endless loop in init or in a package variable?", "%s: 테스트가 시작되지 않습니다. init이나 패키지 변수에 끝없는 반복이 있는지 확인합니다.", l.Name)
	case o.NoTests():
		what = lang.Pairf("%s: the process ended before the first test: os.Exit or a panic in init, in a package variable or in a goroutine of theirs?",
			"%s: 첫 테스트 전에 프로세스가 종료되었습니다. init이나 패키지 변수, 거기서 시작한 고루틴에 os.Exit나 패닉이 있는지 확인합니다.", l.Name)
	}
	wrapped(w, what.String(), width)
	fmt.Fprint(w, term.Hang(outputText(o.Rest), width))
	sayln(w, "Next: mend it, then: go tool lab test %s", "다음: 고친 뒤 go tool lab test %s", l.NN)
}

// outputText is what a test printed, and how much of it is not there. A crash
// may begin in the head and end in what was kept after it.
func outputText(o gotest.Output) string {
	dropped := ""
	if o.Dropped > 0 {
		dropped = lang.Pairf("(%d more lines of output)\n", "(출력 %d줄 생략)\n", o.Dropped).String()
	}
	if crashAt(o.Head) >= 0 {
		return crash(o.Head + o.Logged)
	}
	return o.Head + dropped + crash(o.Logged)
}

// unfinished says why a test has no end.
func unfinished(o *gotest.Outcome) string {
	why := lang.Pair(
		"it did not finish: the process ended while it ran. Out of memory, os.Exit, a panic in a goroutine, or a loop without an end?\n",
		"테스트가 끝나기 전에 프로세스가 종료되었습니다. 메모리 부족, os.Exit, 고루틴 안의 패닉, 끝없는 반복 중 하나일 수 있습니다.\n")
	switch o.Ended {
	case gotest.ErrMost:
		why = lang.Pair("it did not finish: it printed without end, and was stopped. A Println in an endless loop?\n",
			"출력이 끝없이 이어져 중단했습니다. 끝없는 반복 안에 Println이 있는지 확인합니다.\n")
	case gotest.ErrLimit:
		why = lang.Pair("it did not finish, and was stopped: a loop without an end?\n", "테스트가 끝나지 않아 중단했습니다. 끝없는 반복이 있는지 확인합니다.\n")
	}
	text := why.String()
	if o.Last != "" {
		text += lang.Say("What it said last:\n", "마지막 출력:\n") + crash(o.Last+"\n")
	}
	return text
}

// crash shortens the runtime's dump of all goroutines, which hundreds of lines
// of an endless recursion fill: the complaint, and the first places in files of
// the labs.
func crash(text string) string {
	at := crashAt(text)
	dump := strings.Index(text, "\ngoroutine ")
	if at < 0 || dump < at {
		return text
	}
	line, _, _ := strings.Cut(text[at:], "\n")
	var places []string
	for frame := range strings.Lines(text[dump:]) {
		place := strings.TrimSpace(frame)
		i := strings.Index(place, "/labs/")
		if i < 0 || !strings.HasPrefix(frame, "\t") {
			continue
		}
		place, _, _ = strings.Cut(place[i+1:], " ")
		if !slices.Contains(places, place) {
			places = append(places, place)
		}
	}
	slices.SortStableFunc(places, func(a, b string) int { // the learner's file, then the tests
		return strings.Count(a, "_test.go:") - strings.Count(b, "_test.go:")
	})
	places = places[:min(len(places), 5)]
	out := text[:at] + line + "\n"
	for _, p := range places {
		out += "    " + p + "\n"
	}
	return out
}

// crashAt is where a text has the runtime's complaint; negative: nowhere.
func crashAt(text string) int {
	if at := strings.Index(text, "fatal error: "); at >= 0 {
		return at
	}
	return strings.Index(text, "panic: ")
}

// Tasks writes a lab with its tasks, and what is known of them.
func Tasks(w io.Writer, l book.Lab, k gotest.Known) {
	fmt.Fprintf(w, "%s  %s\n", l.Name, l.Title())
	for i, title := range taskTitles(l, k) {
		state := lang.Say("not run yet", "아직 실행 안 함")
		if passed, tried := k.Passed(i + 1); passed {
			state = lang.Say("passed", "통과")
		} else if tried {
			state = lang.Say("fails", "실패")
		}
		fmt.Fprintf(w, "    %s %s\n", term.Fit(title.String(), 44), state)
	}
	if k.When.IsZero() {
		return
	}
	when := k.When.Local().Format("2006-01-02 15:04")
	if k.Fresh() {
		sayln(w, "    last run %s", "    마지막 실행 %s", when)
	} else {
		sayln(w, "    last run %s; files have changed since: go tool lab test %s", "    마지막 실행 %s. 그 뒤로 파일이 바뀌었습니다: go tool lab test %s", when, l.NN)
	}
}

// taskTitles takes a lab's tasks from its hints; where there are none, from
// the tests of the last run.
func taskTitles(l book.Lab, k gotest.Known) []lang.Text {
	var titles []lang.Text
	for _, t := range l.Tasks() {
		titles = append(titles, t.Title)
	}
	if titles == nil {
		for range k.Tasks {
			titles = append(titles, lang.Pairf("Task %d", "과제 %d", len(titles)+1))
		}
	}
	return titles
}

// Codes writes whose code of each lab runs, and why.
func Codes(w io.Writer, codes []gotest.Code) {
	for _, c := range codes {
		text := lang.Pair("reference", "모범 답안")
		if c.Code == gotest.Yours {
			text = lang.Pair("yours", "여러분의 코드")
		}
		if why := whyCode(c); why != (lang.Text{}) {
			text = lang.Pairf("%s (%s)", "%s (%s)", text, why)
		}
		fmt.Fprintf(w, "%s%s\n", term.Fit(c.Lab, 20), text)
	}
	fmt.Fprintln(w)
}

func whyCode(c gotest.Code) lang.Text {
	var why lang.Text
	switch {
	case c.Why == "":
		return why
	case c.Why == gotest.Untested:
		return lang.Pair("not tested", "테스트하지 않음")
	case c.Why == gotest.Broken:
		why = lang.Pair("your file does not compile", "작성한 파일이 컴파일되지 않음")
	case c.Task != 0:
		why = lang.Pairf("yours does not pass task %d yet", "여러분의 코드는 아직 과제 %d에서 실패", c.Task)
	default:
		why = lang.Pair("its tests fail", "테스트를 통과하지 못함")
	}
	return lang.Pairf("%s: go tool lab test %s", "%s: go tool lab test %s", why, c.NN)
}

// Solved writes that all tasks of a lab pass.
func Solved(w io.Writer, l book.Lab, k gotest.Known) {
	sayln(w, "%s: solved, %d of %d tasks pass.", "%s: 모두 통과했습니다. 과제 %[3]d개 중 %[2]d개.", l.Name, len(k.Tasks), len(k.Tasks))
}
