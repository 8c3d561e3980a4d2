package interleave

import (
	"fmt"
	"strings"
)

// render prints the trace about 100 columns wide.
func (f *Failure) render(korean bool) string {
	say := func(en, ko string) string {
		if korean {
			return ko
		}
		return en
	}
	var b strings.Builder
	if len(f.rows) > 0 {
		plural := "s"
		if f.Preemptions == 1 {
			plural = ""
		}
		b.WriteString(say(fmt.Sprintf("A schedule with %d preemption%s fails (found in run %d):\n\n", f.Preemptions, plural, f.Runs),
			fmt.Sprintf("선점 %d번으로 실패하는 스케줄이 있습니다(%d번째 실행에서 발견).\n\n", f.Preemptions, f.Runs)))
		f.table(&b, say)
		b.WriteByte('\n')
	}
	switch f.thread {
	case "":
	case finalCheck:
		b.WriteString(say("the final check: ", "마지막 검사: "))
	default:
		b.WriteString(f.thread + ": ")
	}
	b.WriteString(say(f.text.EN, f.text.KO))
	if f.where != "" {
		b.WriteString(" (" + f.where + ")")
	}
	return b.String()
}

func (f *Failure) table(b *strings.Builder, say func(en, ko string) string) {
	const width, gap = 100, 2
	rows, cut := f.rows, 0
	if f.Kind == Livelock { // so it goes on: a few rows will do
		if keep := min(f.changed, 60) + 8; keep < len(rows) {
			rows, cut = rows[:keep], len(rows)-keep
		}
	}
	source, mark, frozen, rested := 0, false, false, false
	widths := make([]int, len(f.columns))
	for i, name := range f.columns {
		widths[i] = columns(name)
	}
	for _, r := range rows {
		source = max(source, len(r.where))
		mark, frozen = mark || r.preempted, frozen || r.cell == frozenMark
		rested = rested || r.cell == stopsMark
		if r.thread < len(widths) {
			widths[r.thread] = max(widths[r.thread], columns(r.cell))
		}
	}
	source = max(source, columns(say("source", "소스")))
	// The widest columns give way first.
	for room := width - 6 - source; ; {
		sum, widest := 0, 0
		for i, w := range widths {
			sum += w + gap
			if w > widths[widest] {
				widest = i
			}
		}
		if sum <= room || len(widths) == 0 || widths[widest] <= 14 {
			break
		}
		widths[widest]--
	}
	line := func(no, mark string, thread int, cell, where string) {
		var s strings.Builder
		fmt.Fprintf(&s, "%3s %-1s ", no, mark)
		for i, w := range widths {
			c := ""
			if i == thread {
				c = cell
			}
			s.WriteString(pad(c, w+gap))
		}
		s.WriteString(where)
		b.WriteString(strings.TrimRight(s.String(), " ") + "\n")
	}
	var head, rule strings.Builder
	for i, name := range f.columns {
		head.WriteString(pad(name, widths[i]+gap))
		rule.WriteString(strings.Repeat("-", widths[i]) + strings.Repeat(" ", gap))
	}
	b.WriteString("  #   " + head.String() + say("source", "소스") + "\n")
	b.WriteString("---   " + rule.String() + strings.Repeat("-", source) + "\n")
	number, ended := 0, false
	for _, r := range rows {
		column, m, no := r.thread, "", ""
		if column >= len(f.columns) {
			if !ended {
				b.WriteString("      " + say("all have ended; the final check:", "모두 끝났습니다. 마지막 검사:") + "\n")
			}
			column, ended = 0, true
		}
		if r.preempted {
			m = "*"
		}
		if r.where != "" {
			number++
			no = fmt.Sprint(number)
		}
		where := r.where
		for _, part := range wrap(r.cell, widths[column]) {
			line(no, m, column, part, where)
			no, m, where = "", "", ""
		}
	}
	if cut > 0 {
		fmt.Fprintf(b, say("      ... and so on (%d more rows)\n", "      ... 계속 반복됩니다 (%d줄 생략)\n"), cut)
	}
	if frozen {
		b.WriteString(say("frozen: the explorer has stopped this thread here for good. The others must get on without it.\n",
			"frozen: 탐색기가 이 스레드를 여기서 영영 멈춰 세웠습니다. 나머지는 이 스레드 없이도 끝나야 합니다.\n"))
	}
	if rested {
		b.WriteString(say("stands still: between its operation and the plain code behind it, which runs only when the thread goes on, or at the end.\n",
			"stands still: 연산과 그 뒤의 일반 코드 사이에서 멈춘 것입니다. 그 코드는 스레드가 다시 움직일 때(goes on), 아니면 맨 끝에 실행됩니다.\n"))
	}
	if mark {
		b.WriteString(say("*: a preemption. The thread before it could have gone on.\n", "*: 선점. 바로 앞의 스레드는 더 실행될 수 있었습니다.\n"))
	}
}

// wrap breaks s at spaces into lines of at most width, where it can.
func wrap(s string, width int) []string {
	var lines []string
	line := ""
	for word := range strings.SplitSeq(s, " ") {
		if line != "" && columns(line)+1+columns(word) > width {
			lines = append(lines, line)
			line = "  " + word
		} else if line == "" {
			line = word
		} else {
			line += " " + word
		}
	}
	return append(lines, line)
}

func pad(s string, width int) string {
	return s + strings.Repeat(" ", max(width-columns(s), 1))
}

// columns is how wide s is on a terminal: Hangul and other CJK take two.
func columns(s string) (n int) {
	for _, r := range s {
		n++
		if r >= 0x1100 && r <= 0x115f || r >= 0x2e80 && r <= 0xd7a3 || r >= 0xf900 && r <= 0xfaff || r >= 0xff00 && r <= 0xff60 {
			n++
		}
	}
	return n
}
