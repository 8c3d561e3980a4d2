//go:build unix

package gotest

import (
	"os/exec"

	"golang.org/x/sys/unix"
)

// group is a child and all that it starts: a process group of its own.
type group struct{ cmd *exec.Cmd }

func newGroup(cmd *exec.Cmd) group {
	cmd.SysProcAttr = &unix.SysProcAttr{Setpgid: true}
	return group{cmd}
}

func (g group) started() {}

func (g group) interrupt() error { return g.signal(unix.SIGINT) }

// kill ends what is left of the group.
func (g group) kill() { _ = g.signal(unix.SIGKILL) }

func (g group) signal(s unix.Signal) error {
	if g.cmd.Process == nil {
		return nil
	}
	return unix.Kill(-g.cmd.Process.Pid, s)
}
