package report

import (
	"bytes"
	"fmt"
	"html"
	"io"
	"slices"
	"time"

	"gmplab/internal/exectrace"
	"gmplab/internal/lang"
	"gmplab/internal/timeline"
)

// The picture: a lane for sysmon, the P, each M, the G; x is time.
const (
	sceneLeft, sceneRight = 92, 780 // of the time axis
	sceneTop, sceneStep   = 62, 50  // of the first lane; from lane to lane
	sceneBar              = 32      // the height of what lies in a lane
)

const sceneHead = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 800 %[1]d" width="800" height="%[1]d" font-family="ui-monospace, Menlo, Consolas, monospace" font-size="14" role="img" aria-label="%[2]s">
  <style>
    .box { fill: #ffffff; stroke: #57606a; stroke-width: 1.5; }
    .keep { fill: #d4f0d8; stroke: #1a7f37; }
    .glob { fill: #ddf4ff; stroke: #0969da; stroke-width: 1.5; }
    .kern { fill: #fff1e5; stroke: #bc4c00; stroke-width: 1.5; }
    .wait { fill: #eaeef2; stroke: #8c959f; stroke-width: 1.5; stroke-dasharray: 4 3; }
    .idle { fill: url(#hatch); }
    .t { fill: #1f2328; } .d { fill: #6e7781; } .o { fill: #bc4c00; }
    .line { stroke: #8c959f; stroke-dasharray: 2 4; } .guide { stroke: #bc4c00; stroke-dasharray: 3 3; opacity: .55; }
    .axis { stroke: #8c959f; } .arrow { stroke: #bc4c00; stroke-width: 2; fill: none; }
    .dot { fill: #bc4c00; } .n { fill: #ffffff; font-size: 12px; font-weight: bold; text-anchor: middle; }
    .c { text-anchor: middle; } .s { font-size: 12px; }
    @media (prefers-color-scheme: dark) {
      .box { fill: #161b22; stroke: #8b949e; }
      .keep { fill: #12361f; stroke: #3fb950; }
      .glob { fill: #0c2d4a; stroke: #58a6ff; }
      .kern { fill: #3d2411; stroke: #f0883e; }
      .wait { fill: #21262d; stroke: #6e7681; }
      .t { fill: #e6edf3; } .d { fill: #8b949e; } .o { fill: #f0883e; }
      .line { stroke: #6e7681; } .guide { stroke: #f0883e; }
      .axis { stroke: #6e7681; } .arrow { stroke: #f0883e; }
      .dot { fill: #f0883e; } .n { fill: #0d1117; }
    }
  </style>
  <defs>
    <marker id="h" markerWidth="9" markerHeight="9" refX="7" refY="4" orient="auto"><path class="dot" d="M0,0 L8,4 L0,8 z"/></marker>
    <pattern id="hatch" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><line y2="7" stroke="#8c959f" stroke-width="2"/></pattern>
  </defs>
`

// The words of the picture, beside those of the scene's steps.
var (
	sceneTitle  = lang.Pair("One call, one P: a real trace of Go %s", "시스템 콜 하나, P 하나: 실제 트레이스, Go %s")
	sceneKernel = lang.Pair("in the kernel", "커널 안")
	sceneQueued = lang.Pair("queued", "대기")
	sceneRuns   = lang.Pair("runs", "실행")
	sceneMicros = lang.Pair("µs since the call began", "시스템 콜이 시작된 뒤의 시간(µs)")
)

// SceneSVG draws a scene as a picture for a light and a dark page.
func SceneSVG(out io.Writer, s *exectrace.Scene, korean bool) error {
	d := &sceneDrawing{Scene: s, korean: korean, steps: s.Steps()}
	d.bottom = d.gLane() + sceneBar + 22
	d.head()
	d.lanes()
	d.proc()
	d.threads()
	d.marks()
	d.axis()
	d.story()
	d.WriteString("</svg>\n")
	_, err := out.Write(d.Bytes())
	return err
}

type sceneDrawing struct {
	*exectrace.Scene
	bytes.Buffer
	korean bool
	steps  []exectrace.Step
	bottom int // of the lanes
}

func (d *sceneDrawing) head() {
	title := fmt.Sprintf(sceneTitle.In(d.korean), d.Trace.Go)
	label := title + "."
	for _, step := range d.steps {
		label += " " + step.Text.In(d.korean)
	}
	fmt.Fprintf(d, sceneHead, d.bottom+66+22*len(d.steps), html.EscapeString(label))
	d.text("t", 20, 28, `font-size="16" font-weight="bold"`, title)
}

// lane is where a lane begins: sysmon's is 0, that of the P is 1.
func (d *sceneDrawing) lane(i int) int { return sceneTop + i*sceneStep }

func (d *sceneDrawing) gLane() int { return d.lane(2 + len(d.Ms)) }

// mLane is that of an M; ok is false for one that is not in the scene.
func (d *sceneDrawing) mLane(m int64) (y int, ok bool) {
	i := slices.Index(d.Ms, m)
	return d.lane(2 + i), i >= 0
}

// lanes draws the empty lanes, and a line at each step.
func (d *sceneDrawing) lanes() {
	names := []string{"sysmon", d.P()}
	for _, m := range d.Ms {
		names = append(names, d.M(m))
	}
	for i, name := range append(names, d.G()) {
		d.text("t", 20, d.lane(i)+21, "", name)
		fmt.Fprintf(d, "  <path class=\"line\" d=\"M%d,%d H%d\"/>\n", sceneLeft, d.lane(i)+sceneBar/2, sceneRight)
	}
	for _, step := range d.steps {
		fmt.Fprintf(d, "  <path class=\"guide\" d=\"M%.1f,%d V%d\"/>\n", d.x(step.At), sceneTop-8, d.bottom-16)
	}
}

// proc draws in whose hands the P is.
func (d *sceneDrawing) proc() {
	for _, h := range d.Trace.Holds {
		if h.P != d.Call.P {
			continue
		}
		d.bar("box", h.Begin, h.End, d.lane(1), "")
		if h.M == d.Call.M && h.End == d.Call.Taken {
			h.End = d.Call.Begin // from here on it does nothing with it
			d.bar("idle", d.Call.Begin, d.Call.Taken, d.lane(1), "")
		}
		d.label(h.Begin, h.End, d.lane(1), d.M(h.M))
	}
}

// threads draws what the threads run, and the G with them.
func (d *sceneDrawing) threads() {
	for _, r := range d.Trace.Runs {
		y, ok := d.mLane(r.M)
		if !ok {
			continue
		}
		class := "keep"
		if r.G == d.Call.G {
			class = "glob"
			d.bar(class, r.Begin, r.End, d.gLane(), sceneRuns.In(d.korean))
		}
		d.bar(class, r.Begin, r.End, y, fmt.Sprintf("G%d", r.G))
	}
	y, _ := d.mLane(d.Call.M)
	d.bar("kern", d.Call.Begin, d.Call.End, y, sceneKernel.In(d.korean))
	d.bar("kern", d.Call.Begin, d.Call.End, d.gLane(), sceneKernel.In(d.korean))
	d.bar("wait", d.Call.End, d.Call.Resumed, d.gLane(), sceneQueued.In(d.korean))
}

// marks draws sysmon's arrow to the P, and the numbers of the steps.
func (d *sceneDrawing) marks() {
	sysmon := d.lane(0) + sceneBar/2
	fmt.Fprintf(d, "  <path class=\"arrow\" d=\"M%.1f,%d V%d\" marker-end=\"url(#h)\"/>\n", d.x(d.Call.Taken), sysmon, d.lane(1)-2)
	for i, step := range d.steps {
		y := sysmon
		if step.M != timeline.None {
			y, _ = d.mLane(step.M)
		}
		d.number(i+1, d.x(step.At), y)
	}
}

func (d *sceneDrawing) axis() {
	y := d.bottom - 10
	fmt.Fprintf(d, "  <path class=\"axis\" d=\"M%d,%d H%d\"/>\n", sceneLeft, y, sceneRight)
	for t := d.firstTick(); t <= d.End; t += d.tick() {
		fmt.Fprintf(d, "  <path class=\"axis\" d=\"M%.1f,%d v6\"/>", d.x(t), y)
		d.text("d s c", d.x(t), y+20, "", d.Micros(t))
	}
	d.text("d s", sceneRight, y+38, `text-anchor="end"`, sceneMicros.In(d.korean))
}

// story writes the steps below the picture.
func (d *sceneDrawing) story() {
	for i, step := range d.steps {
		y := d.bottom + 58 + 22*i
		d.number(i+1, 29, y-5)
		d.text("t", 48, y, "", step.Text.In(d.korean))
	}
}

// tick is the least of 1, 2, 5, 10, … µs that gives at most ten ticks.
func (d *sceneDrawing) tick() time.Duration {
	for unit := time.Microsecond; ; unit *= 10 {
		for _, n := range []time.Duration{1, 2, 5} {
			if (d.End-d.Begin)/(n*unit) <= 10 {
				return n * unit
			}
		}
	}
}

func (d *sceneDrawing) firstTick() time.Duration {
	return d.Call.Begin - (d.Call.Begin-d.Begin)/d.tick()*d.tick()
}

// x is where a time lies; what is out of the scene lies on its edge.
func (d *sceneDrawing) x(t time.Duration) float64 {
	t = min(max(t, d.Begin), d.End)
	return sceneLeft + (sceneRight-sceneLeft)*float64(t-d.Begin)/float64(d.End-d.Begin)
}

func (d *sceneDrawing) text(class string, x any, y int, attributes, text string) {
	if attributes != "" {
		attributes = " " + attributes
	}
	if f, ok := x.(float64); ok {
		x = fmt.Sprintf("%.1f", f)
	}
	fmt.Fprintf(d, "  <text class=\"%s\" x=\"%v\" y=\"%d\"%s>%s</text>\n", class, x, y, attributes, html.EscapeString(text))
}

// bar draws an interval.
func (d *sceneDrawing) bar(class string, begin, end time.Duration, y int, label string) {
	if end <= d.Begin || begin >= d.End {
		return
	}
	x, width := d.x(begin), d.x(end)-d.x(begin)
	fmt.Fprintf(d, "  <rect class=\"%s\" x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\"/>\n", class, x, y, max(width, 1), sceneBar)
	d.label(begin, end, y, label)
}

// label writes into an interval, if there is room.
func (d *sceneDrawing) label(begin, end time.Duration, y int, label string) {
	x, width := d.x(begin), d.x(end)-d.x(begin)
	columns := 0
	for _, r := range label {
		columns++
		if r > 0x1100 { // Hangul
			columns++
		}
	}
	if label != "" && width > 8.4*float64(columns)+6 {
		d.text("t c", x+width/2, y+21, "", label)
	}
}

func (d *sceneDrawing) number(n int, x float64, y int) {
	fmt.Fprintf(d, "  <circle class=\"dot\" cx=\"%.1f\" cy=\"%d\" r=\"9\"/><text class=\"n\" x=\"%.1f\" y=\"%d\">%d</text>\n", x, y, x, y+4, n)
}
