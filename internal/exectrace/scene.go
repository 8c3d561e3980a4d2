package exectrace

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"gmplab/internal/lang"
	"gmplab/internal/timeline"
)

// Scene is the part of a trace in which one call is handed off.
type Scene struct {
	Trace      *Trace
	Call       Call
	Begin, End time.Duration
	Next       timeline.Hold // the P in other hands, after it was taken
	Ms         []int64       // those that have the P in the scene, by when they first do
}

// Scene shows call and what is around it before and after. The call must be
// one with the whole story: the monitor took its P, another thread ran others
// on it, and the G went on on another thread.
func (t *Trace) Scene(call Call, around time.Duration) (*Scene, error) {
	if call.Taker != timeline.Monitor || !call.Elsewhere() {
		return nil, errors.New("exectrace: no scene: want a call whose P the monitor took and whose goroutine went on on another thread")
	}
	s := &Scene{Trace: t, Call: call, Begin: max(0, call.Begin-around), End: min(t.End, call.Resumed+around)}
	i := slices.IndexFunc(t.Holds, func(h timeline.Hold) bool { return h.P == call.P && h.Begin >= call.Taken })
	if i < 0 || t.Holds[i].Begin > call.End || t.Holds[i].M == call.M {
		return nil, errors.New("exectrace: no scene: nobody else ran on the P before the call returned")
	}
	s.Next = t.Holds[i]
	s.Ms = []int64{call.M}
	for _, h := range t.Holds {
		if h.P == call.P && h.Begin < s.End && h.End > s.Begin && !slices.Contains(s.Ms, h.M) {
			s.Ms = append(s.Ms, h.M)
		}
	}
	return s, nil
}

// G is the goroutine's name: G11.
func (s *Scene) G() string { return "G" + strconv.FormatInt(s.Call.G, 10) }

// P is the name of the P: P0.
func (s *Scene) P() string { return "P" + strconv.Itoa(s.Call.P) }

// M is the name of a thread of s.Ms: M1, M2, … in that order. (The kernel's ids
// are long, and other ones in the next trace.)
func (s *Scene) M(m int64) string { return "M" + strconv.Itoa(slices.Index(s.Ms, m)+1) }

// Step is something that happens in a scene.
type Step struct {
	At   time.Duration
	M    int64 // on whose row it happens; timeline.None: on sysmon's
	Text lang.Text
}

// Steps tells the scene.
func (s *Scene) Steps() []Step {
	c := s.Call
	who := strings.NewReplacer("{G}", s.G(), "{P}", s.P(), "{M}", s.M(c.M), "{Next}", s.M(s.Next.M), "{Last}", s.M(c.ResumedM))
	step := func(at time.Duration, m int64, en, ko string) Step {
		return Step{at, m, lang.Pair(who.Replace(en), who.Replace(ko))}
	}
	// What {G} or {M} will be is a number: no Korean particle that depends on its
	// sound may follow.
	return []Step{
		step(c.Begin, c.M,
			"{G} makes a call on {M}, which goes into the kernel and keeps {P}.",
			"{M}에서 {G}의 시스템 콜이 시작된다. P는 커널에 들어간 {M}에 묶여 있다."),
		step(c.Taken, timeline.None,
			"sysmon takes {P}. {M} stays in the kernel, and {G} with it.",
			"sysmon이 P만 회수한다. {M}도 {G}도 커널 안에 그대로 있다."),
		step(s.Next.Begin, s.Next.M,
			"{Next} gets {P} and runs other goroutines.",
			"P를 받은 {Next}에서 다른 고루틴들이 실행된다."),
		step(c.End, c.M,
			"The call returns on {M}: no P. {G} goes to the global queue, {M} parks.",
			"{M}에서 시스템 콜이 끝났지만 P가 없다. {G}의 다음 자리는 전역 런큐, 스레드는 파킹된다."),
		step(c.Resumed, c.ResumedM,
			"{Last} takes {G} from a run queue. It goes on, on another thread.",
			"{Last}에서 {G}의 나머지가 실행된다. 처음과 다른 스레드다."),
	}
}

// Micros returns t as microseconds since the call began, as "1,234".
func (s *Scene) Micros(t time.Duration) string {
	n := (t - s.Call.Begin).Round(time.Microsecond).Microseconds()
	if n >= 1000 {
		return fmt.Sprintf("%d,%03d", n/1000, n%1000)
	}
	return strconv.FormatInt(n, 10)
}

// columns is the width of the text's timeline.
const columns = 64

// Text is the scene in plain text: a timeline, and the steps with their times.
func (s *Scene) Text() lang.Text {
	lanes := s.lanes()
	legend := lang.Pairf("# %s runs  ~ in the kernel  q on a run queue  = others run  . nothing",
		"# %s 실행  ~ 커널 안  q 런큐에서 대기  = 다른 고루틴 실행  . 비어 있음", s.G())
	text := lang.Pairf("%s        %s\n\n", "%s        %s\n\n", lanes, legend)
	for i, step := range s.Steps() {
		line := fmt.Sprintf("%d %6s µs  ", i+1, s.Micros(step.At))
		text = lang.Pairf("%s%s%s\n", "%s%s%s\n", text, line, step.Text)
	}
	return text
}

// lanes is the timeline: the marks of the steps, and a lane for sysmon, the P,
// each M and the G.
func (s *Scene) lanes() string {
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

	steps := s.Steps()
	marks := []byte(strings.Repeat(" ", columns+len(steps)))
	for i, step := range steps {
		at := column(step.At)
		for marks[at] != ' ' {
			at++
		}
		marks[at] = byte('1' + i)
	}
	row("", marks)
	row("sysmon", lane(func(t time.Duration) byte {
		if column(t) == column(s.Call.Taken) {
			return '!'
		}
		return '.'
	}))
	row(s.P(), lane(func(t time.Duration) byte {
		for _, h := range s.Trace.Holds {
			if h.P == s.Call.P && h.Begin <= t && t < h.End {
				return s.M(h.M)[1]
			}
		}
		return '.'
	}))
	for _, m := range s.Ms {
		row(s.M(m), lane(func(t time.Duration) byte { return s.cell(t, m) }))
	}
	row(s.G(), lane(func(t time.Duration) byte {
		if s.Call.End <= t && t < s.Call.Resumed {
			return 'q'
		}
		for _, m := range s.Ms {
			if cell := s.cell(t, m); cell == '#' || cell == '~' {
				return cell
			}
		}
		return '.'
	}))
	return out.String()
}

// cell is what m did at t.
func (s *Scene) cell(t time.Duration, m int64) byte {
	for _, c := range s.Trace.Calls {
		if c.M == m && c.Begin <= t && (t < c.End || c.Open) {
			return '~'
		}
	}
	for _, r := range s.Trace.Runs {
		if r.M == m && r.Begin <= t && t < r.End {
			if r.G == s.Call.G {
				return '#'
			}
			return '='
		}
	}
	return '.'
}
