package tiny

import (
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"gmplab/internal/lang"
	"gmplab/internal/machine"
	memory "gmplab/labs/01-memory"
)

// What can end a run, beside what its program does wrong: errors.Is tells them,
// and lang.TextOf has what Run returns in both languages. (What the machine says of
// a program's fault is in the reader's alone.)
var (
	// ErrDeadlock: everybody who is alive waits for another.
	ErrDeadlock = lang.Errorf("deadlock", "교착 상태")
	// ErrLost: goroutines have vanished, or came twice, or nobody woke up for
	// them. That is no fault of the program, but of a lab's code.
	ErrLost = lang.Errorf("a lab's code has lost count of the goroutines", "실습 코드가 고루틴을 잃어버렸거나 두 번 내주었습니다")
	// ErrPanic: a lab's code panics. A panic of a HOST function is a fault of
	// the program.
	ErrPanic = lang.Errorf("a panic in a lab's code", "실습 코드에서 패닉이 일어났습니다")
	// ErrLimit: Options.Limit is used up.
	ErrLimit = lang.Errorf("the limit of steps is used up", "정해 둔 단계 수를 다 썼습니다")
	// ErrStuck: a thread does not come back from a lab's code, or, when the run
	// has ended, from a HOST function.
	ErrStuck = lang.Errorf("a thread does not come back", "스레드가 돌아오지 않습니다")
)

// Error is what went wrong in a program, and where everybody was.
type Error struct {
	Err error // ErrDeadlock, memory.ErrOverflow, a *machine.FaultError, …
	Gs  []GState
	All int // Gs, of which Error.Gs has the first
}

// GState is where a goroutine is, and why it does not run.
type GState struct {
	ID     uint64    // main is 1
	Status lang.Text // running, waiting, …
	Why    lang.Text // what it waits for
	Frames []string  // source lines, the innermost call first
}

func (e *Error) Unwrap() error { return e.Err }

// Error is the error in the reader's language, a line for each goroutine and each
// of its frames.
func (e *Error) Error() string { return e.in(lang.Korean()) }

// worded is e in both languages: what Run returns.
func (e *Error) worded() error {
	return &lang.Error{Text: lang.Pair(e.in(false), e.in(true)), Cause: e}
}

func (e *Error) in(korean bool) string {
	var b strings.Builder
	say := func(en, ko string, args ...any) { b.WriteString(lang.Pairf(en, ko, args...).In(korean)) }
	b.WriteString(lang.TextOf(e.Err).In(korean))
	if errors.Is(e.Err, ErrDeadlock) {
		say(": nobody is left to wake anybody; waiting: %d", ": 깨워 줄 고루틴이 없습니다. 기다리는 고루틴 %d개", e.All)
	}
	for _, g := range e.Gs {
		say("\ngoroutine %d [%s]:", "\n고루틴 %d [%s]:", g.ID, g.Status)
		if g.Why != (lang.Text{}) {
			b.WriteString(" " + g.Why.In(korean))
		}
		for _, f := range g.Frames {
			b.WriteString("\n    " + f)
		}
	}
	if more := e.All - len(e.Gs); more > 0 {
		say("\n… and %d more", "\n… 그 밖에 %d개", more)
	}
	return b.String()
}

// mostListed is how many goroutines an Error names.
const mostListed = 100

// end ends the run, with err, or because main is through: the first that calls
// it says why. It stops the Ms wherever they are, and waits for none.
func (s *sched) end(err error) {
	s.ended.Do(func() {
		s.err = err
		s.ending.Store(true)
		for _, p := range s.ps {
			p.cpu.Preempt()
		}
		close(s.done)
		s.World.close()
	})
}

// watch waits for the end of the run. It ends it itself if an M stays in one
// time slice though a monitor preempts it after 10 ms, or if the monitor itself
// makes no round.
func (s *sched) watch() {
	const looks = 100
	ticker := time.NewTicker(s.Patience / looks)
	defer ticker.Stop()
	seen, same := make([]uint32, len(s.ps)+1), make([]int, len(s.ps)+1)
	for {
		select {
		case <-s.done:
			return
		case <-ticker.C:
		}
		for i := len(s.ps); i >= 0; i-- { // the monitor first: without its rounds no tick moves
			busy, call, sign := true, false, s.rounds.Load()
			if i < len(s.ps) {
				p := s.ps[i]
				b, c := p.state.Look()
				busy, call, sign = b, c != 0, p.tick.Load()
			}
			if same[i]++; !busy || call || sign != seen[i] {
				seen[i], same[i] = sign, 0
			}
			if same[i] < looks {
				continue
			}
			// Looks, not time: a process that was stopped has no threads to blame.
			where, host := whereabouts()
			if host { // it may compute for as long as it likes
				same[i] = 0
				continue
			}
			if s.rounds.Load() == 0 {
				s.end(because(ErrStuck, "%s: %.0f seconds ago lab 02's Start got its first function, and nothing of it has run",
					"%s: 실습 02의 Start가 첫 함수를 받고 %.0f초가 지났는데 아무것도 실행되지 않았습니다", ErrStuck, s.Patience.Seconds()))
				return
			}
			who, place := lang.Pairf("P%d", "P%d", i), lang.Pair(where, where)
			if where == "" {
				place = lang.Pair(" nobody", " 없음")
			}
			if i == len(s.ps) {
				who = lang.Pair("the monitor", "모니터")
			}
			s.end(because(ErrStuck, "%s: %s is still where it was %.0f seconds ago. Either the code at a place below does not end, or nobody preempts (lab 05: Scan), or a P never gets work that is on a queue (lab 04: Take; lab 06: Get, StealFrom). In the labs, innermost call first:%s",
				"%s: %s: %.0f초 동안 같은 곳에 있습니다. 아래 위치의 코드가 끝나지 않거나, 아무도 선점하지 않거나(실습 05: Scan), 큐에 있는 일을 P가 꺼내지 못합니다(실습 04: Take, 실습 06: Get, StealFrom). 실습 코드의 위치(안쪽 호출부터):%s", ErrStuck, who, s.Patience.Seconds(), place))
		}
	}
}

// close waits for all threads to end, and returns what the run came to.
func (s *sched) close() error {
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		s.threads.Close()
	}()
	wait := s.Patience
	if errors.Is(s.err, ErrPanic) || errors.Is(s.err, ErrStuck) {
		wait /= 10 // who waits for a lock that the panic left locked comes never
	}
	patience := time.NewTimer(wait)
	defer patience.Stop()
	again := time.NewTicker(time.Millisecond)
	defer again.Stop()
	for {
		select {
		case <-closed:
			return s.err
		case <-patience.C:
			where, _ := whereabouts()
			stuck := because(ErrStuck, "%s: the run ended %.0f seconds ago. It is here, innermost call first:%s",
				"%s: 실행이 끝나고 %.0f초가 지났습니다. 위치(안쪽 호출부터):%s", ErrStuck, wait.Seconds(), where)
			if s.err != nil {
				stuck = because(errors.Join(s.err, stuck), "%s\n%s", "%s\n%s", s.err, stuck)
			}
			return stuck
		case <-again.C:
			for _, p := range s.ps {
				p.cpu.Preempt() // it may have been used up before the M ran on
			}
		}
	}
}

// whereabouts says where the threads are that are in a lab's code or in a HOST
// function, and whether there is one in a HOST function.
func whereabouts() (where string, host bool) {
	dump := make([]byte, 1<<24) // enough for all threads that there can be
	dump = dump[:runtime.Stack(dump, true)]
	var seen []string
	for g := range strings.SplitSeq(string(dump), "\n\n") {
		inHost := strings.Contains(g, "machine.callHost(")
		host = host || inHost
		at := inLabs(g)
		if inHost {
			at = " HOST"
		}
		if at != "" && !slices.Contains(seen, at) {
			seen = append(seen, at)
			where += "\n   " + at
		}
	}
	return where, host
}

// inLabs is the frames of a goroutine's dump that are in a lab's code, but
// those by which lab 02 starts all.
func inLabs(dump string) (frames string) {
	for line := range strings.Lines(dump) {
		_, file, ok := strings.Cut(line, "/labs/")
		if file, _, _ = strings.Cut(file, " +"); ok && strings.HasPrefix(line, "\t") && !strings.HasPrefix(file, "02-") {
			if frames != "" {
				frames += " ←"
			}
			frames += " labs/" + strings.TrimSpace(file)
		}
	}
	return frames
}

// panicked ends the run for a panic on one of its threads: a misuse that a
// lab's code reports, or a bug in it.
func (s *sched) panicked(v any) {
	s.end(because(ErrPanic, "%s: %s:%s", "%s: %s:%s", ErrPanic, fmt.Sprint(v), inLabs(string(debug.Stack()))))
}

// because is an error in both languages that is also its cause.
func because(cause error, en, ko string, args ...any) error {
	return &lang.Error{Text: lang.Pairf(en, ko, args...), Cause: cause}
}

// lost is an ErrLost that says more.
func lost(en, ko string, args ...any) error {
	return because(ErrLost, "%s: %s", "%s: %s", ErrLost, lang.Pairf(en, ko, args...))
}

func errNew() error {
	return lost("New has made no goroutine (lab 02)", "New가 고루틴을 만들지 않았습니다(실습 02)")
}

// twice ends the run: a queue has handed out g, who runs or waits already.
func (m *m) twice(g *machine.G) {
	err := lost("goroutine %d was handed out a second time, though it runs or waits already (lab 04 or 06)",
		"고루틴 %d: 이미 실행 중이거나 기다리는데 큐에서 다시 나왔습니다(실습 04 또는 06)", m.number(g))
	m.end(err)
}

// fault ends the run for what g, which is saved and ours, did at the
// instruction at.
func (m *m) fault(g *machine.G, at uint64, err error) {
	if errors.Is(err, memory.ErrOverflow) {
		limit := m.pool.Max
		if limit == 0 {
			limit = memory.DefaultMax
		}
		err = because(err, "stack overflow: a stack may not grow beyond %d words: a recursion without an end?",
			"스택 오버플로: 스택은 %d워드까지만 커질 수 있습니다. 끝나지 않는 재귀인지 확인합니다", limit)
	}
	e := &Error{Err: err, Gs: []GState{m.stateOf(g, at, lang.Pair("running", "실행 중"), lang.Text{})}, All: 1}
	m.end(e.worded())
}

// number is a goroutine's number in this run, from 1 on, which is main. (lab 02
// counts all goroutines that a process makes.)
func (s *sched) number(g *machine.G) uint64 { return g.ID - s.first + 1 }

// stateOf is where a goroutine is that is saved; its innermost frame is at the
// instruction at.
func (s *sched) stateOf(g *machine.G, at uint64, status, why lang.Text) (state GState) {
	state = GState{ID: s.number(g), Status: status, Why: why}
	defer func() { _ = recover() }() // a frame that is overwritten ends the list
	show := func(pc uint64) { state.Frames = append(state.Frames, s.program.Where(pc)) }
	show(at)
	bp := g.Context.BP
	link := bp + machine.Word // where the return address is
	if s.program.Enters(at) { // no frame yet
		link = g.Context.SP
	} else {
		bp = g.Stack.Get(bp)
	}
	for range mostFrames {
		back := g.Stack.Get(link)
		if back == machine.GoExit {
			return state
		}
		show(back - 1) // the CALL
		link, bp = bp+machine.Word, g.Stack.Get(bp)
	}
	state.Frames = append(state.Frames, "…")
	return state
}

// mostFrames is how many calls a GState shows.
const mostFrames = 10

// check ends the run if nobody can run any more, and reports whether it goes
// on. When all Ps are idle and nobody is in a call, that stays so: only an M
// with a P makes work. A read of a pipe in which there is nothing counts as no
// call, for only a goroutine that runs can write. still is since when there has
// been work nevertheless.
func (s *sched) check(still *time.Time) bool {
	if !s.lock.TryLock() {
		return true
	}
	defer s.lock.Unlock()
	// Who comes back from a call has a P before it is no longer counted.
	if len(s.idle) < len(s.ps) || int(s.calls.Load()) > len(s.reads) || !s.World.dry(s.reads) {
		*still = time.Time{}
		return true
	}
	alive := 0
	for _, p := range s.ps {
		alive += p.stats.Spawns - p.exits
	}
	if s.Work() {
		// A thread that is about to look again sees it. If none does, for
		// seconds, the wake-up is lost.
		if still.IsZero() {
			*still = time.Now()
		} else if time.Since(*still) > s.Patience/3 {
			s.end(lost("somebody is on a queue, all Ps are idle, and nobody wakes up (lab 06: Park and Wake; lab 05: Back and Handoff)",
				"큐에 기다리는 고루틴이 있는데 모든 P가 쉬고 아무도 깨어나지 않습니다(실습 06의 Park와 Wake, 실습 05의 Back과 Handoff)"))
			return false
		}
		return true
	}
	e := s.waiting()
	if alive != e.All {
		s.end(lost("%d goroutines are alive, %d wait for a channel or a pipe, and the others are on no queue (lab 04 or 06)",
			"살아 있는 고루틴은 %d개이고 채널이나 파이프에서 기다리는 것은 %d개인데 나머지는 어느 큐에도 없습니다(실습 04 또는 06)", alive, e.All))
		return false
	}
	s.end(e.worded())
	return false
}

// waiting is the deadlock: everybody who waits for a channel or a pipe, while
// nobody runs.
func (s *sched) waiting() *Error {
	e := &Error{Err: ErrDeadlock}
	s.chans.each(func(id uint64, ch *channel) {
		ch.mu.Lock()
		defer ch.mu.Unlock()
		list := func(w waiting, en, ko string) {
			for g := w.head; g != nil; g = g.Link {
				if e.All++; e.All <= mostListed || g == s.main {
					e.Gs = append(e.Gs, s.stateOf(g, g.Context.PC-1, lang.Pair("waiting", "대기 중"), lang.Pairf(en, ko, id, s.program.Where(ch.made))))
				}
			}
		}
		list(ch.senders, "to send to channel %d (%s)", "%d번 채널(%s)에 보내려 함")
		list(ch.receivers, "to receive from channel %d (%s)", "%d번 채널(%s)에서 받으려 함")
	})
	for g, pipe := range s.reads {
		if e.All++; e.All <= mostListed {
			e.Gs = append(e.Gs, s.stateOf(g, g.Context.PC-1, lang.Pair("in a call", "호출 중"),
				lang.Pairf("to read from pipe %d, which is empty", "비어 있는 %d번 파이프에서 읽으려 함", pipe)))
		}
	}
	slices.SortFunc(e.Gs, func(a, b GState) int { return int(a.ID) - int(b.ID) })
	return e
}
