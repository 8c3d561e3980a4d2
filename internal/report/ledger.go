package report

import (
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strings"

	"gmplab/internal/claims"
	"gmplab/internal/lang"
	"gmplab/internal/measure"
	"gmplab/internal/term"
)

// Ledger is what measure -json writes.
type Ledger struct {
	Host    claims.Host      `json:"host"` // of several labs the noisiest
	Claims  []claims.Row     `json:"claims"`
	Figures []measure.Figure `json:"figures"`
}

// Guesses are the reader's, by the claim's ID.
type Guesses map[string]float64

// Lab writes the verdicts, the guesses and the figures of a lab.
func Lab(w io.Writer, width int, r *measure.Result, guesses Guesses) error {
	fmt.Fprintf(w, "%s  %s\n\n", r.Lab.Name, r.Lab.Title())
	if r.Reference != "" {
		fmt.Fprintf(w, "%s\n\n", Reference(r))
	}
	verdicts := term.Table{Gaps: true, Head: []string{"",
		lang.Say("article says", "글의 주장"), lang.Say("we read it as", "우리의 해석"), lang.Say("measured here", "여기서 측정한 결과")}}
	for _, row := range r.Rows {
		words := "「" + row.Claim.Words + "」"
		if !lang.Korean() {
			words = row.Claim.English + "\n" + words
		}
		verdicts.Rows = append(verdicts.Rows, []string{
			row.ID, words, fmt.Sprintf("%s: %s", row.Reading.Text(), row.Claim.Why), measuredCell(row),
		})
	}
	if err := verdicts.Write(w, width); err != nil {
		return err
	}
	fmt.Fprintln(w)
	about := about(r.Host, len(r.Samples.Rounds))
	wrapped(w, about, width)
	compareGuesses(w, r, guesses)
	if table := figureTable(r); len(table.Rows) > 0 {
		fmt.Fprintln(w)
		if err := table.Write(w, width); err != nil {
			return err
		}
		fmt.Fprintln(w)
		wrapped(w, about, width)
	}
	for _, name := range slices.Sorted(maps.Keys(r.Samples.Failures)) {
		f := r.Samples.Failures[name]
		wrapped(w, lang.Pairf("%s failed in %d of %d rounds, which have no figure of it: %s",
			"%s: %[3]d라운드 중 %[2]d라운드에서 실패하여 그 라운드의 값이 없습니다: %[4]s", name, f.N, len(r.Samples.Rounds), f.Why).String(), width)
	}
	rawLines(w, width, r.Cut, r.Raw)
	return nil
}

// rawLines ends a report: why there are few rounds, and where their lines are.
func rawLines(w io.Writer, width int, cut lang.Text, raw string) {
	if cut != (lang.Text{}) {
		wrapped(w, cut.String(), width)
	}
	if raw != "" {
		wrapped(w, lang.Pairf("Raw lines: %s (benchstat -col /kind reads them)", "원자료: %s (benchstat -col /kind로 읽을 수 있습니다)", raw).String(), width)
	}
}

// Reference says that the learner's own code was not measured.
func Reference(r *measure.Result) string {
	return lang.Say("Your file does not compile, so the reference solution was measured in its place:\n  ",
		"작성한 파일이 컴파일되지 않아 모범 답안을 대신 측정했습니다:\n  ") + r.Reference
}

// measuredCell begins with the proposition, so that the verdict is never read
// as one on the article's sentence.
func measuredCell(r claims.Row) string {
	var b strings.Builder
	if p := r.Claim.Proposition.String(); p != "" {
		b.WriteString(p + ":\n")
	}
	b.WriteString(r.Measured.Text().String())
	if !math.IsNaN(float64(r.Value)) {
		fmt.Fprintf(&b, ", %s", interval(claims.Interval{Value: float64(r.Value), Lo: float64(r.Lo), Hi: float64(r.Hi), N: r.N}, r.Unit))
		if r.Claim.Count == nil {
			fmt.Fprintf(&b, ", n=%d", r.N)
		}
		fmt.Fprintf(&b, lang.Say(", threshold %s", ", 기준 %s"), r.Threshold)
	}
	if note := r.Note().String(); note != "" {
		b.WriteString("\n" + note)
	}
	return b.String()
}

// interval is a figure with its unit and, where it has a width, its interval.
func interval(i claims.Interval, u string) string {
	s := claims.Number(i.Value).String()
	if u == "registers" { // a count
		s = Plain(i.Value)
	}
	if u := Unit(u); u == "%" || lang.Korean() && u != "" {
		s += u
	} else if u != "" {
		s += " " + u
	}
	if !math.IsInf(i.Lo, 0) && i.Lo != i.Hi {
		s += fmt.Sprintf(" [%s, %s]", claims.Number(i.Lo), claims.Number(i.Hi))
	}
	return s
}

// about goes with every table: the computer, and how it was measured.
func about(h claims.Host, rounds int) string {
	parts := []string{h.Go + " " + h.OS + "/" + h.Arch}
	if h.CPU != "" {
		parts = append(parts, h.CPU)
	}
	parts = append(parts, fmt.Sprintf("%d CPU", h.NumCPU))
	if h.GOMAXPROCS > 0 {
		parts = append(parts, fmt.Sprintf("GOMAXPROCS %d", h.GOMAXPROCS))
	}
	if h.Kernel != "" {
		parts = append(parts, lang.Say("kernel ", "커널 ")+h.Kernel)
	}
	text := strings.Join(parts, " · ")
	if rounds > 0 {
		noise := lang.Pair("not measured", "측정 안 됨")
		if !math.IsNaN(float64(h.Noise)) {
			noise = lang.Pairf("±%s %%", "±%s %%", 100*h.Noise)
		}
		text += lang.Pairf("\nn=%d rounds · A/A noise %s · median [95 %% interval]", "\nn=%d라운드 · A/A 잡음 %s · 중앙값 [95 %% 구간]", rounds, noise).String()
	}
	return text
}

// compareGuesses puts the reader's guesses beside the results.
func compareGuesses(w io.Writer, r *measure.Result, guesses Guesses) {
	for _, row := range r.Rows {
		guess, ok := guesses[row.ID]
		if !ok || math.IsNaN(float64(row.Value)) {
			continue
		}
		u := Unit(row.Unit)
		sayln(w, "Your guess for %s: %s %s; measured: %s %s.", "%s 예상: %s%s, 측정: %s%s.",
			row.ID, Plain(guess), u, row.Value, u)
	}
	if r.Whole && len(guesses) == 0 && len(claims.Headlines(r.Lab.Name)) > 0 {
		sayln(w, "No guess was kept: go tool lab predict %s asks for yours.", "적어 둔 예상이 없습니다. go tool lab predict %s 명령으로 적을 수 있습니다.", r.Lab.NN)
	}
}

// figureTable is the table of what the harness reported: the learner's figures
// beside Go's and the operating system's.
func figureTable(r *measure.Result) term.Table {
	head := lang.Say("median", "중앙값")
	oneUnit := !slices.ContainsFunc(r.Figures, func(f measure.Figure) bool { return f.Unit != r.Figures[0].Unit })
	if oneUnit && len(r.Figures) > 0 {
		head = Unit(r.Figures[0].Unit)
	}
	t := term.Table{Head: []string{"", head, lang.Say("95 % interval", "95 % 구간"), "n", ""}}
	for _, f := range r.Figures {
		label := f.Label
		if f.Yours && r.Reference != "" {
			label = lang.Pairf("reference: %s", "모범 답안: %s", label)
		} else if f.Yours {
			label = lang.Pairf("yours: %s", "여러분: %s", label)
		}
		if f.N == 0 {
			t.Rows = append(t.Rows, []string{label.String(), "–", "", "", f.Skipped})
			continue
		}
		between := "–"
		if !math.IsInf(float64(f.Lo), 0) {
			between = fmt.Sprintf("[%s, %s]", f.Lo, f.Hi)
		}
		value := f.Value.String()
		if !oneUnit {
			value += " " + Unit(f.Unit)
		}
		t.Rows = append(t.Rows, []string{label.String(), value, between, fmt.Sprint(f.N), ""})
	}
	if !slices.ContainsFunc(t.Rows, func(row []string) bool { return row[4] != "" }) {
		t.Head = t.Head[:4] // nothing was skipped
		for i := range t.Rows {
			t.Rows[i] = t.Rows[i][:4]
		}
	}
	return t
}
