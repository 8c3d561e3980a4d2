package book

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"slices"
	"strings"

	"gmplab/internal/lang"
)

// Overlay names the overlay that puts each reference in the place of its
// starter, seen from the root.
const Overlay = "solutions/overlay.json"

// Overlays is what a go command's -overlay reads: by file, what stands in its
// place; "" for nothing.
type Overlays struct {
	Replace map[string]string
}

// References puts the references in the place of these labs. What else the
// learner has put beside a lab's file is not built.
func (b Book) References(labs []Lab) (Overlays, error) {
	all := Overlays{}
	text, err := os.ReadFile(b.path(Overlay))
	if err == nil {
		err = json.Unmarshal(text, &all)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return all, lang.Errorf("%s can't be read: %v", "%s 파일을 읽을 수 없습니다: %v", Overlay, err)
	}
	o := Overlays{map[string]string{}}
	missing := slices.Clone(labs)
	for _, l := range labs {
		for _, f := range l.Files() {
			o.Replace["labs/"+l.Name+"/"+f] = ""
		}
		for file, by := range all.Replace {
			if strings.HasPrefix(file, "labs/"+l.Name+"/") && b.Has(by) {
				o.Replace[file] = by
				missing = slices.DeleteFunc(missing, func(m Lab) bool { return m == l })
			}
		}
	}
	if len(missing) > 0 {
		return o, lang.Errorf("labs that are not solved: %s; and there is no reference to run in their place (solutions/ is not here). Next: go tool lab test %s",
			"아직 풀지 않은 실습: %s. 대신 실행할 모범 답안도 없습니다(solutions/가 없음). 다음: go tool lab test %s",
			Numbers(missing), missing[0].NN)
	}
	return o, nil
}

// WriteOverlay writes an overlay for one go command that runs in the root.
// remove removes it.
func (b Book) WriteOverlay(o Overlays) (path string, remove func(), err error) {
	text, err := json.MarshalIndent(o, "", "  ")
	if err != nil {
		return "", nil, err
	}
	dir := b.path(".lab/run")
	err = os.MkdirAll(dir, 0o755)
	var f *os.File
	if err == nil {
		f, err = os.CreateTemp(dir, "overlay-*.json")
	}
	if err != nil {
		return "", nil, CantWrite(err)
	}
	remove = func() { _ = os.Remove(f.Name()) }
	_, err = f.Write(append(text, '\n'))
	if err = errors.Join(err, f.Close()); err != nil {
		remove()
		return "", nil, CantWrite(err)
	}
	return f.Name(), remove, nil
}
