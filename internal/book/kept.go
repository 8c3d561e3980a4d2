package book

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"gmplab/internal/lang"
)

// version is that of the files in .lab/. One of another version is not read.
const version = 2

// kept is a file in .lab/. The first edition wrote the data alone.
type kept struct {
	Version int             `json:"version"`
	Data    json.RawMessage `json:"data"`
}

// Load reads .lab/name into v, and leaves v alone where there is no such file.
// A file that can't be read is an error and stays as it is: it may be the
// learner's.
func (b Book) Load(name string, v any) error {
	text, err := os.ReadFile(b.path(".lab/" + name))
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) { // .lab may be a file
		return nil
	}
	if err != nil {
		return lang.Errorf("can't read .lab/%s: %v; want a file that you may read", ".lab/%s 파일을 열 수 없습니다: %v. 읽을 수 있는 파일이어야 합니다", name, err)
	}
	var k kept
	if err = json.Unmarshal(text, &k); err == nil && k.Version > version {
		return lang.Errorf(".lab/%s was written by a later edition of this tool (version %d, want %d): move it away, then the command again",
			".lab/%s: 더 새로운 판이 쓴 파일입니다(버전 %d, 필요한 버전 %d). 다른 곳으로 옮긴 뒤 다시 실행합니다", name, k.Version, version)
	}
	if err == nil {
		if k.Version == 0 {
			k.Data = text
		}
		if string(bytes.TrimSpace(k.Data)) == "null" {
			err = errors.New("null")
		} else {
			err = json.Unmarshal(k.Data, v)
		}
	}
	if err != nil {
		return lang.Errorf(".lab/%s can't be read (%v): move it away, then the command again", ".lab/%s 파일을 읽을 수 없습니다(%v). 다른 곳으로 옮긴 뒤 다시 실행합니다", name, err)
	}
	return nil
}

// CantWrite is the error of what has to be in .lab/ for a command to work.
func CantWrite(err error) error {
	return lang.Errorf("can't write into .lab: %v; want a directory .lab on a disk that has room and can be written, for example in a copy of the workbook: cp -r gmplab ~/gmplab",
		".lab에 쓸 수 없습니다: %v. .lab은 디렉터리여야 하고, 빈 공간이 있고 쓸 수 있는 디스크에 있어야 합니다. 예: 실습서를 복사해 씁니다. cp -r gmplab ~/gmplab", err)
}

// leftovers are the temporary files in .lab/ of commands that were killed, and
// of the first edition.
var leftovers = []string{".*", "*.json.new", "*/.*", "*/*.json.new", "run/result-*.json", "run/overlay-*.json", "run/new-*"}

// Sweep removes what commands that were killed before a time have left in
// .lab/. What can't be removed stays.
func (b Book) Sweep(before time.Time) {
	dir := b.path(".lab")
	for _, pattern := range leftovers {
		for _, name := range glob(dir, pattern) {
			path := filepath.Join(dir, filepath.FromSlash(name))
			if info, err := os.Lstat(path); err == nil && info.Mode().IsRegular() && info.ModTime().Before(before) {
				_ = os.Remove(path)
			}
		}
	}
}

// Save writes v as .lab/name, whole or not at all.
func (b Book) Save(name string, v any) error {
	data, err := json.Marshal(v)
	if err == nil {
		data, err = json.MarshalIndent(kept{version, data}, "", "  ")
	}
	if err == nil {
		err = b.Write(name, append(data, '\n'))
	}
	if err != nil {
		return lang.Errorf("can't keep .lab/%s: %v; want a directory .lab that can be written", ".lab/%s 파일을 남기지 못했습니다: %v. .lab은 쓸 수 있는 디렉터리여야 합니다", name, err)
	}
	return nil
}

// Write writes .lab/name, whole or not at all.
func (b Book) Write(name string, text []byte) error {
	path := b.path(".lab/" + name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return WriteFile(path, text)
}

// WriteFile writes a file, whole or not at all.
func WriteFile(path string, text []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	err = errors.Join(err, f.Chmod(0o644), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
	}
	return err
}
