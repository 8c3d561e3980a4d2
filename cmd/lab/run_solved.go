package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"gmplab/internal/lang"
)

// verdict is whether a lab is solved, kept in .lab/run/verdicts.json by the
// lab's name.
type verdict struct {
	Key    string    `json:"key"` // of all that the tests depend on
	When   time.Time `json:"when"`
	Solved bool      `json:"solved"`
	Task   string    `json:"task,omitempty"`   // the first that fails, if a test said its task
	Broken bool      `json:"broken,omitempty"` // it does not build
}

// tree is the state of the workbook's files, but for the labs.
type tree struct{ shared string }

// tree takes the state of what all labs share, and of the Go that builds them.
func (a *app) tree(ctx context.Context) (tree, error) {
	var out, errs bytes.Buffer
	err := a.run(ctx, child{dir: a.root, stdout: &out, stderr: &errs,
		args: []string{"go", "env", "GOVERSION", "GOOS", "GOARCH", "GOFLAGS", "GOEXPERIMENT", "CGO_ENABLED"}})
	if ctx.Err() != nil {
		return tree{}, beforeRun()
	}
	if err != nil {
		return tree{}, failure("go env: %v, want Go's command on PATH\n%s", "go env: %v. PATH에 go 명령이 있어야 합니다\n%s", err, strings.TrimSpace(errs.String()))
	}
	sum := sha256.New()
	sum.Write(out.Bytes())
	for _, name := range []string{"go.mod", "go.sum", "internal"} {
		if err := hashFiles(sum, a.root, name); err != nil {
			return tree{}, err
		}
	}
	return tree{hex.EncodeToString(sum.Sum(nil))}, nil
}

// hashFiles adds what Go's build and the tests may read below root/name: Go's
// sources and what is in testdata, but for what a failed rapid test leaves.
func hashFiles(sum hash.Hash, root, name string) error {
	top := filepath.Join(root, name)
	if _, err := os.Stat(top); err != nil {
		return nil // not in this edition
	}
	err := filepath.WalkDir(top, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, path)
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
		if !d.Type().IsRegular() || !source && !strings.Contains(rel, "/testdata/") {
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
	if err != nil {
		return fmt.Errorf("read the workbook's files: %w", err)
	}
	return nil
}

// verdicts says of each lab whether it is solved: by what is kept, where the
// files have not changed since, else by the lab's tests.
func (a *app) verdicts(ctx context.Context, labs []lab, tree tree) ([]verdict, error) {
	const keptIn = "run/verdicts.json"
	kept := map[string]verdict{}
	if err := a.load(keptIn, &kept); err != nil {
		return nil, err
	}
	all := make([]verdict, len(labs))
	var open []lab
	keys := map[string]string{}
	for i, l := range labs {
		sum := sha256.New()
		sum.Write([]byte(tree.shared))
		if err := hashFiles(sum, a.root, "labs/"+l.name); err != nil {
			return nil, err
		}
		keys[l.name] = hex.EncodeToString(sum.Sum(nil))
		v, ok := kept[l.name]
		if ok && !v.Solved { // `lab test` may know better: a busy machine fails a test
			var last result
			if err := a.load("tests/"+l.nn+".json", &last); err != nil {
				return nil, err
			}
			ok = !last.Passed || last.When.Before(v.When)
		}
		if all[i] = v; !ok || v.Key != keys[l.name] {
			open = append(open, l)
		}
	}
	if open == nil {
		return all, nil
	}
	fmt.Fprintf(a.stderr, lang.Say("Trying the tests of lab %s. What they say is kept until a file changes.\n",
		"실습 %s의 테스트를 실행합니다. 결과는 파일이 바뀔 때까지 남겨 둡니다.\n"), numbers(open))
	tried, err := a.try(ctx, open)
	if err != nil {
		return nil, err
	}
	for i, l := range labs {
		if v, ok := tried[l.name]; ok {
			v.Key = keys[l.name]
			all[i], kept[l.name] = v, v
		}
	}
	return all, a.save(keptIn, kept)
}

// try runs the tests of labs, all by one go command, which builds what they
// share once and runs as many at a time as there are CPUs.
func (a *app) try(ctx context.Context, labs []lab) (map[string]verdict, error) {
	var out, errs bytes.Buffer
	args := []string{"go", "test", "-json", "-short", "-timeout", "2m"}
	for _, l := range labs {
		args = append(args, l.pkg())
	}
	runErr := a.run(ctx, child{dir: a.root, stdout: &out, stderr: &errs, args: args})
	if ctx.Err() != nil {
		return nil, beforeRun()
	}
	events := byPackage(out.Bytes())
	all := map[string]verdict{}
	for _, l := range labs {
		text, ok := events["gmplab/labs/"+l.name]
		if !ok {
			return nil, failure("go test %s did not run: %v\n%s", "go test %s 명령이 실행되지 않았습니다: %v\n%s", l.pkg(), runErr, strings.TrimSpace(errs.String()))
		}
		o, err := parseEvents(bytes.NewReader(text))
		if err != nil {
			return nil, err
		}
		o.unfinished("")
		res := o.result(time.Now())
		tests, _ := filepath.Glob(filepath.Join(l.dir, "*_test.go"))
		// Where no test has run the file has ended the process.
		v := verdict{When: res.When, Solved: res.Passed && (!o.noTests || len(tests) == 0), Broken: o.broken}
		for _, t := range res.Tasks {
			if !t.Passed && !v.Broken {
				v.Task = t.Task
				break
			}
		}
		all[l.name] = v
	}
	return all, nil
}

// byPackage splits the events of `go test -json` by their package; the lines
// of builds and what is no event are left out.
func byPackage(out []byte) map[string][]byte {
	events := map[string][]byte{}
	for line := range bytes.Lines(out) {
		var e struct{ Package string }
		if json.Unmarshal(line, &e) == nil && e.Package != "" {
			events[e.Package] = append(events[e.Package], line...)
		}
	}
	return events
}
