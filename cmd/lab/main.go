// Command lab is the workbook's helper: it shows where a learner is, runs a
// lab's tests tidily, gives hints one level at a time, takes guesses, measures
// the article's claims on this machine, and runs programs on the scheduler that
// the labs make.
//
//	go tool lab              where you are, and what to do next
//	go tool lab help         the other commands
//
// It imports no lab: it runs `go test` and `go build` as children, so that a
// syntax error in a learner's file never breaks the tool.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"time"

	"gmplab/internal/lang"
)

func main() {
	// Ctrl-C may arrive twice: the terminal sends it to every process of the
	// group and `go tool` forwards it. The context takes both.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if err == nil {
		return
	}
	code := 1
	var e *exitError
	if errors.As(err, &e) {
		code = e.code
	}
	if msg := err.Error(); msg != "" {
		fmt.Fprintln(os.Stderr, "lab: "+msg)
	}
	os.Exit(code)
}

// exitError is an error with the exit code that goes with it. Without a text
// everything has been said already.
type exitError struct {
	code int
	text string
}

func (e *exitError) Error() string { return e.text }

// usage is what the reader typed wrong: exit 2.
func usage(en, ko string, args ...any) error {
	return &exitError{2, fmt.Sprintf(lang.Say(en, ko), args...)}
}

// failure is what did not work: exit 1.
func failure(en, ko string, args ...any) error {
	return &exitError{1, fmt.Sprintf(lang.Say(en, ko), args...)}
}

// app is what the commands share.
type app struct {
	root           string // of the module
	stdin          io.Reader
	stdout, stderr io.Writer
	run            runner
	limit          time.Duration // for the rounds of a lab
}

func (a *app) printf(en, ko string, args ...any) {
	fmt.Fprintf(a.stdout, lang.Say(en, ko)+"\n", args...)
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	root, err := findRoot()
	if err != nil {
		return err
	}
	a := &app{root: root, stdin: os.Stdin, stdout: stdout, stderr: stderr, run: execute, limit: timeLimit}
	return a.command(ctx, args)
}

func (a *app) command(ctx context.Context, args []string) error {
	if len(args) == 0 {
		return a.where(ctx)
	}
	name, args := args[0], args[1:]
	var err error
	switch name {
	case "list":
		err = a.list(args)
	case "test":
		err = a.test(ctx, args)
	case "hint":
		err = a.hint(args)
	case "predict":
		err = a.predict(args)
	case "measure":
		err = a.measure(ctx, args)
	case "run":
		err = a.program(ctx, args)
	case "help", "-h", "-help", "--help":
		err = flag.ErrHelp
	default:
		return usage(
			"no command %q, want list, test, hint, predict, measure, run or help, for example: go tool lab test 03",
			"%q라는 명령은 없습니다. list, test, hint, predict, measure, run, help 중 하나여야 합니다. 예: go tool lab test 03", name)
	}
	if errors.Is(err, flag.ErrHelp) {
		fmt.Fprint(a.stdout, lang.Say(helpEN, helpKO))
		return nil
	}
	return err
}

// parse parses flags that may stand before, between and after the arguments,
// which it returns.
func parse(fs *flag.FlagSet, args []string, example string) (rest []string, err error) {
	fs.Init(fs.Name(), flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	for {
		if err := fs.Parse(args); err != nil {
			if errors.Is(err, flag.ErrHelp) {
				return nil, err
			}
			var known []string
			fs.VisitAll(func(f *flag.Flag) { known = append(known, "-"+f.Name) })
			if known == nil {
				known = []string{lang.Say("no flags", "플래그 없음")}
			}
			return nil, usage("%s: %s, want %s, for example: %s", "%s: %s. 쓸 수 있는 것: %s. 예: %s",
				fs.Name(), flagError(err), strings.Join(known, ", "), example)
		}
		if args = fs.Args(); len(args) == 0 {
			return rest, nil
		}
		rest = append(rest, args[0])
		args = args[1:]
	}
}

// flagError words what package flag says in the reader's language.
func flagError(err error) string {
	text := err.Error()
	if name, ok := strings.CutPrefix(text, "flag provided but not defined: "); ok {
		return fmt.Sprintf(lang.Say("there is no flag %s", "%s 플래그는 없습니다"), name)
	}
	if name, ok := strings.CutPrefix(text, "flag needs an argument: "); ok {
		return fmt.Sprintf(lang.Say("%s needs a value", "%s 뒤에 값이 필요합니다"), name)
	}
	var value, name string
	if n, _ := fmt.Sscanf(text, "invalid value %q for flag %s", &value, &name); n == 2 {
		return fmt.Sprintf(lang.Say("%q is no value for %s", "%q: %s의 값이 될 수 없습니다"), value, strings.TrimSuffix(name, ":"))
	}
	return text
}

const helpEN = `usage: go tool lab [command] [arguments]

  (no command)                 the first lab that is not solved, its first failure, what to do next
  list                         the labs and their tasks, and what passed when last run
  test NN                      run a lab's tests and show the first task that fails
  hint NN [task] [-level 1..3] the next hint, from the idea to nearly the code
  predict NN [-set C8=3]       your guesses, before you measure
  measure [NN | claim ...]     is the article right, on this machine?
      -rounds N   rounds to run (10); -full adds 1,000,000 goroutines; -json
  measure tiny                 your six labs as one scheduler, beside Go's own
  run FILE.asm                 a program, run by your labs; by the reference where one is not solved
      -procs N    Ps (as many as CPUs); -trace out.json for ui.perfetto.dev;
                  -json (what the program prints then goes to stderr)
      -mine       your labs as they are, also where their tests fail

examples:
  go tool lab test 03
  go tool lab hint 03 2 -level 1
  go tool lab predict 03 -set C5.1=20 -set C8=3
  go tool lab measure 03
  go tool lab measure C5.1 C8 -rounds 20
  go tool lab run examples/reads.asm -procs 1 -trace out.json

LAB_LANG=ko or LAB_LANG=en chooses the language. Results are kept in .lab/.
`

const helpKO = `사용법: go tool lab [명령] [인자]

  (명령 없음)                  아직 풀지 못한 첫 실습, 그 첫 실패, 다음에 할 일
  list                         실습과 과제 목록, 마지막 실행에서 통과한 것
  test NN                      실습의 테스트를 실행하고 실패한 첫 과제를 보여 줍니다
  hint NN [과제] [-level 1..3] 다음 힌트. 생각에서 시작해 코드에 가까워집니다
  predict NN [-set C8=3]       측정하기 전에 예상값을 적어 둡니다
  measure [NN | 주장 ...]      글의 주장이 이 컴퓨터에서 맞을까요?
      -rounds N   라운드 수(10); -full 고루틴 1,000,000개까지; -json
  measure tiny                 여섯 실습으로 만든 스케줄러를 Go의 스케줄러와 견줍니다
  run FILE.asm                 여러분의 실습으로 프로그램을 실행합니다. 풀지 않은 실습은 모범 답안을 씁니다
      -procs N    P의 수(CPU 수); -trace out.json은 ui.perfetto.dev에서 엽니다;
                  -json(프로그램의 출력은 표준 오류로 나갑니다)
      -mine       테스트를 통과하지 못한 실습도 여러분의 코드로 실행합니다

예:
  go tool lab test 03
  go tool lab hint 03 2 -level 1
  go tool lab predict 03 -set C5.1=20 -set C8=3
  go tool lab measure 03
  go tool lab measure C5.1 C8 -rounds 20
  go tool lab run examples/reads.asm -procs 1 -trace out.json

언어는 LAB_LANG=ko 또는 LAB_LANG=en으로 고릅니다. 결과는 .lab/에 남습니다.
`
