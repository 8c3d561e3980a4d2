package main

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"gmplab/internal/claims"
	"gmplab/internal/lang"
)

// show prints the verdicts, the guesses and the figures of a lab.
func (a *app) show(m *measurement, machine claims.Machine) error {
	width := widthOf(a.stdout)
	fmt.Fprintf(a.stdout, "%s  %s\n\n", m.lab.name, m.lab.title())
	if m.reference != "" {
		fmt.Fprintln(a.stdout, m.referenceNotice()+"\n")
	}
	verdicts := table{gaps: true, head: []string{"",
		lang.Say("article says", "글의 주장"), lang.Say("we read it as", "우리의 해석"), lang.Say("measured here", "여기서 측정한 결과")}}
	for _, r := range m.verdicts {
		words := "「" + r.Claim.Words + "」"
		if !lang.Korean() {
			words = r.Claim.English + "\n" + words
		}
		verdicts.rows = append(verdicts.rows, []string{
			r.ID, words, fmt.Sprintf("%s: %s", r.Reading.Text(), r.Claim.Why), measuredCell(r),
		})
	}
	if err := verdicts.write(a.stdout, width); err != nil {
		return err
	}
	fmt.Fprintln(a.stdout)
	about := about(m, machine)
	a.lines(about, width)
	if err := a.showGuesses(m); err != nil {
		return err
	}
	if figures := figures(m); len(figures.rows) > 0 {
		fmt.Fprintln(a.stdout)
		if err := figures.write(a.stdout, width); err != nil {
			return err
		}
		fmt.Fprintln(a.stdout)
		a.lines(about, width)
	}
	for _, name := range slices.Sorted(maps.Keys(m.samples.Failures)) {
		f := m.samples.Failures[name]
		a.lines(fmt.Sprintf(lang.Say("%s failed in %d of %d rounds, which have no figure of it: %s",
			"%s: %[3]d라운드 중 %[2]d라운드에서 실패하여 그 라운드의 값이 없습니다: %[4]s"), name, f.N, len(m.samples.Rounds), f.Why), width)
	}
	if m.cut != "" {
		a.lines(m.cut, width)
	}
	if m.raw != "" {
		a.printf("Raw lines: %s (benchstat -col /kind reads them)", "원자료: %s (benchstat -col /kind로 읽을 수 있습니다)", m.raw)
	}
	return nil
}

// referenceNotice says that the learner's own code was not measured.
func (m *measurement) referenceNotice() string {
	return lang.Say("Your file does not compile, so the reference solution was measured in its place:\n  ",
		"작성한 파일이 컴파일되지 않아 모범 답안을 대신 측정했습니다:\n  ") + m.reference
}

func (a *app) lines(text string, width int) {
	for _, line := range wrap(text, width) {
		fmt.Fprintln(a.stdout, line)
	}
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
	if r.Note != "" {
		b.WriteString("\n" + r.Note)
	}
	return b.String()
}

// interval is a figure with its unit and, where it has a width, its interval.
func interval(i claims.Interval, u string) string {
	s := claims.Number(i.Value).String()
	if u == "registers" { // a count
		s = plain(i.Value)
	}
	if u := unit(u); u == "%" || lang.Korean() && u != "" {
		s += u
	} else if u != "" {
		s += " " + u
	}
	if !math.IsInf(i.Lo, 0) && i.Lo != i.Hi {
		s += fmt.Sprintf(" [%s, %s]", claims.Number(i.Lo), claims.Number(i.Hi))
	}
	return s
}

// about goes with every table: the machine, and how it was measured.
func about(m *measurement, machine claims.Machine) string {
	parts := []string{machine.Go + " " + machine.OS + "/" + machine.Arch}
	if machine.CPU != "" {
		parts = append(parts, machine.CPU)
	}
	parts = append(parts, fmt.Sprintf("%d CPU", machine.NumCPU))
	if machine.GOMAXPROCS > 0 {
		parts = append(parts, fmt.Sprintf("GOMAXPROCS %d", machine.GOMAXPROCS))
	}
	if machine.Kernel != "" {
		parts = append(parts, lang.Say("kernel ", "커널 ")+machine.Kernel)
	}
	text := strings.Join(parts, " · ")
	if n := len(m.samples.Rounds); n > 0 {
		noise := lang.Say("not measured", "측정 안 됨")
		if !math.IsNaN(float64(machine.Noise)) {
			noise = "±" + (100 * machine.Noise).String() + " %"
		}
		text += fmt.Sprintf(lang.Say("\nn=%d rounds · A/A noise %s · median [95 %% interval]", "\nn=%d라운드 · A/A 잡음 %s · 중앙값 [95 %% 구간]"), n, noise)
	}
	return text
}

// showGuesses puts the reader's guesses beside the results.
func (a *app) showGuesses(m *measurement) error {
	kept, err := a.guesses(m.lab)
	if err != nil {
		return err
	}
	for _, r := range m.verdicts {
		guess, ok := kept[r.ID]
		if !ok || math.IsNaN(float64(r.Value)) {
			continue
		}
		u := unit(r.Unit)
		a.printf("Your guess for %s: %s %s; measured: %s %s.", "%s 예상: %s%s, 측정: %s%s.",
			r.ID, plain(guess), u, r.Value, u)
	}
	if m.whole && len(kept) == 0 && len(claims.Headlines(m.lab.name)) > 0 {
		a.printf("No guess was kept: go tool lab predict %s asks for yours.", "적어 둔 예상이 없습니다. go tool lab predict %s 명령으로 적을 수 있습니다.", m.lab.nn)
	}
	return nil
}

// figures is the table of what the harness reported: the learner's figures
// beside Go's and the operating system's.
func figures(m *measurement) table {
	listed := claims.Benches(m.lab.name)
	for _, r := range m.samples.Rounds { // and times that no list names
		for _, s := range slices.SortedFunc(maps.Keys(r), func(a, b claims.Sample) int { return cmp.Compare(a.Bench, b.Bench) }) {
			timed := strings.HasPrefix(s.Unit, "ns/") && s.Unit != "ns/op"
			if timed && !slices.ContainsFunc(listed, func(b claims.Bench) bool { return b.Name == s.Bench }) {
				name := strings.TrimPrefix(s.Bench, "Benchmark")
				listed = append(listed, claims.Bench{Name: s.Bench, Unit: s.Unit, Label: lang.Text{EN: name, KO: name}})
			}
		}
	}
	head := lang.Say("median", "중앙값")
	oneUnit := !slices.ContainsFunc(listed, func(b claims.Bench) bool { return b.Unit != listed[0].Unit })
	if oneUnit && len(listed) > 0 {
		head = unit(listed[0].Unit)
	}
	var skipped []string
	t := table{head: []string{"", head, lang.Say("95 % interval", "95 % 구간"), "n", ""}}
	for _, b := range listed {
		label := b.Label.String()
		if b.Yours {
			whose := lang.Say("yours: ", "여러분: ")
			if m.reference != "" {
				whose = lang.Say("reference: ", "모범 답안: ")
			}
			label = whose + label
		}
		i := m.samples.Summary(claims.Sample{Bench: b.Name, Unit: b.Unit})
		if i.N == 0 {
			if why := m.samples.Skipped(b.Name); why != "" && !slices.Contains(skipped, b.Name) {
				skipped = append(skipped, b.Name)
				t.rows = append(t.rows, []string{label, "–", "", "", why})
			}
			continue
		}
		between := "–"
		if !math.IsInf(i.Lo, 0) {
			between = fmt.Sprintf("[%s, %s]", claims.Number(i.Lo), claims.Number(i.Hi))
		}
		value := claims.Number(i.Value).String()
		if !oneUnit {
			value += " " + unit(b.Unit)
		}
		t.rows = append(t.rows, []string{label, value, between, fmt.Sprint(i.N), ""})
	}
	if !slices.ContainsFunc(t.rows, func(row []string) bool { return row[4] != "" }) {
		t.head = t.head[:4] // nothing was skipped
		for i := range t.rows {
			t.rows[i] = t.rows[i][:4]
		}
	}
	return t
}
