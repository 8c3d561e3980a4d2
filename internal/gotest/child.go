// Package gotest runs the go command and what it builds, and says what became
// of a lab's tests. What a learner's code does (prints without end, exits,
// loops before the first test) ends the child that runs it, never the tool.
package gotest

import (
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"gmplab/internal/lang"
)

// Child is a process to run and wait for. It is ended with all that it has
// started: when the context is done, after Limit, or when it prints more than
// Most.
type Child struct {
	Dir            string
	Env            []string // added to the tool's own environment
	Stdout, Stderr io.Writer
	Args           []string

	Limit time.Duration // 0: none
	Most  int64         // bytes on Stdout; 0: any number

	// Patience is how long the child may go on when the context is done, which
	// it learns from the end of its standard input. 0: it is interrupted, and
	// soon killed.
	Patience time.Duration
}

// Runner runs a child; tests have one that starts no process.
type Runner func(ctx context.Context, c Child) error

// Why a child was ended.
var (
	ErrLimit = errors.New("over its time")
	ErrMost  = errors.New("over its output")
)

// grace is how long an interrupted child may take to clean up: the go command
// removes its temporary directory.
const grace = 2 * time.Second

// Execute runs the child. Its error is, or wraps, ErrLimit or ErrMost where
// the child was ended for that.
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
	cmd.Stdout, cmd.Stderr = c.Stdout, c.Stderr
	if c.Most > 0 {
		cmd.Stdout = &counted{w: c.Stdout, left: c.Most, over: func() { stop(ErrMost) }}
	}
	group := newGroup(cmd)
	defer group.kill() // what the child has left behind
	cmd.Cancel, cmd.WaitDelay = group.interrupt, grace
	if c.Patience > 0 {
		stdin, err := cmd.StdinPipe()
		if err != nil {
			return err
		}
		cmd.Cancel, cmd.WaitDelay = stdin.Close, c.Patience
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	group.started()
	err := cmd.Wait()
	if cause := context.Cause(ctx); cause == ErrLimit || cause == ErrMost {
		return cause
	}
	return err
}

// counted passes on so many bytes, and says when there are more.
type counted struct {
	w    io.Writer
	left int64
	over func()
	said atomic.Bool
}

func (c *counted) Write(b []byte) (int, error) {
	n := min(int64(len(b)), c.left)
	c.left -= n
	if n < int64(len(b)) && !c.said.Swap(true) {
		c.over()
	}
	if _, err := c.w.Write(b[:n]); err != nil {
		return 0, err
	}
	return len(b), nil
}

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
