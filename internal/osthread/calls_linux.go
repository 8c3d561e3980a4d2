package osthread

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Calls runs cmd to its end and returns how many system calls its threads
// made, the one by which it became that program aside. It looks at each by
// ptrace, which makes the program slow: count with it, time nothing. Standard
// input and output are those of /dev/null.
//
// Not counted are those that Go's runtime makes by the clock, of which a slow
// program makes more: the short sleeps of sysmon (usleep), and what preempts a
// goroutine that has run for 10 ms (signalM in runtime/os_linux.go, and the
// return from the signal).
//
// The error wraps [ErrUnsupported] where tracing is not allowed.
func Calls(cmd *exec.Cmd) (calls int, err error) {
	// Ptrace is an affair between two threads: the one that starts a child
	// must make all further calls.
	Go(func() { calls, err = traced(cmd) })()
	return calls, err
}

func traced(cmd *exec.Cmd) (calls int, err error) {
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return 0, err
	}
	defer null.Close()
	child, err := os.StartProcess(cmd.Path, cmd.Args, &os.ProcAttr{
		Dir: cmd.Dir, Env: cmd.Env, Files: []*os.File{null, null, null},
		Sys: &syscall.SysProcAttr{Ptrace: true},
	})
	if err != nil {
		if errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.ENOSYS) {
			err = fmt.Errorf("trace: %w: %w", ErrUnsupported, err)
		}
		return 0, err
	}
	defer child.Release()
	pid := child.Pid
	var status unix.WaitStatus
	if _, err := wait(pid, &status); err != nil || !status.Stopped() {
		return 0, fmt.Errorf("trace: %w: the child does not stop (%v)", ErrUnsupported, err)
	}
	const follow = unix.PTRACE_O_TRACESYSGOOD | unix.PTRACE_O_TRACECLONE | unix.PTRACE_O_TRACEFORK | unix.PTRACE_O_TRACEVFORK | unix.PTRACE_O_EXITKILL
	if err := unix.PtraceSetOptions(pid, follow); err != nil {
		return 0, fmt.Errorf("trace: %w: %w", ErrUnsupported, err)
	}
	if err := unix.PtraceSyscall(pid, 0); err != nil {
		return 0, fmt.Errorf("trace: %w", err)
	}
	begun := map[int]bool{pid: true} // threads
	for {
		thread, err := wait(-1, &status)
		if err == unix.ECHILD {
			return calls, nil
		}
		if err != nil {
			return 0, fmt.Errorf("trace: %w", err)
		}
		if status.Exited() || status.Signaled() {
			if thread == pid && (status.Signaled() || status.ExitStatus() != 0) {
				err = fmt.Errorf("%s: it ended with status %d", cmd.Path, status)
			}
			delete(begun, thread)
			if err != nil {
				return 0, err
			}
			continue
		}
		signal := status.StopSignal()
		switch {
		case signal == unix.SIGTRAP|0x80: // it enters a call, or leaves it
			number, enters, err := entered(thread)
			if err != nil && err != unix.ESRCH {
				return 0, fmt.Errorf("trace: %w: which call? %w", ErrUnsupported, err) // before Linux 5.3
			}
			if enters && !byTheClock[number] {
				calls++
			}
			signal = 0
		case signal == unix.SIGTRAP && status.TrapCause() > 0: // it made a thread
			signal = 0
		case signal == unix.SIGSTOP && !begun[thread]: // a new thread begins
			begun[thread] = true
			signal = 0
		}
		if err := unix.PtraceSyscall(thread, int(signal)); err != nil && err != unix.ESRCH {
			return 0, fmt.Errorf("trace: %w", err)
		}
	}
}

// byTheClock are the calls that are not counted.
var byTheClock = map[uint64]bool{unix.SYS_NANOSLEEP: true, unix.SYS_GETPID: true, unix.SYS_TGKILL: true, unix.SYS_RT_SIGRETURN: true}

// entered returns which system call a thread enters; ok is false where it
// leaves one.
func entered(thread int) (number uint64, ok bool, err error) {
	// struct ptrace_syscall_info: op, architecture, two addresses, the number.
	const getSyscallInfo, entry = 0x420e, 1
	var info struct {
		op           uint8
		_            [3]uint8
		_            uint32
		_, _, number uint64
		_            [6]uint64
	}
	_, _, errno := unix.Syscall6(unix.SYS_PTRACE, getSyscallInfo, uintptr(thread), unsafe.Sizeof(info), uintptr(unsafe.Pointer(&info)), 0, 0)
	if errno != 0 {
		return 0, false, errno
	}
	return info.number, info.op == entry, nil
}

// wait waits for a tracee of the calling thread alone: other threads may wait
// for children of their own.
func wait(pid int, status *unix.WaitStatus) (int, error) {
	for {
		got, err := unix.Wait4(pid, status, unix.WALL|unix.WNOTHREAD, nil)
		if err != unix.EINTR {
			return got, err
		}
	}
}
