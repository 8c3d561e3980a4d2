// Package gotest runs the go command and what it builds, and says what became
// of a lab's tests. What a learner's code does (prints without end, exits,
// loops before the first test) ends the child that runs it, never the tool.
package gotest

import (
	"cmp"
	"context"
	"errors"
	"io"
	"math"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"

	"gmplab/internal/lang"
)

// Child is a process to run and wait for. It is ended with all that it has
// started: when the context is done, when it is silent for Begin, after Limit,
// or when it prints more than Most.
type Child struct {
	Dir            string
	Env            []string // added to the tool's own environment
	Stdout, Stderr io.Writer
	Args           []string

	Begin time.Duration // until it has printed something; 0: no limit
	Limit time.Duration // until its end; 0: none
	Most  int64         // bytes on Stdout, and on Stderr; 0: any number

	// Patience is how long the child may go on when the context is done, which
	// it learns from the end of its standard input. 0: it is interrupted, and
	// soon killed.
	Patience time.Duration
}

// Runner runs a child; tests have one that starts no process.
type Runner func(ctx context.Context, c Child) error

// Why the tool has ended a child.
var (
	ErrBegin = errors.New("silent for too long")
	ErrLimit = errors.New("over its time")
	ErrMost  = errors.New("over its output")
)

// endedFor is err, if that is why the tool has ended a child.
func endedFor(err error) error {
	if err == ErrBegin || err == ErrLimit || err == ErrMost {
		return err
	}
	return nil
}

// grace is how long an interrupted child may take to clean up.
const grace = 3 * time.Second

// Execute runs the child. Its error is ErrBegin, ErrLimit or ErrMost where the
// child was ended for that.
func Execute(ctx context.Context, c Child) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	if c.Limit > 0 {
		timer := time.AfterFunc(c.Limit, func() { stop(ErrLimit) })
		defer timer.Stop()
	}
	cmd := exec.CommandContext(ctx, c.Args[0], c.Args[1:]...)
	cmd.Dir = c.Dir
	cmd.Env = append(withoutProcs(os.Environ()), c.Env...)
	if c.Args[0] == "go" {
		remove := ownTemp(cmd)
		defer remove()
	}
	begins := func() {}
	if c.Begin > 0 {
		timer := time.AfterFunc(c.Begin, func() { stop(ErrBegin) })
		defer timer.Stop()
		begins = func() { timer.Stop() }
	}
	cmd.Stdout = c.watch(c.Stdout, begins, stop)
	cmd.Stderr = cmd.Stdout // exec writes to both in turns, where they are one
	if c.Stderr != c.Stdout {
		cmd.Stderr = c.watch(c.Stderr, begins, stop)
	}
	group := newGroup(cmd)
	defer group.kill() // what the child has left behind
	cmd.Cancel, cmd.WaitDelay = group.interrupt, grace
	if c.Patience > 0 {
		stdin, err := cmd.StdinPipe()
		if err != nil {
			return err
		}
		cmd.Cancel, cmd.WaitDelay = func() error {
			if endedFor(context.Cause(ctx)) != nil {
				group.kill()
			}
			return stdin.Close()
		}, c.Patience
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	group.started()
	err := cmd.Wait()
	if cause := endedFor(context.Cause(ctx)); cause != nil {
		return cause
	}
	return err
}

// ownTemp gives a go command a directory of its own for what it builds, which
// remove removes: when it is interrupted in a build, it leaves all of that. On a
// disk that is full it has none, and says so itself.
func ownTemp(cmd *exec.Cmd) (remove func()) {
	dir, err := os.MkdirTemp(os.Getenv("GOTMPDIR"), "gmplab-")
	if err != nil {
		return func() {}
	}
	cmd.Env = append(cmd.Env, "GOTMPDIR="+dir)
	return func() { _ = os.RemoveAll(dir) }
}

// watch puts the limits of the child's output before w.
func (c Child) watch(w io.Writer, begins func(), stop func(error)) io.Writer {
	if w == nil || c.Begin == 0 && c.Most == 0 {
		return w
	}
	return &watched{w, begins, func() { stop(ErrMost) }, cmp.Or(c.Most, math.MaxInt64)}
}

// watched passes on so many bytes. It says when there are some, and when there
// are more.
type watched struct {
	w            io.Writer
	begins, over func()
	left         int64
}

func (c *watched) Write(b []byte) (int, error) {
	c.begins()
	n := min(int64(len(b)), c.left)
	c.left -= n
	if n < int64(len(b)) {
		c.over()
	}
	if _, err := c.w.Write(b[:n]); err != nil {
		return 0, err
	}
	return len(b), nil
}

// Head keeps the first 64 KB of what is written to it, and drops the rest: what
// a child has to say of its end, however much that is.
type Head struct{ text []byte }

const mostHead = 64 << 10

// Write implements io.Writer.
func (h *Head) Write(b []byte) (int, error) {
	h.text = append(h.text, b[:min(len(b), mostHead-len(h.text))]...)
	return len(b), nil
}

// String returns what is kept.
func (h *Head) String() string { return string(h.text) }

// withoutProcs drops GOMAXPROCS: a measurement is of the machine, not of a
// setting that was left over in the shell.
func withoutProcs(env []string) []string {
	return slices.DeleteFunc(env, func(kv string) bool {
		name, _, _ := strings.Cut(kv, "=")
		return strings.EqualFold(name, "GOMAXPROCS")
	})
}

// Interrupted is the error of a command that the reader stopped, with what to
// say about it.
func Interrupted(en, ko string, args ...any) error {
	return &lang.Error{Text: lang.Pairf(en, ko, args...), Cause: context.Canceled}
}
