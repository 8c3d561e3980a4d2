package main

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"gmplab/internal/claims"
	"gmplab/internal/lang"
)

// guesses are the reader's, by claim, kept in .lab/predict/NN.json.
type guesses map[string]float64

func (a *app) guesses(l lab) (guesses, error) {
	g := guesses{}
	err := a.load("predict/"+l.nn+".json", &g)
	return g, err
}

// predict takes the reader's guesses for a lab's headline claims.
func (a *app) predict(args []string) error {
	fs := flag.NewFlagSet("predict", 0)
	var sets []string
	fs.Func("set", "", func(s string) error { sets = append(sets, s); return nil })
	args, err := parse(fs, args, "go tool lab predict 03 -set C8=3")
	if err != nil {
		return err
	}
	l, err := a.oneLab(args, "predict")
	if err != nil {
		return err
	}
	rows := claims.Headlines(l.name)
	if len(rows) == 0 {
		return failure("%s has no claims to guess yet", "%s: 아직 예상해 볼 주장이 없습니다", l.name)
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
			return usage("-set %s: want one of %s and a number, for example: go tool lab predict %s -set %s=10",
				"-set %s: %s 중 하나와 숫자가 필요합니다. 예: go tool lab predict %s -set %s=10", set, ids(rows), l.nn, rows[0].ID)
		}
		kept[rows[i].ID] = v
	}
	if sets == nil {
		if err := a.ask(rows, kept, l); err != nil {
			return errors.Join(err, a.save("predict/"+l.nn+".json", kept)) // what was said before stays
		}
	}
	if err := a.save("predict/"+l.nn+".json", kept); err != nil {
		return err
	}
	for _, c := range rows {
		if g, ok := kept[c.ID]; ok {
			a.printf("%s: your guess is %s %s", "%s: 예상값 %s%s", c.ID, plain(g), unit(c.Unit))
		}
	}
	a.printf("Next: go tool lab measure %s", "다음: go tool lab measure %s", l.nn)
	return nil
}

// ask puts each question and reads a line for it. An empty line keeps what
// was guessed before; a terminal is asked again after a line that is no
// number.
func (a *app) ask(rows []claims.Claim, kept guesses, l lab) error {
	terminal := isTerminal(a.stdin)
	in := bufio.NewScanner(a.stdin)
	read := 0
	for _, c := range rows {
		words := c.English
		if lang.Korean() {
			words = "「" + c.Words + "」"
		}
		fmt.Fprintf(a.stdout, "%s %s\n    %s (%s) ", c.ID, words, c.Question, unit(c.Unit))
		for in.Scan() {
			read++
			text := strings.TrimSpace(in.Text())
			if text == "" {
				break
			}
			v, err := number(text)
			if err == nil {
				kept[c.ID] = v
				break
			}
			if !terminal {
				return usage("%s: %q is no number, want one guess per line, for example: go tool lab predict %s -set %[1]s=10",
					"%s: %q, 숫자가 아닙니다. 한 줄에 예상값을 하나씩 적습니다. 예: go tool lab predict %s -set %[1]s=10", c.ID, text, l.nn)
			}
			fmt.Fprint(a.stdout, lang.Say("    A number, please: ", "    숫자로 적습니다: "))
		}
		if !terminal {
			fmt.Fprintln(a.stdout)
		}
	}
	if err := in.Err(); err != nil {
		return fmt.Errorf("read your guesses: %w", err)
	}
	if read == 0 {
		return usage("no guess was read, want one per line or -set, for example: go tool lab predict %s -set %s=10",
			"예상값을 읽지 못했습니다. 한 줄에 하나씩, 또는 -set으로 적습니다. 예: go tool lab predict %s -set %s=10", l.nn, rows[0].ID)
	}
	return nil
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

// plain writes a guess as it was typed.
func plain(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

func ids(rows []claims.Claim) string {
	var out []string
	for _, c := range rows {
		out = append(out, c.ID)
	}
	return strings.Join(out, ", ")
}

// unit is a unit as it stands after a figure.
func unit(u string) string { return claims.UnitText(u).String() }
