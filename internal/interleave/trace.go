package interleave

import (
	"fmt"
	"path"
	"reflect"
	"runtime"
	"strings"

	"gmplab/internal/interleave/atomic"
	"gmplab/internal/interleave/internal/hook"
)

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

const (
	frozenMark = "*** frozen for ever ***"
	stopsMark  = "*** stands still ***"
	goesOnMark = "*** goes on ***"
)

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
