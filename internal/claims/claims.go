// Package claims is the ledger: what the article says, how we read it, the
// proposition that can be measured, and what follows from a measurement.
//
// The ledger is data. A lab's rows join it by being added to a table such as
// lab03; the tables in the READMEs and the verdicts of `go tool lab measure`
// are made from it. The package starts no process: it is handed benchmark
// output, the text of `go tool objdump` and the runtime's source tree.
package claims

import (
	"fmt"
	"slices"
	"strings"

	"gmplab/internal/lang"
)

// Reading is our judgement of the article's sentence. It is never measured.
type Reading string

// The readings. AsksOnly is for a sentence that asks and claims nothing.
const (
	Right       Reading = "right"
	PartlyRight Reading = "partly right"
	Outdated    Reading = "outdated"
	Misleading  Reading = "misleading"
	Wrong       Reading = "wrong"
	AsksOnly    Reading = "question"
)

// Text returns the reading in both languages.
func (r Reading) Text() lang.Text {
	ko := map[Reading]string{
		Right: "옳음", PartlyRight: "일부만 옳음", Outdated: "지난 이야기",
		Misleading: "오해의 소지", Wrong: "틀림", AsksOnly: "질문",
	}
	return lang.Pair(string(r), ko[r])
}

// Claim is one row of the ledger. Exactly one of Figures, Count and Sources
// says how its proposition is judged.
type Claim struct {
	ID  string // "C5.1"
	Lab string // its directory under labs/

	Words   string // the article's words, typos and all
	English string // their translation
	Reading Reading
	Why     lang.Text // the reading in a sentence

	Proposition lang.Text // what is measured; empty for a row settled by reading
	Threshold   Threshold
	Unit        string
	Question    lang.Text // asked by `go tool lab predict`; empty but for headline claims

	// Figures are measured by benchmarks. All of them must meet the
	// threshold; the one nearest to failing is the row's value.
	Figures []Figure
	// Count reads the figure off the runtime's machine code; ok says whether
	// the proposition holds, note what was counted.
	Count func(Stores) (value int, ok bool, note string)
	// Sources are the places in Go's runtime that settle the row by reading.
	Sources []Source
}

// Threshold is what a figure is held against: "=", "<", ">" or ">=" a bound.
type Threshold struct {
	Op    string
	Bound float64
}

// String returns for example ">= 4", and "" for a row without a threshold.
func (t Threshold) String() string {
	if t.Op == "" {
		return ""
	}
	return fmt.Sprintf("%s %v", t.Op, t.Bound)
}

// met reports whether v alone meets the threshold.
func (t Threshold) met(v float64) bool {
	switch t.Op {
	case "<":
		return v < t.Bound
	case ">":
		return v > t.Bound
	case ">=":
		return v >= t.Bound
	case "=":
		return v == t.Bound
	}
	return false
}

// Sample names one kind of figure that a benchmark reports.
type Sample struct{ Bench, Unit string }

// Figure is a number formed anew in each round from that round's samples.
type Figure struct {
	Label string // "sched_yield ÷ gosched"
	Of    []Sample
	// Form gets the samples' values in the order of Of. NaN means that this
	// round has no such figure: a difference to divide by was not positive.
	Form func(v []float64) float64
}

// Bench is a figure of a lab's harness with the name that tables show for it.
type Bench struct {
	Name  string // of the benchmark
	Unit  string // which of its figures
	Label lang.Text
	Yours bool // it times the learner's own code
}

var ledger = slices.Concat(lab01, lab02, lab03, lab04, lab05, lab06)

var benches = map[string][]Bench{lab01Name: lab01Benches, lab02Name: lab02Benches, lab03Name: lab03Benches, lab04Name: lab04Benches, lab05Name: lab05Benches, lab06Name: lab06Benches}

// All returns every row of the ledger in the article's order.
func All() []Claim { return slices.Clone(ledger) }

// Lab returns the rows of a lab, named by its directory.
func Lab(lab string) []Claim {
	return slices.DeleteFunc(All(), func(c Claim) bool { return c.Lab != lab })
}

// Find returns the rows whose ID is id, or that are parts of it: "c5" finds
// C5.1 and C5.2.
func Find(id string) []Claim {
	return slices.DeleteFunc(All(), func(c Claim) bool {
		whole, _, _ := strings.Cut(c.ID, ".")
		return !strings.EqualFold(c.ID, id) && !strings.EqualFold(whole, id)
	})
}

// Headlines returns the rows of a lab for which the reader is asked to guess.
func Headlines(lab string) []Claim {
	return slices.DeleteFunc(Lab(lab), func(c Claim) bool { return c.Question == lang.Text{} })
}

// Benches returns a lab's benchmarks in the order in which tables show them.
func Benches(lab string) []Bench { return slices.Clone(benches[lab]) }

// Needs returns the names of the benchmarks that the rows are judged by, the
// A/A pair included where one of them is a timing.
func Needs(rows []Claim) []string {
	var names []string
	add := func(name string) {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	for _, c := range rows {
		for _, f := range c.Figures {
			if f.timed() {
				add(noiseA)
				add(noiseB)
			}
			for _, s := range f.Of {
				add(s.Bench)
			}
		}
	}
	return names
}

// timed reports whether the figure is made of durations; a count has no
// timing noise.
func (f Figure) timed() bool {
	return slices.ContainsFunc(f.Of, func(s Sample) bool { return strings.HasPrefix(s.Unit, "ns/") })
}
