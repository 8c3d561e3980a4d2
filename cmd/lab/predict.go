package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"gmplab/internal/book"
	"gmplab/internal/claims"
	"gmplab/internal/gotest"
	"gmplab/internal/lang"
	"gmplab/internal/report"
	"gmplab/internal/term"
)

func guessesIn(l book.Lab) string { return "predict/" + l.NN + ".json" }

func (a *app) guesses(l book.Lab) (report.Guesses, error) {
	g := report.Guesses{}
	err := a.book.Load(guessesIn(l), &g)
	return g, err
}

func predictFlags(fs *flag.FlagSet) func(ctx context.Context, a *app, args []string) error {
	var sets []string
	fs.Func("set", "", func(s string) error { sets = append(sets, s); return nil })
	return func(ctx context.Context, a *app, args []string) error { return a.predict(ctx, args, sets) }
}

// predict takes the reader's guesses for a lab's headline claims.
func (a *app) predict(ctx context.Context, args, sets []string) error {
	l, err := a.oneLab(args, "predict")
	if err != nil {
		return err
	}
	rows := claims.Headlines(l.Name)
	if len(rows) == 0 {
		return lang.Errorf("%s has no claims to guess yet", "%s: 아직 예상해 볼 주장이 없습니다", l.Name)
	}
	kept, err := a.guesses(l)
	if err != nil {
		return err
	}
	for _, set := range sets {
		id, text, _ := strings.Cut(set, "=")
		i := slices.IndexFunc(rows, func(c claims.Claim) bool { return strings.EqualFold(c.ID, strings.TrimSpace(id)) })
		v, err := number(text)
		if i < 0 || err != nil {
			return lang.Usagef("-set %s: want one of %s and a number, for example: go tool lab predict %s -set %s=10",
				"-set %s: %s 중 하나와 숫자가 필요합니다. 예: go tool lab predict %s -set %s=10", set, ids(rows), l.NN, rows[0].ID)
		}
		kept[rows[i].ID] = v
	}
	if sets == nil {
		if err := a.ask(ctx, rows, kept, l); err != nil {
			return errors.Join(err, a.book.Save(guessesIn(l), kept)) // what was said before stays
		}
	}
	if err := a.book.Save(guessesIn(l), kept); err != nil {
		return err
	}
	for _, c := range rows {
		if g, ok := kept[c.ID]; ok {
			a.sayln("%s: your guess is %s %s", "%s: 예상값 %s%s", c.ID, report.Plain(g), claims.UnitText(c.Unit))
		}
	}
	a.sayln("Next: go tool lab measure %s", "다음: go tool lab measure %s", l.NN)
	return nil
}

// ask puts each question and reads a line for it. An empty line keeps what
// was guessed before; a terminal is asked again after a line that is no
// number.
func (a *app) ask(ctx context.Context, rows []claims.Claim, kept report.Guesses, l book.Lab) error {
	terminal := term.Is(a.stdin)
	in := a.lines()
	read := 0
	for _, c := range rows {
		words := c.English
		if lang.Korean() {
			words = "「" + c.Words + "」"
		}
		fmt.Fprintf(a.stdout, "%s %s\n    %s (%s) ", c.ID, words, c.Question, report.Unit(c.Unit))
		for {
			var text string
			var more bool
			select {
			case <-ctx.Done():
				return gotest.Interrupted("interrupted; the guesses so far are kept", "중단했습니다. 지금까지 적은 예상값은 남겨 두었습니다")
			case text, more = <-in:
			}
			if !more {
				break
			}
			read++
			if text == "" {
				break
			}
			v, err := number(text)
			if err == nil {
				kept[c.ID] = v
				break
			}
			if !terminal {
				return lang.Usagef("%s: %q is no number, want one guess per line, for example: go tool lab predict %s -set %[1]s=10",
					"%s: %q, 숫자가 아닙니다. 한 줄에 예상값을 하나씩 적습니다. 예: go tool lab predict %s -set %[1]s=10", c.ID, text, l.NN)
			}
			fmt.Fprint(a.stdout, lang.Say("    A number, please: ", "    숫자로 적습니다: "))
		}
		if !terminal {
			fmt.Fprintln(a.stdout)
		}
	}
	if read == 0 {
		return lang.Usagef("no guess was read, want one per line or -set, for example: go tool lab predict %s -set %s=10",
			"예상값을 읽지 못했습니다. 한 줄에 하나씩, 또는 -set으로 적습니다. 예: go tool lab predict %s -set %s=10", l.NN, rows[0].ID)
	}
	return nil
}

// lines reads the standard input by lines, without a hold on whoever waits for
// one: Ctrl-C comes meanwhile.
func (a *app) lines() <-chan string {
	in := make(chan string)
	go func() {
		defer close(in)
		for scanner := bufio.NewScanner(a.stdin); scanner.Scan(); {
			in <- strings.TrimSpace(scanner.Text())
		}
	}()
	return in
}

// number reads "20", "20%" or "1,000": what is guessed is never negative.
func number(text string) (float64, error) {
	text = strings.ReplaceAll(strings.TrimSuffix(strings.TrimSpace(text), "%"), ",", "")
	v, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	if err == nil && (math.IsNaN(v) || math.IsInf(v, 0) || v < 0) {
		return 0, errors.New("not finite, or negative")
	}
	return v, err
}

func ids(rows []claims.Claim) string {
	var out []string
	for _, c := range rows {
		out = append(out, c.ID)
	}
	return strings.Join(out, ", ")
}
