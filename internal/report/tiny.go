package report

import (
	"fmt"
	"io"
	"math"
	"strings"

	"gmplab/internal/lang"
	"gmplab/internal/measure"
	"gmplab/internal/term"
)

// tooNoisy is the A/A noise, as a fraction, above which the ratios of tiny and
// Go say nothing.
const tooNoisy = 0.5

// Tiny writes the labs' scheduler beside Go's own.
func Tiny(w io.Writer, width int, r *measure.TinyResult) error {
	t := term.Table{Head: []string{"", "P", "tiny", "Go", "tiny ÷ Go"}}
	for i, row := range r.Rows {
		label := row.Label.String()
		if i > 0 && r.Rows[i-1].Bench == row.Bench {
			label = ""
		}
		t.Rows = append(t.Rows, []string{label, fmt.Sprint(row.Procs), median(row.Tiny), median(row.Go), row.Ratio.Interval().String()})
	}
	if err := t.Write(w, width); err != nil {
		return err
	}
	fmt.Fprintln(w)
	wrapped(w, about(r.Host, r.N), width)
	if noise := float64(r.Host.Noise); noise > tooNoisy {
		wrapped(w, lang.Pair("The same program beside itself differs by more than half: these ratios say nothing. Close other programs and measure again.",
			"같은 프로그램끼리 비교해도 절반 넘게 차이가 납니다. 이 비율은 믿을 수 없으니 다른 프로그램을 끄고 다시 측정합니다.").String(), width)
	}
	wrapped(w, lang.Pair("Each ratio is the median of the rounds' ratios, not the quotient of the medians beside it.",
		"비율은 라운드마다 구한 비율의 중앙값이며, 옆에 있는 두 중앙값을 나눈 값이 아닙니다.").String(), width)
	if g := r.ForkJoin; !math.IsNaN(float64(g.Ratio.Value)) {
		wrapped(w, lang.Pairf(
			"The fixed work gains %s times from a second P on tiny, %s in Go; two bare threads gain %s.",
			"P를 하나에서 둘로 늘리면 정해진 양의 일이 tiny에서 %s배, Go에서 %s배 빨라집니다. Go 없이 스레드 둘로 하면 %s배입니다.",
			g.Tiny.Interval(), g.Go.Interval(), g.Threads.Interval()).String(), width)
	}
	wrapped(w, lang.Say(
		"tiny has no garbage collector and no network poller, and its code is interpreted: the ratios compare schedulers, not languages.",
		"tiny에는 가비지 컬렉터와 네트워크 폴러가 없고, 코드는 인터프리터가 실행합니다. 이 비율은 언어가 아니라 스케줄러를 비교합니다."), width)
	rawLines(w, width, r.Cut, r.Raw)
	return nil
}

// median is a figure with its unit: many ns as ms.
func median(f measure.Figure) string {
	v, u := f.Value, strings.SplitN(f.Unit, "/", 2)[0]
	if u == "ns" && v > 1e5 {
		v, u = v/1e6, "ms"
	}
	return v.String() + " " + u
}
