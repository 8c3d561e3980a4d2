package main

import (
	"context"
	"flag"
	"fmt"
	"slices"

	"gmplab/internal/book"
	"gmplab/internal/claims"
	"gmplab/internal/gotest"
	"gmplab/internal/lang"
	"gmplab/internal/measure"
	"gmplab/internal/report"
	"gmplab/internal/term"
)

func measureFlags(fs *flag.FlagSet) func(ctx context.Context, a *app, args []string) error {
	var opt measure.Options
	fs.IntVar(&opt.Rounds, "rounds", measure.DefaultRounds, "")
	fs.BoolVar(&opt.Full, "full", false, "")
	asJSON := fs.Bool("json", false, "")
	return func(ctx context.Context, a *app, args []string) error {
		opt.Bounded = !opt.Full && !given(fs, "rounds")
		if opt.Rounds < 1 {
			return lang.Usagef("-rounds %d, want 1 or more (6 for a verdict), for example: go tool lab measure 03 -rounds 20",
				"-rounds %d: 1 이상이어야 합니다(판정하려면 6 이상). 예: go tool lab measure 03 -rounds 20", opt.Rounds)
		}
		if !slices.Contains(args, "tiny") {
			return a.measure(ctx, args, opt, *asJSON)
		}
		if len(args) > 1 {
			return lang.Usagef("measure tiny stands alone, for example: go tool lab measure tiny", "tiny는 따로 측정합니다. 예: go tool lab measure tiny")
		}
		return a.measureTiny(ctx, opt, *asJSON)
	}
}

// measure judges claims on this machine.
func (a *app) measure(ctx context.Context, args []string, opt measure.Options, asJSON bool) error {
	plans, err := measure.Plans(a.book, args)
	if err != nil {
		return err
	}
	guesses := make([]report.Guesses, len(plans)) // before the rounds: a file that can't be read costs none
	for i, p := range plans {
		if guesses[i], err = a.guesses(p.Lab); err != nil {
			return err
		}
	}
	ledger := report.Ledger{Claims: []claims.Row{}, Figures: []measure.Figure{}}
	var stopped error
	for i, p := range plans {
		r, err := a.measureLab(ctx, p, opt)
		if err != nil {
			return err
		}
		if i == 0 || r.Host.Noise > ledger.Host.Noise {
			ledger.Host = r.Host
		}
		ledger.Claims = append(ledger.Claims, r.Rows...)
		ledger.Figures = append(ledger.Figures, r.Figures...)
		if asJSON {
			if r.Reference != "" {
				fmt.Fprintln(a.stderr, report.Reference(r))
			}
		} else if err := report.Lab(a.stdout, a.width, r, guesses[i]); err != nil {
			return err
		}
		if r.Unkept != nil {
			a.warn(r.Unkept)
		}
		if stopped = r.Err; stopped != nil {
			break
		}
	}
	if asJSON {
		if err := report.JSON(a.stdout, ledger); err != nil {
			return err
		}
	}
	return stopped
}

// measureLab measures a lab behind a bar.
func (a *app) measureLab(ctx context.Context, p measure.Plan, opt measure.Options) (*measure.Result, error) {
	bar := term.NewProgress(a.stderr)
	defer bar.Clear()
	return a.measurer(bar).Lab(ctx, p, opt)
}

// measureTiny sets the scheduler that the labs make beside Go's own.
func (a *app) measureTiny(ctx context.Context, opt measure.Options, asJSON bool) error {
	codes, overlays, err := a.whose(ctx, false)
	if err != nil {
		return err
	}
	if !asJSON {
		report.Codes(a.stdout, codes)
	}
	r, err := a.tinyRounds(ctx, opt, codes, overlays)
	if err != nil {
		return err
	}
	if asJSON {
		err = report.JSON(a.stdout, r)
	} else {
		err = report.Tiny(a.stdout, a.width, r)
	}
	if err != nil {
		return err
	}
	if r.Unkept != nil {
		a.warn(r.Unkept)
	}
	return r.Err
}

func (a *app) tinyRounds(ctx context.Context, opt measure.Options, codes []gotest.Code, overlays book.Overlays) (*measure.TinyResult, error) {
	bar := term.NewProgress(a.stderr)
	defer bar.Clear()
	return a.measurer(bar).Tiny(ctx, opt, codes, overlays)
}

// whose finds out whose code of each lab runs.
func (a *app) whose(ctx context.Context, mine bool) ([]gotest.Code, book.Overlays, error) {
	return a.suite().Whose(ctx, mine, func(open []book.Lab) {
		fmt.Fprintln(a.stderr, lang.Pairf("Trying the tests of lab %s. What they say is kept until a file changes.",
			"실습 %s의 테스트를 실행합니다. 결과는 파일이 바뀔 때까지 남겨 둡니다.", book.Numbers(open)))
	}, a.warn)
}
