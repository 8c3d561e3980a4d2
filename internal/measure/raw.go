package measure

import "gmplab/internal/lang"

// keep keeps the lines of the rounds, which benchstat reads: those of all
// benchmarks by the lab's name, those of some claims or of an interrupted
// measurement by a name of their own. So these, or a second measurement at the
// same time, take nothing from a whole one.
func (m Measurer) keep(r *Result, lines []byte) {
	if len(lines) == 0 {
		return
	}
	name := "measure/" + r.Lab.Name
	if !r.Whole {
		for _, c := range r.Claims {
			name += "." + c.ID
		}
	}
	if r.Err != nil {
		name += ".interrupted"
	}
	name += ".txt"
	if err := m.Book.Write(name, lines); err != nil {
		r.Unkept = lang.Errorf("can't keep the raw lines: %v", "원자료를 남길 수 없습니다: %v", err)
		return
	}
	r.Raw = ".lab/" + name
}
