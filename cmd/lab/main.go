// Command lab is the workbook's helper: it shows where a learner is, runs a
// lab's tests tidily, gives hints one level at a time, takes guesses, measures
// the article's claims on this machine, and runs programs on the scheduler that
// the labs make.
//
//	go tool lab              where you are, and what to do next
//	go tool lab help         the other commands
//
// It imports no lab: it runs `go test` and `go build` as children, so that a
// syntax error in a learner's file never breaks the tool.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"gmplab/internal/book"
	"gmplab/internal/gotest"
	"gmplab/internal/lang"
	"gmplab/internal/measure"
	"gmplab/internal/term"
)

func main() {
	// Ctrl-C may arrive twice: the terminal sends it to every process of the
	// group and `go tool` forwards it. The context takes both. A terminal that
	// is closed sends SIGHUP. Children are in groups of their own, so that each
	// of these signals has to be passed on.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT)
	// A pipe that nobody reads any more is an error of the write, after which
	// children are ended as always.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if text := message(err); text != "" {
		fmt.Fprintln(os.Stderr, "lab: "+text)
	}
	os.Exit(exitCode(err))
}

// errSaid is a failure of which all has been said.
var errSaid = errors.New("said")

func message(err error) string {
	if err == nil || errors.Is(err, errSaid) {
		return ""
	}
	return err.Error()
}

// exitCode is 0, 1 for what did not work, 2 for what the reader typed wrong,
// 130 for what was interrupted.
func exitCode(err error) int {
	switch {
	case err == nil:
		return 0
	case errors.Is(err, lang.ErrUsage):
		return 2
	case errors.Is(err, context.Canceled):
		return 130
	}
	return 1
}

// app is what the commands share.
type app struct {
	book           book.Book
	stdin          io.Reader
	stdout, stderr io.Writer
	width          int // of stdout, in columns
	run            gotest.Runner
	limit          time.Duration // for the rounds of a lab
}

func run(ctx context.Context, args []string, stdout, stderr *os.File) error {
	dir, err := os.Getwd()
	if err != nil {
		return fmt.Errorf("working directory: %w", err)
	}
	b, err := book.Find(dir)
	if err != nil {
		return err
	}
	out := &term.Checked{W: stdout}
	a := &app{book: b, stdin: os.Stdin, stdout: out, stderr: stderr, width: term.Width(stdout), run: gotest.Execute, limit: 30 * time.Second}
	defer context.AfterFunc(ctx, func() { fmt.Fprintln(stderr, lang.Say("stopping …", "멈추는 중 …")) })()
	b.Sweep(time.Now().Add(-time.Hour)) // longer than any command
	err = a.command(ctx, args)
	if ctx.Err() != nil && out.Err != nil {
		return gotest.Interrupted("interrupted", "중단했습니다") // with the terminal, which is closed
	}
	if errors.Is(out.Err, syscall.EPIPE) {
		return errSaid // to `head`, which has enough
	}
	if out.Err != nil {
		return lang.Errorf("can't write the output: %v", "출력을 쓸 수 없습니다: %v", out.Err)
	}
	return err
}

func (a *app) suite() gotest.Suite { return gotest.Suite{Book: a.book, Run: a.run} }

func (a *app) measurer(bar *term.Progress) measure.Measurer {
	return measure.Measurer{Suite: a.suite(), Limit: a.limit, Round: func(name string, round, of int) {
		bar.Show(name, round, of, fmt.Sprintf("%s %d/%d", lang.Say("round", "라운드"), round+1, of))
	}}
}

func (a *app) sayln(en, ko string, args ...any) { fmt.Fprintln(a.stdout, lang.Pairf(en, ko, args...)) }

// warn says what went wrong beside the work, which goes on.
func (a *app) warn(err error) {
	fmt.Fprintln(a.stderr, "lab: "+lang.Say("warning: ", "경고: ")+err.Error())
}

// command runs the command that args name.
func (a *app) command(ctx context.Context, args []string) error {
	if len(args) == 0 {
		return a.where(ctx)
	}
	switch args[0] {
	case "help", "-h", "-help", "--help":
		a.help()
		return nil
	}
	c, err := find(args[0])
	if err != nil {
		return err
	}
	fs := flag.NewFlagSet(c.name, flag.ContinueOnError)
	do := c.flags(fs)
	rest, err := parse(fs, args[1:], c.example())
	if errors.Is(err, flag.ErrHelp) {
		a.help()
		return nil
	}
	if err != nil {
		return err
	}
	return do(ctx, a, rest)
}
