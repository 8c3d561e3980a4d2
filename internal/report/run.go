package report

import (
	"bytes"
	"fmt"
	"io"
	"strconv"
	"time"

	"gmplab/internal/book"
	"gmplab/internal/gotest"
	"gmplab/internal/labrun/wire"
	"gmplab/internal/lang"
	"gmplab/internal/term"
	"gmplab/internal/timeline"
)

// Run is what run -json writes.
type Run struct {
	Labs  []gotest.Code `json:"labs"`
	Stats *wire.Stats   `json:"stats"` // null: the program has not begun
	Error *lang.Text    `json:"error"` // null: it ended well
}

// Stats writes what happened in a run, a row for each P that did anything.
func Stats(w io.Writer, width int, s wire.Stats) error {
	t := term.Table{Head: []string{"P", lang.Say("switches", "교환"), lang.Say("spawns", "생성"), lang.Say("steals", "훔친 횟수"),
		lang.Say("stolen", "훔친 G"), lang.Say("hand-offs", "핸드오프"), lang.Say("preemptions", "선점"), lang.Say("parks", "파킹"), lang.Say("growths", "스택 확장")}}
	row := func(name string, p wire.P) {
		cells := []string{name}
		for _, n := range []int{p.Switches, p.Spawns, p.Steals, p.Stolen, p.Handoffs, p.Preemptions, p.Parks, p.Growths} {
			cells = append(cells, strconv.Itoa(n))
		}
		t.Rows = append(t.Rows, cells)
	}
	none := 0
	for i, p := range s.Ps {
		if p == (wire.P{}) && len(s.Ps) > 8 {
			none++
			continue
		}
		row(fmt.Sprintf("P%d", i), p)
	}
	row(lang.Say("all", "전체"), s.All)
	fmt.Fprintln(w)
	if err := t.Write(w, width); err != nil {
		return err
	}
	if none > 0 {
		sayln(w, "%d Ps had nothing to do.", "P %d개는 아무 일도 하지 않았습니다.", none)
	}
	sayln(w, "Ps: %d · threads made: %d, the monitor's included · %v", "P %d개 · 만든 스레드 %d개(모니터 포함) · %v", len(s.Ps), s.Threads, rounded(time.Duration(s.TookNS)))
	return nil
}

// rounded leaves a duration few digits.
func rounded(d time.Duration) time.Duration {
	switch {
	case d > time.Second:
		return d.Round(10 * time.Millisecond)
	case d > time.Millisecond:
		return d.Round(10 * time.Microsecond)
	}
	return d.Round(time.Microsecond)
}

// Trace writes a timeline to a file that ui.perfetto.dev opens, and says to w
// where it is and how much of the run it covers.
func Trace(w io.Writer, path string, t *timeline.Timeline) error {
	var text bytes.Buffer
	if err := Chrome(&text, t, lang.Korean()); err != nil {
		return err
	}
	if err := book.WriteFile(path, text.Bytes()); err != nil {
		return lang.Errorf("can't write the trace: %v", "트레이스를 쓰지 못했습니다: %v", err)
	}
	sayln(w, "The trace is in %s (%.1f MB): open it in ui.perfetto.dev. To record it took time, so this run was slower.",
		"트레이스를 %s에 썼습니다(%.1f MB). ui.perfetto.dev에서 엽니다. 기록하느라 이번 실행은 더 느렸습니다.", path, float64(text.Len())/1e6)
	if t.Cut {
		sayln(w, "It covers the first %v of the run: a longer one would be too big to look at.",
			"실행의 처음 %v만 담았습니다. 더 길면 너무 커서 볼 수 없습니다.", rounded(t.End))
	}
	return nil
}
