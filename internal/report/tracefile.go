package report

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"gmplab/internal/lang"
)

// TraceFile says what is wrong with a trace's name, before anything runs. It
// protects what is no trace from being replaced by one.
func TraceFile(path string) error {
	const example = "go tool lab run examples/pingpong.asm -trace out.json"
	if filepath.Ext(path) != ".json" {
		return lang.Usagef("run: -trace %s, want a name that ends in .json, for example: %s",
			"run: -trace %s: 이름이 .json으로 끝나야 합니다. 예: %s", path, example)
	}
	if info, err := os.Stat(filepath.Dir(path)); err != nil || !info.IsDir() {
		return lang.Usagef("run: -trace %s, want a file in a directory that exists, for example: %s",
			"run: -trace %s: 디렉터리가 없습니다. 있는 디렉터리의 파일이어야 합니다. 예: %s", path, example)
	}
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	var head [256]byte
	n := 0
	if err == nil {
		n, err = io.ReadFull(f, head[:])
		_ = f.Close()
	}
	if errors.Is(err, io.EOF) { // empty
		return nil
	}
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) || !bytes.Contains(head[:n], []byte(`"traceEvents"`)) {
		return lang.Usagef("run: -trace %s: it is there already and is no trace, want another name, for example: %s",
			"run: -trace %s: 이미 있는 파일이고 트레이스가 아닙니다. 다른 이름이 필요합니다. 예: %s", path, example)
	}
	return nil
}
