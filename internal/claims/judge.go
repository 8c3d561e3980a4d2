package claims

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"math"
	"slices"
	"strconv"
	"strings"

	"gmplab/internal/lang"
)

// Verdict is what the measurement says of a proposition.
type Verdict string

// The verdicts.
const (
	Holds         Verdict = "holds"
	Fails         Verdict = "fails"
	Inconclusive  Verdict = "inconclusive"
	NotMeasurable Verdict = "not measurable here"
	ByReading     Verdict = "by reading"
)

// Text returns the verdict in both languages.
func (v Verdict) Text() lang.Text {
	ko := map[Verdict]string{
		Holds: "성립", Fails: "불성립", Inconclusive: "판정 보류",
		NotMeasurable: "여기서는 측정 불가", ByReading: "소스로 확인",
	}
	return lang.Pair(string(v), ko[v])
}

// Number is a float64 that is null in JSON where it is no finite number.
type Number float64

// MarshalJSON implements json.Marshaler.
func (n Number) MarshalJSON() ([]byte, error) {
	if f := float64(n); !math.IsNaN(f) && !math.IsInf(f, 0) {
		return json.Marshal(f)
	}
	return []byte("null"), nil
}

// String returns the number with three significant digits, more before the
// decimal point if there are, and "–" for what is no finite number.
func (n Number) String() string {
	v := float64(n)
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return "–"
	}
	if v == 0 {
		return "0"
	}
	// Rounded first: 9.999 is 10.0 and not 10.00.
	v, _ = strconv.ParseFloat(strconv.FormatFloat(v, 'e', 2, 64), 64)
	if math.Abs(v) >= 100 {
		return commas(strconv.FormatFloat(float64(n), 'f', 0, 64))
	}
	return strconv.FormatFloat(v, 'f', 2-int(math.Floor(math.Log10(math.Abs(v)))), 64)
}

func commas(s string) string {
	sign := ""
	if strings.HasPrefix(s, "-") {
		sign, s = "-", s[1:]
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return sign + s
}

// Row is a claim with what was measured for it.
type Row struct {
	ID        string  `json:"id"`
	Lab       string  `json:"lab"`
	Reading   Reading `json:"reading"`
	Measured  Verdict `json:"measured"`
	Value     Number  `json:"value"`
	Lo        Number  `json:"lo"`
	Hi        Number  `json:"hi"`
	Unit      string  `json:"unit"`
	N         int     `json:"n"`
	Threshold string  `json:"threshold"`
	Notes     []Note  `json:"notes"`

	Claim Claim `json:"-"`
}

// Note says why a row came out as it did: what it is, for a program, and the
// words.
type Note struct {
	Code string    `json:"code"`
	Text lang.Text `json:"text"`
}

// The codes of notes.
const (
	NoteSkipped   = "skipped"       // the harness says what this computer lacks
	NoteFailed    = "failed"        // a benchmark found its own figure wrong
	NoteMissing   = "missing"       // a benchmark reported no such figure
	NoteDivisor   = "no-divisor"    // nothing to divide by in some rounds
	NoteFewRounds = "few-rounds"    // there is no interval
	NoteNoFloor   = "no-noise"      // the A/A noise was not measured
	NoteNoise     = "noise"         // the noise is as large as the distance from the threshold
	NoteStraddles = "straddles"     // the interval has the threshold in it
	NoteFigures   = "figures"       // each of several figures
	NoteCounted   = "counted"       // what was counted in the machine code
	NoteNoCount   = "not-countable" // why nothing was
	NoteSource    = "source"        // the line of Go's runtime that settles the row
	NoteNoSource  = "no-source"     // it is not there
)

// Note returns the notes as one text.
func (r Row) Note() lang.Text {
	var en, ko []string
	for _, n := range r.Notes {
		en, ko = append(en, n.Text.EN), append(ko, n.Text.KO)
	}
	return lang.Pair(strings.Join(en, "; "), strings.Join(ko, "; "))
}

// Evidence is what rows are judged by. What is not there stays empty: rows
// that need it are not measurable here.
type Evidence struct {
	Samples *Samples
	Stores  *Stores
	// NoStores says why Stores is missing.
	NoStores lang.Text
	// Runtime is the reader's own $GOROOT/src/runtime.
	Runtime fs.FS
}

// Judge returns the row's verdict.
//
// A figure is formed round by round and summarised by its median and 95 %
// order-statistic interval, which does not exist for fewer than 6 rounds. A
// timing must also differ from the threshold by more than two measurements of
// the same thing differ: with an A/A noise floor of f, the median less and plus
// f times its size stand in for an end of the interval that lies nearer to the
// median. (Counts have no timing noise and are taken as they are.) The
// proposition holds if the whole of it meets the threshold, fails if none of it
// does, and is inconclusive otherwise. Of several figures all must meet the
// threshold: the row fails if one of them fails, and one that the harness
// skipped with a reason is left out. The row shows the median and the interval
// as measured.
func Judge(c Claim, e Evidence) Row {
	row := Row{
		ID: c.ID, Lab: c.Lab, Reading: c.Reading, Unit: c.Unit, Threshold: c.Threshold.String(), Claim: c,
		Notes: []Note{}, Value: Number(math.NaN()), Lo: Number(math.NaN()), Hi: Number(math.NaN()),
	}
	switch {
	case c.Count != nil:
		row.count(e)
	case c.Figures != nil:
		row.measure(e)
	default:
		row.Measured = ByReading
		row.Notes = quote(e.Runtime, c.Sources)
	}
	return row
}

func (r *Row) count(e Evidence) {
	if e.Stores == nil {
		r.Measured, r.Notes = NotMeasurable, []Note{{NoteNoCount, e.NoStores}}
		return
	}
	n, ok, note := r.Claim.Count(*e.Stores)
	r.Value, r.Lo, r.Hi, r.N = Number(n), Number(n), Number(n), 1
	r.Measured = Fails
	if ok {
		r.Measured = Holds
	}
	r.Notes = []Note{{NoteCounted, lang.Pairf("objdump: %s", "objdump: %s", note)}}
}

func (r *Row) measure(e Evidence) {
	samples := e.Samples
	if samples == nil {
		samples = &Samples{}
	}
	noise := samples.Noise()
	var shown []string
	worst, failed, open := Interval{Value: math.NaN()}, false, false
	for _, f := range r.Claim.Figures {
		values := samples.Form(f)
		if len(values) == 0 {
			why := samples.missing(f)
			r.Notes = append(r.Notes, why)
			open = open || why.Code != NoteSkipped
			continue
		}
		i, verdict, why := f.judge(values, r.Claim.Threshold, noise)
		failed = failed || verdict == Fails
		open = open || verdict == Inconclusive
		if why != (Note{}) && !slices.Contains(r.Notes, why) {
			r.Notes = append(r.Notes, why)
		}
		shown = append(shown, fmt.Sprintf("%s %s", f.Label, i))
		if math.IsNaN(worst.Value) || r.Claim.Threshold.nearer(i.Value, worst.Value) {
			worst = i
		}
	}
	switch {
	case failed:
		r.Measured = Fails
	case open:
		r.Measured = Inconclusive
	case len(shown) == 0: // the harness said why
		r.Measured = NotMeasurable
	default:
		r.Measured = Holds
	}
	r.Value, r.Lo, r.Hi, r.N = Number(worst.Value), Number(worst.Lo), Number(worst.Hi), worst.N
	if len(shown) > 1 {
		all := strings.Join(shown, "; ")
		r.Notes = append(r.Notes, Note{NoteFigures, lang.Pair(all, all)})
	}
}

// judge holds one figure against the threshold.
func (f Figure) judge(values []float64, t Threshold, noise float64) (i Interval, v Verdict, why Note) {
	var finite []float64
	for _, x := range values {
		if !math.IsNaN(x) {
			finite = append(finite, x)
		}
	}
	i = summarise(finite)
	if n := len(values) - len(finite); n > 0 {
		return i, Inconclusive, Note{NoteDivisor, lang.Pairf(
			"%s: nothing to divide by in %d of %d rounds",
			"%s: %[3]d라운드 중 %[2]d라운드에서 나누는 값(분모)이 양수가 아닙니다", f.Label, n, len(values))}
	}
	if i.N < minRounds {
		return i, Inconclusive, Note{NoteFewRounds, lang.Pairf(
			"n=%d: no 95 %% interval exists for fewer than %d rounds",
			"n=%d: %d라운드보다 적으면 95 %% 구간이 존재하지 않습니다", i.N, minRounds)}
	}
	if !f.timed() {
		noise = 0
	}
	if math.IsNaN(noise) {
		return i, Inconclusive, Note{NoteNoFloor, lang.Pair("no A/A noise floor was measured", "A/A 잡음 수준이 측정되지 않았습니다")}
	}
	floor := noise * math.Abs(i.Value)
	lo, hi := min(i.Lo, i.Value-floor), max(i.Hi, i.Value+floor)
	switch a, b := t.met(lo), t.met(hi); {
	case a && b:
		return i, Holds, Note{}
	case !a && !b:
		return i, Fails, Note{}
	}
	if t.met(i.Lo) == t.met(i.Hi) {
		return i, Inconclusive, Note{NoteNoise, lang.Pairf(
			"with the noise of ±%s %% the distance from the threshold can't be trusted: close other programs, or -rounds 30",
			"잡음이 ±%s %%여서 기준값과의 차이를 믿을 수 없습니다. 다른 프로그램을 끄거나 -rounds 30으로 다시 잽니다", Number(100*noise))}
	}
	return i, Inconclusive, Note{NoteStraddles, lang.Pair("the interval straddles the threshold", "구간이 기준값을 포함합니다")}
}

// nearer reports whether a is nearer to failing the threshold than b.
func (t Threshold) nearer(a, b float64) bool {
	if t.Op == "<" {
		return a > b
	}
	return a < b
}

// missing says why a figure has no values.
func (s *Samples) missing(f Figure) Note {
	for _, of := range f.Of {
		if why, ok := s.skipped(of.Bench); ok {
			return Note{NoteSkipped, lang.Pairf("%s: %s", "%s: %s", strings.TrimPrefix(of.Bench, "Benchmark"), why)}
		}
	}
	for _, of := range f.Of {
		if failure, ok := s.Failures[of.Bench]; ok && s.Summary(of).N == 0 {
			return Note{NoteFailed, lang.Pairf("%s failed: %s", "%s 실패: %s", strings.TrimPrefix(of.Bench, "Benchmark"), failure.Why)}
		}
	}
	for _, of := range f.Of {
		if s.Summary(of).N == 0 {
			return Note{NoteMissing, lang.Pairf("%s reported no %s", "%s에서 %s 값이 나오지 않았습니다", of.Bench, of.Unit)}
		}
	}
	return Note{NoteMissing, lang.Pairf("%s: no round has all of its samples", "%s: 표본이 모두 있는 라운드가 없습니다", f.Label)}
}

// String returns for example "21.4 [20.8, 22.0]".
func (i Interval) String() string {
	if math.IsInf(i.Lo, 0) || math.IsInf(i.Hi, 0) {
		return Number(i.Value).String()
	}
	return fmt.Sprintf("%s [%s, %s]", Number(i.Value), Number(i.Lo), Number(i.Hi))
}

// Host is the computer that the figures come from.
type Host struct {
	Go         string `json:"go"`
	OS         string `json:"os"`
	Arch       string `json:"arch"`
	CPU        string `json:"cpu"`
	NumCPU     int    `json:"numcpu"`
	GOMAXPROCS int    `json:"gomaxprocs"`
	Kernel     string `json:"kernel"`
	Noise      Number `json:"noise"` // the A/A floor as a fraction: 0.02 is ±2 %
}
