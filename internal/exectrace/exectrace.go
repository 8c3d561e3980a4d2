// Package exectrace reads an execution trace of a Go program for what the book
// asks of it: who had which processor when, and what became of a processor
// while its thread was in a system call.
//
// A trace is a list of state transitions: Read turns it into a
// [timeline.Timeline], for which a G is a goroutine and an M the kernel's thread.
// An M is in a system call from Begin to End, whatever becomes of its P meanwhile.
// If another thread takes the P (the runtime's name: retake; the trace's:
// ProcSteal) that is a transition of the P alone: the G and its M do not notice
// before the call returns. A [Call] is what became of all three.
//
// golang.org/x/exp/trace is used here and nowhere else. Calls of the runtime's
// own (futex, the monitor's usleep) and raw ones (syscall.RawSyscall) are in no
// trace: the scheduler does not know of them.
//
// A [Scene] is one such call, told step by step. Its text is here and not with
// what is drawn of it (internal/report), because it is a message: a benchmark of
// lab 05 logs it, as the failures of other labs print an interleaving, and a lab's
// tests import nothing that draws.
package exectrace

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"golang.org/x/exp/trace"

	"gmplab/internal/lang"
	"gmplab/internal/timeline"
)

// Trace is what was recorded.
type Trace struct {
	Go string // the format, by the first Go that wrote it: "1.26"
	timeline.Timeline

	stacks [][]string // of Calls
}

// The versions of the format that are known here. Go 1.22 brought the present
// one; older ones say less about calls. TestKnowsThisGo fails when the pinned
// golang.org/x/exp is too old for the Go in use.
const oldest, newest = 22, 26

// An UnknownVersionError is what Read returns for a trace of a Go that this
// package does not know. It is an [errors.ErrUnsupported].
type UnknownVersionError struct{ Go string }

func (e *UnknownVersionError) Error() string {
	return fmt.Sprintf(lang.Say(
		"exectrace: this is a trace of Go %s; known are those of Go 1.%d to 1.%d: record it with one of these, or let go.mod have a newer golang.org/x/exp",
		"exectrace: Go %s의 트레이스입니다. 읽을 수 있는 것은 Go 1.%d부터 1.%d까지의 트레이스입니다. 그중 하나로 다시 기록하거나 go.mod의 golang.org/x/exp를 더 새 버전으로 바꿉니다"),
		e.Go, oldest, newest)
}

// Unwrap makes it an [errors.ErrUnsupported].
func (e *UnknownVersionError) Unwrap() error { return errors.ErrUnsupported }

// header is how a trace begins: "go 1.26 trace" and three zeros.
const header = "go 1.26 trace\x00\x00\x00"

func version(in *bufio.Reader) (string, error) {
	head, err := in.Peek(len(header))
	if err != nil && err != io.EOF {
		return "", fmt.Errorf("exectrace: %w", err)
	}
	minor, isTrace := "", false
	if rest, ok := strings.CutPrefix(string(head), "go 1."); ok {
		minor, _, isTrace = strings.Cut(rest, " trace\x00")
	}
	n, err := strconv.Atoi(minor)
	if !isTrace || err != nil {
		return "", fmt.Errorf(lang.Say(
			"exectrace: no execution trace: it begins with %q, want %q",
			"exectrace: 실행 트레이스가 아닙니다. %[2]q로 시작해야 하는데 %[1]q로 시작합니다"), head, header)
	}
	if n < oldest || n > newest {
		return "", &UnknownVersionError{"1." + minor}
	}
	return "1." + minor, nil
}

// Read reads a trace to its end. An error of one line says what is wrong with
// it; for an unknown version it is an [UnknownVersionError].
func Read(r io.Reader) (*Trace, error) {
	in := bufio.NewReader(r)
	v, err := version(in)
	if err != nil {
		return nil, err
	}
	events, err := trace.NewReader(in)
	if err != nil {
		return nil, broken(err, 0)
	}
	b := builder{
		trace:   Trace{Go: v},
		running: map[int64]timeline.Run{}, calling: map[int64]*call{}, held: map[int]timeline.Hold{},
		stacks: map[trace.Stack][]string{},
	}
	for n := 0; ; n++ {
		e, err := events.ReadEvent()
		if err == io.EOF && b.seen {
			return b.end(), nil
		}
		if err != nil {
			return nil, broken(err, n)
		}
		b.add(e)
	}
}

func broken(err error, events int) error {
	why, _, _ := strings.Cut(err.Error(), "\n") // what follows is a dump
	return fmt.Errorf(lang.Say(
		"exectrace: the trace is broken after %d events: %s",
		"exectrace: 이벤트 %d개 다음에서 트레이스가 깨져 있습니다: %s"), events, why)
}
