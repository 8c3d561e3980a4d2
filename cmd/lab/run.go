package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"gmplab/internal/gotest"
	"gmplab/internal/labrun/client"
	"gmplab/internal/labrun/wire"
	"gmplab/internal/lang"
	"gmplab/internal/report"
)

const mostProcs = 256

func runFlags(set *flag.FlagSet) func(ctx context.Context, a *app, args []string) error {
	const example = "go tool lab run examples/pingpong.asm -procs 2"
	var p client.Program
	set.IntVar(&p.Procs, "procs", 0, "")
	trace := set.String("trace", "", "")
	mine := set.Bool("mine", false, "")
	asJSON := set.Bool("json", false, "")
	return func(ctx context.Context, a *app, args []string) error {
		if len(args) != 1 {
			return lang.Usagef("run: %d arguments, want the file of a program, for example: %s",
				"run: 인자가 %d개입니다. 프로그램 파일 하나가 필요합니다. 예: %s", len(args), example)
		}
		p.File = args[0]
		if filepath.Ext(p.File) != ".asm" {
			return lang.Usagef("run: %s is no .asm file, want a program for the machine, for example: %s",
				"run: %s: .asm 파일이 아닙니다. 이 기계의 프로그램이어야 합니다. 예: %s", p.File, example)
		}
		if info, err := os.Stat(p.File); err != nil || !info.Mode().IsRegular() {
			return lang.Usagef("run: there is no file %s, want a program for the machine, for example: %s",
				"run: %s 파일이 없습니다. 이 기계의 프로그램 파일이 필요합니다. 예: %s", p.File, example)
		}
		if given(set, "procs") && (p.Procs < 1 || p.Procs > mostProcs) {
			return lang.Usagef("run: -procs %d, want 1 to %d, for example: %s", "run: -procs %d: 1~%d이어야 합니다. 예: %s", p.Procs, mostProcs, example)
		}
		if given(set, "trace") {
			if err := report.TraceFile(*trace); err != nil {
				return err
			}
			p.Record = true
		}
		if *asJSON {
			return a.programJSON(ctx, p, *mine, *trace)
		}
		return a.program(ctx, p, *mine, *trace)
	}
}

// program runs a program on the scheduler that the labs make, and shows what
// came of it.
func (a *app) program(ctx context.Context, p client.Program, mine bool, trace string) error {
	codes, overlays, err := a.whose(ctx, mine)
	if err != nil {
		return err
	}
	report.Codes(a.stdout, codes)
	if mine {
		waits := time.AfterFunc(3*time.Second, func() {
			fmt.Fprintln(a.stderr, lang.Say("still running: of a thread that does not come back you are told after 10 s",
				"아직 실행 중입니다. 돌아오지 않는 스레드가 있으면 10초 뒤에 알려 드립니다"))
		})
		defer waits.Stop()
	}
	r, err := client.Run(ctx, a.suite(), codes, overlays, p, a.stdout)
	if err != nil {
		return err
	}
	if r.Stats.Threads > 0 {
		if err := report.Stats(a.stdout, a.width, r.Stats); err != nil {
			return err
		}
	}
	if r.Timeline != nil {
		err = report.Trace(a.stdout, trace, r.Timeline)
	}
	return errors.Join(endOf(ctx, r, codes), err)
}

// programJSON runs a program and writes what came of it as JSON; what the
// program prints is none, and goes to the standard error.
func (a *app) programJSON(ctx context.Context, p client.Program, mine bool, trace string) error {
	did := report.Run{Labs: []gotest.Code{}}
	codes, overlays, err := a.whose(ctx, mine)
	if err == nil {
		did.Labs = codes
		var r wire.Report
		r, err = client.Run(ctx, a.suite(), codes, overlays, p, a.stderr)
		if err == nil {
			if r.Stats.Threads > 0 {
				did.Stats = &r.Stats
			}
			if r.Timeline != nil {
				err = report.Trace(a.stderr, trace, r.Timeline)
			}
			err = errors.Join(endOf(ctx, r, codes), err)
		}
	}
	if err != nil {
		text := lang.TextOf(err)
		did.Error = &text
	}
	if err := report.JSON(a.stdout, did); err != nil {
		return err
	}
	if err != nil {
		return errors.Join(errSaid, err)
	}
	return nil
}

// endOf is the error that a run came to.
func endOf(ctx context.Context, r wire.Report, codes []gotest.Code) error {
	text := r.Error
	if r.LabsFault && client.Yours(codes) {
		text = lang.Pairf("%s\nNext: go tool lab test NN, for the labs that are named here", "%s\n다음: 여기 나온 실습을 go tool lab test NN으로 확인합니다", text)
	}
	switch {
	case r.Interrupted:
		return gotest.Interrupted("interrupted", "중단했습니다")
	case ctx.Err() != nil:
		return gotest.Interrupted("interrupted; %s", "중단했습니다. %s", text)
	case text != (lang.Text{}):
		return lang.Errorf("%s", "%s", text)
	}
	return nil
}
