package exectrace

import (
	"bytes"
	"fmt"
	"html"
	"io"
	"time"
)

// The picture: a lane for sysmon, the P, each M, the G; x is time.
const (
	left, right = 92, 780 // of the time axis
	top, step   = 62, 50  // of the first lane; from lane to lane
	bar         = 32      // the height of what lies in a lane
)

const svgHead = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 800 %[1]d" width="800" height="%[1]d" font-family="ui-monospace, Menlo, Consolas, monospace" font-size="14" role="img" aria-label="%[2]s">
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

// SVG draws the scene as a picture for a light and a dark page.
func (s *Scene) SVG(out io.Writer, w Words) error {
	d := &drawing{Scene: s}
	lane := func(i int) int { return top + i*step }
	mLane := func(m int64) int {
		for i, other := range s.ms {
			if other == m {
				return lane(2 + i)
			}
		}
		return 0
	}
	gLane := lane(2 + len(s.ms))
	bottom := gLane + bar + 22
	marks := s.marks()
	title := w.Title + s.trace.Go
	label := title + "."
	for _, step := range w.Steps {
		label += " " + s.say(step)
	}
	fmt.Fprintf(d, svgHead, bottom+66+22*len(w.Steps), html.EscapeString(label))
	d.text("t", 20, 28, `font-size="16" font-weight="bold"`, title)

	names := []string{"sysmon", s.p()}
	for _, m := range s.ms {
		names = append(names, s.m(m))
	}
	for i, name := range append(names, s.g()) {
		d.text("t", 20, lane(i)+21, "", name)
		fmt.Fprintf(d, "  <path class=\"line\" d=\"M%d,%d H%d\"/>\n", left, lane(i)+bar/2, right)
	}
	for _, t := range marks {
		fmt.Fprintf(d, "  <path class=\"guide\" d=\"M%.1f,%d V%d\"/>\n", d.x(t), top-8, bottom-16)
	}

	// The P, and in whose hands.
	for _, h := range s.trace.Holds {
		if h.P == s.call.P {
			d.bar("box", h.Begin, h.End, lane(1), "")
			if h.M == s.call.M && h.End == s.call.Taken {
				h.End = s.call.Begin // from here on it does nothing with it
				d.bar("idle", s.call.Begin, s.call.Taken, lane(1), "")
			}
			d.label(h.Begin, h.End, lane(1), s.m(h.M))
		}
	}
	// The threads, and what they run.
	for _, r := range s.trace.Runs {
		if y := mLane(r.M); y != 0 {
			class := "keep"
			if r.G == s.call.G {
				class = "glob"
				d.bar(class, r.Begin, r.End, gLane, w.Runs)
			}
			d.bar(class, r.Begin, r.End, y, fmt.Sprintf("G%d", r.G))
		}
	}
	d.bar("kern", s.call.Begin, s.call.End, mLane(s.call.M), w.Kernel)
	// The goroutine.
	d.bar("kern", s.call.Begin, s.call.End, gLane, w.Kernel)
	d.bar("wait", s.call.End, s.call.Resumed, gLane, w.Queue)

	// sysmon takes the P.
	fmt.Fprintf(d, "  <path class=\"arrow\" d=\"M%.1f,%d V%d\" marker-end=\"url(#h)\"/>\n", d.x(s.call.Taken), lane(0)+bar/2, lane(1)-2)
	for i, y := range [5]int{mLane(s.call.M), lane(0) + bar/2, mLane(s.start.M), mLane(s.call.M), mLane(s.call.ResumedM)} {
		d.number(i+1, d.x(marks[i]), y)
	}

	fmt.Fprintf(d, "  <path class=\"axis\" d=\"M%d,%d H%d\"/>\n", left, bottom-10, right)
	for t := s.firstTick(); t <= s.End; t += s.tick() {
		fmt.Fprintf(d, "  <path class=\"axis\" d=\"M%.1f,%d v6\"/>", d.x(t), bottom-10)
		d.text("d s c", d.x(t), bottom+10, "", s.micros(t))
	}
	d.text("d s", right, bottom+28, `text-anchor="end"`, w.Micros)
	for i, step := range w.Steps {
		y := bottom + 58 + 22*i
		d.number(i+1, 29, y-5)
		d.text("t", 48, y, "", s.say(step))
	}
	d.WriteString("</svg>\n")
	_, err := out.Write(d.Bytes())
	return err
}

// tick is the least of 1, 2, 5, 10, … µs that gives at most ten ticks.
func (s *Scene) tick() time.Duration {
	for unit := time.Microsecond; ; unit *= 10 {
		for _, n := range []time.Duration{1, 2, 5} {
			if (s.End-s.Begin)/(n*unit) <= 10 {
				return n * unit
			}
		}
	}
}

func (s *Scene) firstTick() time.Duration {
	return s.call.Begin - (s.call.Begin-s.Begin)/s.tick()*s.tick()
}

type drawing struct {
	*Scene
	bytes.Buffer
}

// x is where a time lies; what is out of the scene lies on its edge.
func (d *drawing) x(t time.Duration) float64 {
	t = min(max(t, d.Begin), d.End)
	return left + float64(right-left)*float64(t-d.Begin)/float64(d.End-d.Begin)
}

func (d *drawing) text(class string, x any, y int, attributes, text string) {
	if attributes != "" {
		attributes = " " + attributes
	}
	if f, ok := x.(float64); ok {
		x = fmt.Sprintf("%.1f", f)
	}
	fmt.Fprintf(d, "  <text class=\"%s\" x=\"%v\" y=\"%d\"%s>%s</text>\n", class, x, y, attributes, html.EscapeString(text))
}

// bar draws an interval.
func (d *drawing) bar(class string, begin, end time.Duration, y int, label string) {
	if end <= d.Begin || begin >= d.End {
		return
	}
	x, width := d.x(begin), d.x(end)-d.x(begin)
	fmt.Fprintf(d, "  <rect class=\"%s\" x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\"/>\n", class, x, y, max(width, 1), bar)
	d.label(begin, end, y, label)
}

// label writes into an interval, if there is room.
func (d *drawing) label(begin, end time.Duration, y int, label string) {
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

func (d *drawing) number(n int, x float64, y int) {
	fmt.Fprintf(d, "  <circle class=\"dot\" cx=\"%.1f\" cy=\"%d\" r=\"9\"/><text class=\"n\" x=\"%.1f\" y=\"%d\">%d</text>\n", x, y, x, y+4, n)
}
