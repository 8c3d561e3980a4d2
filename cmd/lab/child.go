package main

import (
	"context"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"
)

// child is a process to run and wait for.
type child struct {
	dir            string
	env            []string // added to the tool's own environment
	stdout, stderr io.Writer
	args           []string

	// patience is how long the child may go on when it is no longer wanted,
	// which it learns from the end of its standard input. 0: it is killed.
	patience time.Duration
}

// runner runs a child; tests have one that starts no process.
type runner func(ctx context.Context, c child) error

func execute(ctx context.Context, c child) error {
	cmd := exec.CommandContext(ctx, c.args[0], c.args[1:]...)
	cmd.Dir = c.dir
	cmd.Env = append(withoutProcs(os.Environ()), c.env...)
	cmd.Stdout, cmd.Stderr = c.stdout, c.stderr
	// A child of the child may hold the pipe after an interrupt.
	cmd.WaitDelay = 2 * time.Second
	if c.patience > 0 {
		stdin, err := cmd.StdinPipe()
		if err != nil {
			return err
		}
		cmd.Cancel, cmd.WaitDelay = stdin.Close, c.patience
	}
	return cmd.Run()
}

// withoutProcs drops GOMAXPROCS: a measurement is of the machine, not of a
// setting that was left over in the shell.
func withoutProcs(env []string) []string {
	return slices.DeleteFunc(env, func(kv string) bool {
		name, _, _ := strings.Cut(kv, "=")
		return strings.EqualFold(name, "GOMAXPROCS")
	})
}
