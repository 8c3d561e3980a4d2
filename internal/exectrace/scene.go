package exectrace

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Scene is the part of a trace in which one call is handed off.
type Scene struct {
	Begin, End time.Duration

	trace *Trace
	call  Call
	start Hold    // the P in other hands, after it was taken
	ms    []int64 // M1, M2, …: those that have the P in the scene
}

// Scene shows call and what is around it before and after. The call must be
// one with the whole story: the monitor took its P, another thread ran others
// on it, and the G went on on another thread.
func (t *Trace) Scene(call Call, around time.Duration) (*Scene, error) {
	if call.Taker != Monitor || !call.Elsewhere() {
		return nil, errors.New("exectrace: no scene: want a call whose P the monitor took and whose goroutine went on on another thread")
	}
	s := &Scene{trace: t, call: call, Begin: max(0, call.Begin-around), End: min(t.End, call.Resumed+around)}
	i := slices.IndexFunc(t.Holds, func(h Hold) bool { return h.P == call.P && h.Begin >= call.Taken })
	if i < 0 || t.Holds[i].Begin > call.End || t.Holds[i].M == call.M {
		return nil, errors.New("exectrace: no scene: nobody else ran on the P before the call returned")
	}
	s.start = t.Holds[i]
	s.ms = []int64{call.M}
	for _, h := range t.Holds {
		if h.P == call.P && h.Begin < s.End && h.End > s.Begin && !slices.Contains(s.ms, h.M) {
			s.ms = append(s.ms, h.M)
		}
	}
	return s, nil
}

// Words are what a scene says, in one language. In Steps {G} stands for the
// goroutine, {P} for the P, {M} for the thread of the call, {Taker} for the one
// that got the P, {Last} for the one on which the goroutine went on. What {G} or
// {M} will be is a number: no Korean particle that depends on its sound may
// follow.
type Words struct {
	Title               string    // before the Go version
	Steps               [5]string // what happens at the marks 1 to 5
	Kernel, Queue, Runs string    // in the bars of the picture
	Micros              string    // under the time axis
	Legend              string    // of the text
}

// English and Korean are the languages of the book.
var (
	English = Words{
		Title: "One call, one P: a real trace of Go ",
		Steps: [5]string{
			"{G} makes a call on {M}, which goes into the kernel and keeps {P}.",
			"sysmon takes {P}. {M} stays in the kernel, and {G} with it.",
			"{Taker} gets {P} and runs other goroutines.",
			"The call returns on {M}: no P. {G} goes to the global queue, {M} parks.",
			"{Last} takes {G} from a run queue. It goes on, on another thread.",
		},
		Kernel: "in the kernel", Queue: "queued", Runs: "runs",
		Micros: "µs since the call began",
		Legend: "# {G} runs  ~ in the kernel  q on a run queue  = others run  . nothing",
	}
	Korean = Words{
		Title: "시스템 콜 하나, P 하나: 실제 트레이스, Go ",
		Steps: [5]string{
			"{M}에서 {G}의 시스템 콜이 시작된다. P는 커널에 들어간 {M}에 묶여 있다.",
			"sysmon이 P만 회수한다. {M}도 {G}도 커널 안에 그대로 있다.",
			"P를 받은 {Taker}에서 다른 고루틴들이 실행된다.",
			"{M}에서 시스템 콜이 끝났지만 P가 없다. {G}의 다음 자리는 전역 런큐, 스레드는 파킹된다.",
			"{Last}에서 {G}의 나머지가 실행된다. 처음과 다른 스레드다.",
		},
		Kernel: "커널 안", Queue: "대기", Runs: "실행",
		Micros: "시스템 콜이 시작된 뒤의 시간(µs)",
		Legend: "# {G} 실행  ~ 커널 안  q 런큐에서 대기  = 다른 고루틴 실행  . 비어 있음",
	}
)

// marks are the moments of the steps.
func (s *Scene) marks() [5]time.Duration {
	return [5]time.Duration{s.call.Begin, s.call.Taken, s.start.Begin, s.call.End, s.call.Resumed}
}

func (s *Scene) g() string { return "G" + strconv.FormatInt(s.call.G, 10) }
func (s *Scene) p() string { return "P" + strconv.Itoa(s.call.P) }

// m numbers the threads in the order in which the scene meets them: the
// kernel's ids are long, and other ones in the next trace.
func (s *Scene) m(m int64) string { return "M" + strconv.Itoa(slices.Index(s.ms, m)+1) }

// say fills in who is who.
func (s *Scene) say(text string) string {
	return strings.NewReplacer("{G}", s.g(), "{P}", s.p(), "{M}", s.m(s.call.M),
		"{Taker}", s.m(s.start.M), "{Last}", s.m(s.call.ResumedM)).Replace(text)
}

// micros returns t as microseconds since the call began, as "1,234".
func (s *Scene) micros(t time.Duration) string {
	n := (t - s.call.Begin).Round(time.Microsecond).Microseconds()
	if n >= 1000 {
		return fmt.Sprintf("%d,%03d", n/1000, n%1000)
	}
	return strconv.FormatInt(n, 10)
}

// columns is the width of the text's timeline.
const columns = 64

// Text draws the scene in plain text: a timeline, and the steps with their
// times.
func (s *Scene) Text(w Words) string {
	column := func(t time.Duration) int {
		return min(columns-1, int(columns*(t-s.Begin)/(s.End-s.Begin)))
	}
	var out strings.Builder
	row := func(name string, cells []byte) {
		fmt.Fprintf(&out, "%-8s%s\n", name, strings.TrimRight(string(cells), " "))
	}
	// What fills a column is what was there at its middle.
	lane := func(at func(time.Duration) byte) []byte {
		cells := make([]byte, columns)
		for i := range cells {
			cells[i] = at(s.Begin + (s.End-s.Begin)*time.Duration(2*i+1)/(2*columns))
		}
		return cells
	}

	marks := []byte(strings.Repeat(" ", columns+len(s.marks())))
	for i, t := range s.marks() {
		at := column(t)
		for marks[at] != ' ' {
			at++
		}
		marks[at] = byte('1' + i)
	}
	row("", marks)
	row("sysmon", lane(func(t time.Duration) byte {
		if column(t) == column(s.call.Taken) {
			return '!'
		}
		return '.'
	}))
	row(s.p(), lane(func(t time.Duration) byte {
		for _, h := range s.trace.Holds {
			if h.P == s.call.P && h.Begin <= t && t < h.End {
				return s.m(h.M)[1]
			}
		}
		return '.'
	}))
	for _, m := range s.ms {
		row(s.m(m), lane(func(t time.Duration) byte { return s.cell(t, m) }))
	}
	row(s.g(), lane(func(t time.Duration) byte {
		if s.call.End <= t && t < s.call.Resumed {
			return 'q'
		}
		for _, m := range s.ms {
			if cell := s.cell(t, m); cell == '#' || cell == '~' {
				return cell
			}
		}
		return '.'
	}))
	fmt.Fprintf(&out, "        %s\n\n", s.say(w.Legend))
	for i, step := range w.Steps {
		fmt.Fprintf(&out, "%d %6s µs  %s\n", i+1, s.micros(s.marks()[i]), s.say(step))
	}
	return out.String()
}

// cell is what m did at t.
func (s *Scene) cell(t time.Duration, m int64) byte {
	for _, c := range s.trace.Calls {
		if c.M == m && c.Begin <= t && (t < c.End || c.End == Never) {
			return '~'
		}
	}
	for _, r := range s.trace.Runs {
		if r.M == m && r.Begin <= t && t < r.End {
			if r.G == s.call.G {
				return '#'
			}
			return '='
		}
	}
	return '.'
}
