//go:build unix

package gotest

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A go command that is interrupted in a build cleans up nothing: it is done
// for it.
func TestInterruptedBuildLeavesNothing(t *testing.T) {
	bin, tmp := t.TempDir(), t.TempDir()
	self, err := os.Executable()
	require.NoError(t, err)
	require.NoError(t, os.Symlink(self, filepath.Join(bin, "go")))
	t.Setenv("PATH", bin) // nothing else is needed
	t.Setenv("GOTMPDIR", tmp)
	ctx, cancel := context.WithCancel(t.Context())
	out := &onText{text: "begun", f: cancel}
	require.Error(t, Execute(ctx, Child{Dir: bin, Stdout: out, Args: []string{"go", "build"}, Env: []string{"GOTEST_PLAY=builds"}}))
	require.Equal(t, "begun\n", out.String())
	left, err := os.ReadDir(tmp)
	require.NoError(t, err)
	require.Empty(t, left)
}

// A child is interrupted first, so that it may clean up.
func TestExecuteInterruptsFirst(t *testing.T) {
	self, err := os.Executable()
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	out := &onText{text: "begun", f: cancel}
	err = Execute(ctx, Child{Stdout: out, Args: []string{self}, Env: []string{"GOTEST_PLAY=cleans"}})
	require.Error(t, err)
	require.Equal(t, "begun\ncleaned\n", out.String())
}

// A go command that is interrupted while the tests run leaves nothing in its
// temporary directory.
func TestInterruptLeavesNothing(t *testing.T) {
	s, l := workbook(t, loops)
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)
	ctx, cancel := context.WithCancel(t.Context())
	run := s.Run
	s.Run = func(ctx context.Context, c Child) error {
		if c.Args[1] == "test" {
			c.Stdout = &onText{text: `"Action":"run"`, f: cancel}
		}
		return run(ctx, c)
	}
	_, err := s.Test(ctx, l)
	require.ErrorIs(t, err, context.Canceled)
	left, err := os.ReadDir(tmp)
	require.NoError(t, err)
	require.Empty(t, left)
}

func init() {
	// A go command in a build, which catches no interrupt.
	plays["builds"] = func() {
		if err := os.Mkdir(filepath.Join(os.Getenv("GOTMPDIR"), "go-build1"), 0o755); err == nil {
			fmt.Println("begun")
		}
		forever()
	}
	plays["cleans"] = func() {
		interrupts := make(chan os.Signal, 1)
		signal.Notify(interrupts, os.Interrupt)
		fmt.Println("begun")
		<-interrupts
		fmt.Println("cleaned")
		os.Exit(1)
	}
	// A parent that ends well, and leaves behind who minds no interrupt.
	plays["leaves"] = func() {
		heir := exec.Command(os.Args[0])
		heir.Env = append(os.Environ(), "GOTEST_PLAY=stays")
		out, err := heir.StdoutPipe()
		if err == nil {
			err = heir.Start()
		}
		if err == nil {
			_, err = bufio.NewReader(out).ReadString('\n')
		}
		if err != nil {
			fmt.Println(err)
		}
	}
	plays["stays"] = func() {
		signal.Ignore(os.Interrupt)
		if _, err := net.Dial("tcp", os.Getenv("GOTEST_AT")); err != nil {
			return
		}
		fmt.Println("here")
		forever()
	}
}

// What a child leaves behind when it ends is ended with it: its end of a
// connection closes.
func TestExecuteLeavesNobody(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	c := played(t, "leaves")
	c.Env = append(c.Env, "GOTEST_AT="+l.Addr().String())
	out := &onText{}
	c.Stdout = out
	require.NoError(t, Execute(t.Context(), c))
	require.Empty(t, out.String())
	conn, err := l.Accept()
	require.NoError(t, err)
	require.NoError(t, conn.SetReadDeadline(time.Now().Add(time.Minute)))
	_, err = conn.Read(make([]byte, 1))
	require.ErrorIs(t, err, io.EOF)
}
