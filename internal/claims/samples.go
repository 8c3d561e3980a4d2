package claims

import (
	"bytes"
	"math"
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/perf/benchfmt"
	"golang.org/x/perf/benchmath"
)

// Round holds the figures that one run of a lab's benchmarks reported.
type Round map[Sample]float64

// Samples is what the rounds of one lab reported.
type Samples struct {
	Rounds []Round
	Skips  map[string]string // benchmark: why it was skipped, as it said itself
	// Failures are benchmarks that found their own figure wrong in a round,
	// which then has none for them.
	Failures map[string]Failure

	CPU   string // the CPU's model, where the benchmarks named it
	Procs int    // GOMAXPROCS of the child process
}

// Failure is a benchmark's failure in N rounds; Why is what it said last.
type Failure struct {
	N   int
	Why string
}

var logLine = regexp.MustCompile(`^\s+[^\s:]+\.go:\d+: (.*)`)

// Add reads the output of one round: `-test.v` output, in which a benchmark
// that is skipped or fails logs its reason before the line `--- SKIP: name` or
// `--- FAIL: name`, or plain output, in which the reason follows that line. A round that was interrupted counts
// for what it reported.
func (s *Samples) Add(output []byte) {
	if s.Skips == nil {
		s.Skips, s.Failures = map[string]string{}, map[string]Failure{}
	}
	round := Round{}
	for r := benchfmt.NewReader(bytes.NewReader(output), ""); r.Scan(); {
		res, ok := r.Result().(*benchfmt.Result)
		if !ok {
			continue // a line cut short by an interrupt
		}
		name, procs := cutProcs("Benchmark" + res.Name.String())
		s.Procs = procs
		if cpu := res.GetConfig("cpu"); cpu != "" {
			s.CPU = cpu
		}
		for _, v := range res.Values {
			// benchfmt turns ns into seconds and keeps what was written.
			if v.OrigUnit != "" {
				v.Value, v.Unit = v.OrigValue, v.OrigUnit
			}
			round[Sample{name, v.Unit}] = v.Value
		}
	}
	s.Rounds = append(s.Rounds, round)
	s.addReasons(string(output))
}

var endLine = regexp.MustCompile(`^\s*--- (SKIP|FAIL): (\S+)`)

func (s *Samples) addReasons(output string) {
	var reason, kind, name string
	add := func() {
		if kind == "SKIP" {
			s.Skips[name] = reason
		} else if kind == "FAIL" && reason != "" { // without: a part of it failed
			s.Failures[name] = Failure{s.Failures[name].N + 1, reason}
		}
		reason, kind = "", ""
	}
	for line := range strings.Lines(output) {
		line = strings.TrimRight(line, "\r\n")
		if m := logLine.FindStringSubmatch(line); m != nil {
			reason = strings.TrimPrefix(m[1], "not measurable here: ")
			if kind != "" {
				add()
			}
		} else if m := endLine.FindStringSubmatch(line); m != nil {
			kind = m[1]
			name, _ = cutProcs(m[2])
			if reason != "" {
				add()
			}
		} else if strings.HasPrefix(line, "Benchmark") {
			if kind == "SKIP" {
				add() // it gave no reason
			}
			reason, kind = "", ""
		}
	}
}

// cutProcs splits the -GOMAXPROCS suffix off a benchmark's name; a name
// without one ran at GOMAXPROCS 1.
func cutProcs(name string) (string, int) {
	if i := strings.LastIndexByte(name, '-'); i >= 0 {
		if n, err := strconv.Atoi(name[i+1:]); err == nil {
			return name[:i], n
		}
	}
	return name, 1
}

// skipped returns why a benchmark, or one that it is a part of, was skipped.
func (s *Samples) skipped(bench string) (string, bool) {
	for {
		if why, ok := s.Skips[bench]; ok {
			return why, true
		}
		i := strings.LastIndexByte(bench, '/')
		if i < 0 {
			return "", false
		}
		bench = bench[:i]
	}
}

// Skipped returns the reason that a benchmark gave for being skipped, "" if
// it was not skipped.
func (s *Samples) Skipped(bench string) string {
	why, _ := s.skipped(bench)
	return why
}

// Form forms f in every round that has its samples.
func (s *Samples) Form(f Figure) []float64 {
	var out []float64
next:
	for _, r := range s.Rounds {
		v := make([]float64, len(f.Of))
		for i, of := range f.Of {
			x, ok := r[of]
			if !ok {
				continue next
			}
			v[i] = x
		}
		out = append(out, f.Form(v))
	}
	return out
}

// Values returns a sample's values over the rounds that have it.
func (s *Samples) Values(of Sample) []float64 {
	return s.Form(Figure{Of: []Sample{of}, Form: first})
}

// Interval is a median and its 95 % order-statistic interval. With fewer than
// 6 values there is no such interval: Lo and Hi are infinite.
type Interval struct {
	Value, Lo, Hi float64
	N             int
}

const (
	confidence = 0.95
	// minRounds is the least n for which the range of the whole sample
	// covers the median with 95 %: 1 - 2/2^6 = 0.969, but 1 - 2/2^5 = 0.9375.
	minRounds = 6
)

func summarise(values []float64) Interval {
	if len(values) == 0 {
		return Interval{math.NaN(), math.Inf(-1), math.Inf(1), 0}
	}
	s := benchmath.AssumeNothing.Summary(benchmath.NewSample(values, &benchmath.DefaultThresholds), confidence)
	if math.IsInf(s.Lo, 0) || math.IsInf(s.Hi, 0) { // one-sided for 5 values
		s.Lo, s.Hi = math.Inf(-1), math.Inf(1)
	}
	return Interval{s.Center, s.Lo, s.Hi, len(values)}
}

// Summary returns the median of a sample over the rounds that have it.
func (s *Samples) Summary(of Sample) Interval {
	return s.Interval(Figure{Of: []Sample{of}, Form: first})
}

// Interval returns the median of a figure over the rounds that have all of its
// samples.
func (s *Samples) Interval(f Figure) Interval { return summarise(s.Form(f)) }

// Over is a by b, formed round by round.
func Over(a, b Sample) Figure { return over("", a, b) }

const (
	noiseA = "BenchmarkNoise/run=a"
	noiseB = "BenchmarkNoise/run=b"
)

// Noise returns the A/A noise floor: the interval of the ratio of two
// benchmarks that do the same thing, as the larger distance of its ends from
// 1. NaN if there are fewer than 6 rounds of them. In which unit they report
// their times is their own affair.
func (s *Samples) Noise() float64 {
	unit := nsSwitch
	for _, r := range s.Rounds {
		for of := range r {
			if of.Bench == noiseA && strings.HasPrefix(of.Unit, "ns/") && of.Unit != "ns/op" {
				unit = of.Unit
			}
		}
	}
	i := s.Interval(Over(Sample{noiseA, unit}, Sample{noiseB, unit}))
	floor := math.Max(math.Abs(i.Lo-1), math.Abs(i.Hi-1))
	if math.IsInf(floor, 0) {
		return math.NaN()
	}
	return floor
}
