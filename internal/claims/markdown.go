package claims

import (
	"fmt"
	"strings"

	"gmplab/internal/lang"
)

// Markdown returns the table of a lab's claims for its README: what the
// article says, how we read it, and what is measured. It has no figures: those
// are the reader's to measure.
func Markdown(lab string, korean bool) string {
	var b strings.Builder
	head := lang.Pair("| | The article says | Our reading | Proposition |", "| | 글의 주장 | 우리의 해석 | 측정하는 명제 |")
	fmt.Fprintf(&b, "%s\n|---|---|---|---|\n", head.In(korean))
	for _, c := range Lab(lab) {
		words := "「" + c.Words + "」"
		if !korean {
			words += " " + c.English
		}
		fmt.Fprintf(&b, "| %s | %s | **%s**: %s | %s |\n",
			c.ID, words, c.Reading.Text().In(korean), c.Why.In(korean), c.proposition(korean))
	}
	return b.String()
}

// proposition is the proposition or where to read the answer.
func (c Claim) proposition(korean bool) string {
	if p := c.Proposition.In(korean); p != "" {
		return p
	}
	var names []string
	for _, s := range c.Sources {
		names = append(names, fmt.Sprintf("`%s` (`%s`)", s.Name, s.File))
	}
	return ByReading.Text().In(korean) + ": " + strings.Join(names, ", ")
}
