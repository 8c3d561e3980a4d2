package interleave

import (
	"fmt"
	"path"
	"reflect"
	"runtime"
	"strings"

	"gmplab/internal/interleave/atomic"
	"gmplab/internal/interleave/internal/hook"
	"gmplab/internal/lang"
)

// Kind is a kind of failure.
type Kind string

// The kinds of failures.
const (
	Broken     Kind = "check"      // Model.Check, or the misuse of a Mutex
	Panicked   Kind = "panic"      // a thread or the model panicked
	Deadlock   Kind = "deadlock"   // all wait, or for a frozen thread
	Livelock   Kind = "livelock"   // they run, and nothing comes of it
	Stuck      Kind = "stuck"      // blocked or looping where the explorer does not see it
	Misuse     Kind = "misuse"     // what a virtual thread must not do: FailNow, LockOSThread
	Idle       Kind = "idle"       // a thread did nothing in any schedule
	Stranger   Kind = "stranger"   // a goroutine that is no thread of the model takes part
	Unsteady   Kind = "unsteady"   // the model did something else under the same schedule
	Unfinished Kind = "unfinished" // there are more schedules than an exploration runs
)

// Failure is a run that failed: which, how, and the order of its operations.
type Failure struct {
	Kind        Kind
	Runs        int // executions until it was found
	Preemptions int // of its schedule
	text        lang.Text
	thread      string // whose fault; "": nobody's
	where       string
	replay      bool // the schedule is worth recording
	steps       int
	trace
}

// Error is the trace, a row an operation and a column a thread, and then what
// went wrong, in the reader's language.
func (f *Failure) Error() string { return f.render(lang.Korean()) }

// trace is the record of a run.
type trace struct {
	columns   []string // threads
	rows      []row
	changed   int  // rows up to the last one that changed memory
	preempted bool // the next operation comes by preemption
	names     map[uintptr]string
	labels    map[uintptr]string
	kinds     map[string]int // to number what has no name
}

type row struct {
	thread    int
	cell      string
	where     string
	preempted bool
}

const finalCheck = "After" // its thread

const frozenMark = "*** frozen for ever ***"

func (x *explorer) beginTrace() {
	if x.recording {
		x.trace = trace{names: map[uintptr]string{}, labels: map[uintptr]string{}, kinds: map[string]int{}}
	}
	x.preempted = false
}

var verbs = [...]string{hook.Load: "load", hook.Store: "store", hook.Swap: "swap", hook.CompareAndSwap: "CAS",
	hook.Add: "add", hook.And: "and", hook.Or: "or", hook.Lock: "lock", hook.TryLock: "try lock",
	hook.Unlock: "unlock", hook.Sleep: "sleep", hook.Wakeup: "wake up", hook.Pause: "pause"}

// doing words t's next operation: "load head".
func (x *explorer) doing(t *thread) string {
	if t.obj == nil {
		return verbs[t.op]
	}
	return verbs[t.op] + " " + x.name(t)
}

// row begins the row of t's operation. What it read and wrote follows by record.
func (x *explorer) row(t *thread) {
	x.rows = append(x.rows, row{t.id, x.doing(t), t.where, x.preempted})
	x.preempted = false
	x.progress.Add(1)
}

// mark adds a row that is no operation.
func (x *explorer) mark(what string, t *thread) {
	if t == nil {
		return // while the model is built
	}
	x.rows = append(x.rows, row{thread: t.id, cell: what})
	x.progress.Add(1)
}

// record completes the row of the operation that has just happened.
func record(before, after, a, b any, ok bool) {
	t := current
	x := t.x
	current = nil // Show and String may use atomics, which are no operations now
	r := &x.rows[len(x.rows)-1]
	name := x.name(t)
	v := func(v any) string { return x.value(name, v) }
	switch t.op {
	case hook.Load:
		r.cell += ": " + v(before)
	case hook.CompareAndSwap:
		r.cell += ": " + v(a) + " -> " + v(b)
		if ok {
			r.cell += " ok"
		} else {
			r.cell += " failed: is " + v(before)
		}
	case hook.TryLock:
		if !ok {
			r.cell += ": failed"
		}
	default:
		r.cell += ": " + v(before) + " -> " + v(after)
	}
	current = t
	x.progress.Add(1)
}

// name names the object of t's operation.
func (x *explorer) name(t *thread) string {
	at := uintptr(t.obj)
	if x.names[at] == "" {
		kind := "atomic"
		switch t.op {
		case hook.Lock, hook.TryLock, hook.Unlock:
			kind = "Mutex"
		case hook.Sleep, hook.Wakeup:
			kind = "Note"
		}
		x.kinds[kind]++
		x.names[at] = fmt.Sprintf("%s#%d", kind, x.kinds[kind])
	}
	return x.names[at]
}

func (x *explorer) value(name string, v any) string {
	if x.m.show != nil {
		if s := x.m.show(name, v); s != "" {
			return s
		}
	}
	p := reflect.ValueOf(v)
	if p.Kind() != reflect.Pointer {
		return fmt.Sprint(v)
	}
	if p.IsNil() {
		return "nil"
	}
	if x.labels[p.Pointer()] == "" {
		if s, ok := v.(fmt.Stringer); ok {
			return s.String()
		}
		kind := strings.ToLower(p.Type().Elem().Name())
		x.kinds[kind]++
		x.labels[p.Pointer()] = fmt.Sprintf("%s#%d", kind, x.kinds[kind])
	}
	return x.labels[p.Pointer()]
}

func addressOf(ptr any) uintptr {
	v := reflect.ValueOf(ptr)
	if v.Kind() != reflect.Pointer || v.IsNil() {
		panic(fmt.Sprintf("interleave: %T, want a pointer", ptr))
	}
	return v.Pointer()
}

var (
	home       = reflect.TypeFor[Model]().PkgPath()
	atomicHome = reflect.TypeFor[atomic.Bool]().PkgPath()
)

// understood reports whether the explorer sees what happens to a value of type t.
func understood(t reflect.Type) bool {
	return t.PkgPath() == atomicHome || t == reflect.TypeFor[Mutex]() || t == reflect.TypeFor[Note]()
}

func (x *explorer) watch(name string, v any) {
	addressOf(v)
	var walk func(name string, v reflect.Value)
	walk = func(name string, v reflect.Value) {
		switch {
		case understood(v.Type()):
			x.names[v.Addr().Pointer()] = name
		case v.Kind() == reflect.Struct:
			for i := range v.NumField() {
				walk(strings.TrimPrefix(name+"."+v.Type().Field(i).Name, "."), v.Field(i))
			}
		case v.Kind() == reflect.Array || v.Kind() == reflect.Slice:
			for i := range v.Len() {
				walk(fmt.Sprintf("%s[%d]", name, i), v.Index(i))
			}
		}
	}
	walk(name, reflect.ValueOf(v).Elem())
}

// caller is the first line of the stack that is not ours, as file:line.
func caller() string {
	var pcs [32]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs[:])])
	for {
		f, more := frames.Next()
		if !ours(f) {
			return fmt.Sprintf("%s:%d", path.Base(f.File), f.Line)
		}
		if !more {
			return ""
		}
	}
}

func ours(f runtime.Frame) bool {
	return strings.HasPrefix(f.Function, "runtime.") || strings.HasPrefix(f.Function, "iter.") ||
		(strings.HasPrefix(f.Function, home+".") || strings.HasPrefix(f.Function, home+"/")) && !strings.HasSuffix(f.File, "_test.go")
}

// panicLine is the line that panicked, for a deferred function.
func panicLine() string {
	var pcs [64]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs[:])])
	for panicking := false; ; {
		f, more := frames.Next()
		if panicking && !ours(f) {
			return fmt.Sprintf("%s:%d", path.Base(f.File), f.Line)
		}
		panicking = panicking || f.Function == "runtime.gopanic"
		if !more {
			return ""
		}
	}
}

// stackOf is the state and the stack of the goroutine with the given number.
func stackOf(id string) (state, stack string) {
	buf := make([]byte, 1<<20)
	buf = buf[:runtime.Stack(buf, true)]
	for g := range strings.SplitSeq(string(buf), "\n\n") {
		rest, ok := strings.CutPrefix(g, "goroutine "+id+" ")
		if !ok {
			continue
		}
		lines := strings.Split(rest, "\n")
		state, _, _ = strings.Cut(strings.Trim(lines[0], "[]:"), ",")
		var kept []string
		for i := 1; i+1 < len(lines); i += 2 {
			function := lines[i]
			if j := strings.LastIndexByte(function, '('); j > 0 {
				function = function[:j]
			}
			line, _, _ := strings.Cut(path.Base(strings.TrimSpace(lines[i+1])), " +")
			file, _, _ := strings.Cut(line, ":")
			if !ours(runtime.Frame{Function: function, File: file}) && !strings.HasPrefix(function, "created by ") {
				kept = append(kept, "    "+path.Base(function)+"  "+line)
			}
		}
		return state, strings.Join(kept, "\n")
	}
	return "gone", ""
}

// who waits for what, one clause a thread.
func (x *explorer) waits() (en, ko string) {
	var e, k []string
	for _, t := range x.threads {
		en, ko := "", ""
		switch {
		case t.done:
			continue
		case t.frozen:
			en, ko = "is frozen before "+x.doing(t), "다음 연산 앞에서 멈춰 있습니다: "+x.doing(t)
		case t.op == hook.Lock && !t.ready():
			owner, owner2 := "whoever built the model", "모델을 만든 쪽"
			if o := (*Mutex)(t.obj).owner; o != nil {
				owner, owner2 = o.name, o.name
				if o.done {
					owner += ", which has ended"
					owner2 += "(이미 끝남)"
				}
			}
			en = fmt.Sprintf("waits for the lock %s, which is held by %s", x.name(t), owner)
			ko = fmt.Sprintf("락 %s 대기 (잡고 있는 쪽: %s)", x.name(t), owner2)
		case t.op == hook.Sleep && !t.ready():
			en, ko = "sleeps on "+x.name(t)+", and nobody wakes it", x.name(t)+"에서 잠들었는데 아무도 깨우지 않습니다"
		case t.op == hook.Pause:
			en, ko = "spins, at "+t.where, "반복하며 기다립니다: "+t.where
		default:
			en, ko = "is about to "+x.doing(t), "다음 연산 직전: "+x.doing(t)
		}
		e, k = append(e, "    "+t.name+" "+en), append(k, "    "+t.name+": "+ko)
	}
	return strings.Join(e, "\n"), strings.Join(k, "\n")
}

// story is a sentence and who waits for what. Only a recorded run needs it.
func (x *explorer) story(en, ko string) lang.Text {
	if !x.recording {
		return lang.Text{}
	}
	e, k := x.waits()
	if x.frozen != nil {
		en = fmt.Sprintf("%s stopped for ever at this point, and the others can't finish without it: this is not lock-free. %s", x.frozen.name, en)
		ko = fmt.Sprintf("%s이(가) 이 지점에서 영원히 멈추자 나머지가 끝나지 못합니다. 락프리가 아닙니다. %s", x.frozen.name, ko)
	}
	return lang.Pair(en+"\n"+e, ko+"\n"+k)
}

func (x *explorer) deadlock() lang.Text {
	if x.recording {
		for _, t := range x.threads {
			if !t.done && !t.frozen {
				x.rows = append(x.rows, row{thread: t.id, cell: "waits: " + x.doing(t), where: t.where})
			}
		}
	}
	return x.story("Nobody can go on:", "아무도 더 나아갈 수 없습니다.")
}

func (x *explorer) spinning() lang.Text {
	return x.story("They spin, memory does not change any more, and so it stays:", "모두 스핀하며 기다리지만 메모리가 더는 바뀌지 않아 영원히 계속됩니다.")
}

func (x *explorer) endless(last *thread) lang.Text {
	return x.story(fmt.Sprintf("%d operations, and no end. A loop that waits for another thread must call interleave.Pause in each turn:", maxSteps),
		fmt.Sprintf("연산이 %d번을 넘었는데 끝나지 않습니다. 다른 스레드를 기다리는 반복문은 매번 interleave.Pause를 불러야 합니다.", maxSteps))
}

var (
	exitText = lang.Pair("runtime.Goexit was called, as t.FailNow, t.Fatal and testify's require do. In a model, use m.Check: it ends the run and prints the schedule.",
		"runtime.Goexit가 불렸습니다(t.FailNow, t.Fatal, testify의 require가 부릅니다). 모델 안에서는 실행을 끝내고 스케줄을 보여 주는 m.Check를 씁니다.")
	unsteadyText = lang.Pair("The model did something else under the same schedule. It must depend on nothing but the schedule: no random numbers, no time, no ranging over a map, no state from the run before, no goroutines.",
		"같은 스케줄인데 모델이 다르게 움직였습니다. 난수, 시간, map 순회, 이전 실행의 상태, 고루틴처럼 스케줄이 아닌 것에 의존하면 안 됩니다.")
	strangerText = lang.Pair("An operation on an atomic of the model, by a goroutine that is no thread of it. In a model, start threads by m.Go only; a go statement in the code under test is not scheduled.",
		"모델의 스레드가 아닌 고루틴이 모델의 원자 변수를 건드렸습니다. 스레드는 m.Go로만 시작합니다. 시험 대상 코드의 go 문은 스케줄되지 않습니다.")
)

func panicText(r any) lang.Text {
	return lang.Pairf("panic: %v", "패닉: %v", r)
}

func unfinished(n int) lang.Text {
	return lang.Pairf("Unfinished after %d runs, and unfinished is no pass. Make the model smaller (fewer threads or operations), or the bound.",
		"%d번 실행하고도 끝나지 않았습니다. 끝나지 않은 것은 통과가 아닙니다. 모델(스레드나 연산 수)이나 선점 한도를 줄입니다.", n)
}

func stuckText(state, stack string) lang.Text {
	en, ko := "It is blocked outside of the model", "모델 밖에서 막혀 있습니다"
	why, why2 := "The explorer does not see that, and the thread for which it waits can't run: wait by interleave.Mutex, Note or Pause.",
		"탐색기는 이것을 볼 수 없고, 기다리는 상대 스레드도 실행될 수 없습니다. 기다릴 때는 interleave의 Mutex, Note, Pause를 씁니다."
	switch {
	case strings.HasPrefix(state, "chan") || strings.HasPrefix(state, "select"):
		en, ko = "It is blocked in a real channel operation", "진짜 채널 연산에서 막혀 있습니다"
	case strings.HasPrefix(state, "sync") || strings.HasPrefix(state, "semacquire"):
		en, ko = "It is blocked in a real lock of package sync", "sync 패키지의 진짜 락에서 막혀 있습니다"
	case state == "running" || state == "runnable":
		en, ko = "It runs on and on without an operation: an endless loop", "연산 없이 계속 실행되고 있습니다. 무한 반복입니다"
		why, why2 = "The explorer can't switch there: a loop that waits looks at an atomic, and calls interleave.Pause.",
			"탐색기는 여기에서 스레드를 바꿀 수 없습니다. 기다리는 반복문은 원자 변수를 읽고 interleave.Pause를 불러야 합니다."
	}
	return lang.Pair(fmt.Sprintf("%s [%s]. %s Its stack:\n%s\n(Its goroutine can't be ended; it stays until the process ends.)", en, state, why, stack),
		fmt.Sprintf("%s [%s]. %s 스택:\n%s\n(이 고루틴은 끝낼 수 없어 프로세스가 끝날 때까지 남습니다.)", ko, state, why2, stack))
}

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
	source, mark, frozen := 0, false, false
	widths := make([]int, len(f.columns))
	for i, name := range f.columns {
		widths[i] = columns(name)
	}
	for _, r := range rows {
		source = max(source, len(r.where))
		mark, frozen = mark || r.preempted, frozen || r.cell == frozenMark
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
