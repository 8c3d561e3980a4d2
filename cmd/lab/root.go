package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// findRoot walks up from the working directory to the workbook's go.mod.
func findRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("working directory: %w", err)
	}
	return rootOf(dir)
}

func rootOf(start string) (string, error) {
	for dir := start; ; {
		text, err := os.ReadFile(filepath.Join(dir, "go.mod"))
		if err == nil {
			for line := range strings.Lines(string(text)) {
				if f := strings.Fields(line); len(f) == 2 && f[0] == "module" && f[1] == "gmplab" {
					return dir, nil
				}
			}
		}
		up := filepath.Dir(dir)
		if up == dir {
			return "", failure(
				"%s is not in the workbook, want a directory under the one whose go.mod says module gmplab, for example: cd gmplab && go tool lab",
				"%s 디렉터리는 실습서 안이 아닙니다. go.mod에 module gmplab이 있는 디렉터리나 그 아래에서 실행합니다. 예: cd gmplab && go tool lab", start)
		}
		dir = up
	}
}

// load reads .lab/name into v and leaves v alone when there is no such file.
func (a *app) load(name string, v any) error {
	path := filepath.Join(".lab", filepath.FromSlash(name))
	text, err := os.ReadFile(filepath.Join(a.root, path))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read what was kept: %w", err)
	}
	if err := json.Unmarshal(text, v); err != nil {
		return failure("%s can't be read (%v): delete it and run the command again", "%s 파일을 읽을 수 없습니다(%v). 지우고 다시 실행합니다", path, err)
	}
	return nil
}

// save writes v as .lab/name, whole or not at all.
func (a *app) save(name string, v any) error {
	path := filepath.Join(a.root, ".lab", filepath.FromSlash(name))
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return fmt.Errorf("keep %s: %w", name, err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("keep %s: %w", name, err)
	}
	if err := os.WriteFile(path+".new", append(text, '\n'), 0o644); err != nil {
		return fmt.Errorf("keep %s: %w", name, err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		return fmt.Errorf("keep %s: %w", name, err)
	}
	return nil
}
