// Package wire is what labrun tells the tool that has started it. It has no lab
// under it, so that the tool can import it.
package wire

import (
	"gmplab/internal/lang"
	"gmplab/internal/timeline"
)

// Report is what a run of a program came to.
type Report struct {
	Stats       Stats     `json:"stats"`
	Error       lang.Text `json:"error"`       // empty: the program ended well
	LabsFault   bool      `json:"labs_fault"`  // the error is one of the labs' code, not of the program
	Interrupted bool      `json:"interrupted"` // the error is that somebody stopped it

	// Timeline is what was recorded; nil: nobody asked, or a thread hung and
	// might still record.
	Timeline *timeline.Timeline `json:"timeline,omitempty"`
}

// Stats is tiny.Stats.
type Stats struct {
	Ps      []P   `json:"ps"`
	All     P     `json:"all"` // the sum
	Threads int   `json:"threads"`
	TookNS  int64 `json:"took_ns"`
}

// P is tiny.PStats: what happened on one P.
type P struct {
	Switches    int `json:"switches"`
	Spawns      int `json:"spawns"`
	Steals      int `json:"steals"`
	Stolen      int `json:"stolen"`
	Handoffs    int `json:"handoffs"`
	Preemptions int `json:"preemptions"`
	Parks       int `json:"parks"`
	Growths     int `json:"growths"`
}
