package book

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Key returns a key of the content of files: of all that Go's build and the
// tests may read below the names, which are relative to the root, and of what
// else the caller says.
func (b Book) Key(said string, names ...string) (string, error) {
	sum := sha256.New()
	fmt.Fprintf(sum, "%d\n%s\n", len(said), said)
	for _, name := range names {
		if err := b.hash(sum, name); err != nil {
			return "", fmt.Errorf("read the workbook's files: %w", err)
		}
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// hash adds Go's sources and what is in testdata, but for what a failed rapid
// test leaves.
func (b Book) hash(sum hash.Hash, name string) error {
	if !b.Has(name) {
		return nil // not in this edition
	}
	return filepath.WalkDir(b.path(name), func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(b.Root, path)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		if d.IsDir() {
			if strings.HasSuffix(rel, "testdata/rapid") {
				return filepath.SkipDir
			}
			return nil
		}
		source := slices.Contains([]string{".go", ".s", ".h", ".mod", ".sum"}, filepath.Ext(path))
		if !source && !strings.Contains(rel, "/testdata/") {
			return nil
		}
		// A link to a file counts, as it does for the go command. One to
		// nothing is an editor's lock.
		if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		fmt.Fprintf(sum, "%s %d\n", rel, len(text))
		sum.Write(text)
		return nil
	})
}
