// Command labrun runs one program of the machine on the scheduler that the six
// labs make. It is the child of `go tool lab run`, which builds it with an
// overlay that puts references in the place of labs that are not solved:
//
//	labrun -result FILE [-procs N] [-record] [-patience 10s] program.asm
//
// What the program prints goes to the standard output, what came of it as a
// wire.Report to the result's file. The end of the standard input stops the
// program: so its parent stops it, on every platform, also by dying.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"

	"gmplab/internal/labrun/wire"
	"gmplab/internal/lang"
	"gmplab/internal/machine"
	"gmplab/internal/tiny"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "labrun: "+err.Error())
		os.Exit(1)
	}
}

func run() error {
	result := flag.String("result", "", "file for the report")
	procs := flag.Int("procs", 0, "Ps; 0: as many as Go would use")
	patience := flag.Duration("patience", 0, "how long a thread may stay where it should not; 0: as tiny has it")
	record := flag.Bool("record", false, "put a timeline into the report")
	flag.Parse()
	if *result == "" || flag.NArg() != 1 {
		return errors.New("want labrun -result FILE program.asm; it is the child of: go tool lab run program.asm")
	}
	fmt.Fprintln(os.Stderr) // it has begun: no init of a lab keeps it
	// A Ctrl-C reaches parent and child, each for itself, and perhaps twice.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		cancel()
	}()

	text, err := json.Marshal(program(ctx, flag.Arg(0), tiny.Options{Procs: *procs, Patience: *patience}, *record))
	if err != nil {
		return fmt.Errorf("report: %w", err)
	}
	if err := os.WriteFile(*result, text, 0o644); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	return nil
}

// program runs the program in file.
func program(ctx context.Context, file string, o tiny.Options, record bool) (r wire.Report) {
	source, err := os.ReadFile(file)
	if err != nil {
		r.Error = lang.TextOf(err)
		return r
	}
	world := &tiny.World{Out: os.Stdout}
	program, err := machine.Assemble(filepath.ToSlash(file), string(source), world.Hosts())
	if err != nil {
		r.Error = lang.TextOf(err)
		return r
	}
	// Poison: a program that keeps a value in a register across a trap shows it.
	o.World, o.Poison = world, true
	if record {
		o.Trace = &tiny.Trace{}
	}
	stats, err := tiny.Run(ctx, program, o)
	r.Stats = statsOf(stats)
	if err != nil {
		r.Error = lang.TextOf(err)
		r.Interrupted = errors.Is(err, context.Canceled)
		r.LabsFault = errors.Is(err, tiny.ErrLost) || errors.Is(err, tiny.ErrPanic) || errors.Is(err, tiny.ErrStuck)
	}
	// A thread that hangs may still record: there is no timeline of that run.
	if record && !errors.Is(err, tiny.ErrStuck) {
		r.Timeline = o.Trace.Timeline()
	}
	return r
}

func statsOf(s tiny.Stats) wire.Stats {
	r := wire.Stats{All: wire.P(s.Sum()), Threads: s.Threads, TookNS: s.Took.Nanoseconds()}
	for _, p := range s.Ps {
		r.Ps = append(r.Ps, wire.P(p))
	}
	return r
}
