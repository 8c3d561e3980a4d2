package measure

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"gmplab/internal/lang"
)

// raw keeps the lines of the rounds, which benchstat reads. They get their
// name when the rounds have ended, so that an interrupted measurement, one of
// a single claim, or a second one at the same time takes nothing from a whole
// one.
type raw struct {
	root string
	f    *os.File
}

const rawDir = ".lab/measure/"

func (m Measurer) newRaw(r *Result) (*raw, error) {
	dir := filepath.Join(m.Book.Root, filepath.FromSlash(rawDir))
	err := os.MkdirAll(dir, 0o755)
	var f *os.File
	if err == nil {
		f, err = os.CreateTemp(dir, "."+r.Lab.Name+".*")
	}
	if err != nil {
		return nil, lang.Errorf("can't keep the raw lines: %v", "원자료를 남길 수 없습니다: %v", err)
	}
	k := &raw{m.Book.Root, f}
	if r.Reference != "" {
		return k, k.add([]byte("solution: reference\n"))
	}
	return k, nil
}

func (k *raw) add(lines []byte) error {
	if _, err := k.f.Write(lines); err != nil {
		return fmt.Errorf("keep the raw lines: %w", err)
	}
	return nil
}

// keep gives the lines the name of what was measured.
func (k *raw) keep(r *Result) error {
	r.Raw = rawName(r)
	if r.Err != nil {
		r.Raw = interruptedRaw(r)
	}
	if err := k.f.Chmod(0o644); err != nil {
		return fmt.Errorf("keep the raw lines: %w", err)
	}
	if err := k.f.Close(); err != nil {
		return fmt.Errorf("keep the raw lines: %w", err)
	}
	if err := os.Rename(k.f.Name(), filepath.Join(k.root, filepath.FromSlash(r.Raw))); err != nil {
		return fmt.Errorf("keep the raw lines: %w", err)
	}
	return nil
}

// discard removes what was not kept.
func (k *raw) discard() {
	_ = k.f.Close()
	_ = os.Remove(k.f.Name())
}

// rawName names the lines of all benchmarks by the lab, those of some claims
// by these too.
func rawName(r *Result) string {
	name := rawDir + r.Lab.Name
	if !r.Whole {
		var ids []string
		for _, c := range r.Claims {
			ids = append(ids, c.ID)
		}
		name += "." + strings.Join(ids, ".")
	}
	return name + ".txt"
}

func interruptedRaw(r *Result) string {
	return strings.TrimSuffix(rawName(r), ".txt") + ".interrupted.txt"
}
