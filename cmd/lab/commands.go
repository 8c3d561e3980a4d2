package main

import (
	"context"
	"flag"
	"fmt"
	"slices"
	"strings"

	"gmplab/internal/lang"
	"gmplab/internal/term"
)

// command is one command of the tool. The README's lines are checked against
// this table.
type command struct {
	name     string
	args     lang.Text   // as the help shows them
	help     lang.Text   // what it does, in a line
	more     []lang.Text // lines on its flags
	examples []string    // whole commands; the first goes with an error

	// flags declares the command's flags and returns what it does with the
	// arguments that are left.
	flags func(fs *flag.FlagSet) func(ctx context.Context, a *app, args []string) error
}

// example is a whole command, for an error.
func (c command) example() string { return c.examples[0] }

// same is a text that is the same in both languages.
func same(s string) lang.Text { return lang.Pair(s, s) }

var commands = []command{
	{
		name: "list", examples: []string{"go tool lab list"},
		help:  lang.Pair("the labs and their tasks, and what passed when last run", "실습과 과제 목록, 마지막 실행에서 통과한 것"),
		flags: noFlags((*app).list),
	},
	{
		name: "test", args: same("NN"), examples: []string{"go tool lab test 03"},
		help:  lang.Pair("run a lab's tests and show the first task that fails", "실습의 테스트를 실행하고 실패한 첫 과제를 보여 줍니다"),
		flags: noFlags((*app).test),
	},
	{
		name: "hint", args: lang.Pair("NN [task] [-level 1..3]", "NN [과제] [-level 1..3]"), examples: []string{"go tool lab hint 03 2 -level 1"},
		help:  lang.Pair("the next hint, from the idea to nearly the code", "다음 힌트. 생각에서 시작해 코드에 가까워집니다"),
		flags: hintFlags,
	},
	{
		name: "predict", args: same("NN [-set C8=3]"), examples: []string{"go tool lab predict 03 -set C5.1=20 -set C8=3"},
		help:  lang.Pair("your guesses, before you measure", "측정하기 전에 예상값을 적어 둡니다"),
		flags: predictFlags,
	},
	{
		name: "measure", args: lang.Pair("[NN | claim ...]", "[NN | 주장 ...]"), examples: []string{"go tool lab measure 03", "go tool lab measure C5.1 C8 -rounds 20", "go tool lab measure tiny"},
		help: lang.Pair("is the article right, on this machine?", "글의 주장이 이 컴퓨터에서 맞을까요?"),
		more: []lang.Text{
			lang.Pair("or tiny:    your six labs as one scheduler, beside Go's own", "또는 tiny   여섯 실습으로 만든 스케줄러를 Go의 스케줄러와 견줍니다"),
			lang.Pair("-rounds N   rounds to run (10); -full adds 1,000,000 goroutines; -json", "-rounds N   라운드 수(10); -full 고루틴 1,000,000개까지; -json"),
		},
		flags: measureFlags,
	},
	{
		name: "run", args: same("FILE.asm"), examples: []string{"go tool lab run examples/pingpong.asm -procs 2", "go tool lab run examples/reads.asm -procs 1 -trace out.json"},
		help: lang.Pair("a program, run by your labs; by the reference where one is not solved", "여러분의 실습으로 프로그램을 실행합니다. 풀지 않은 실습은 모범 답안을 씁니다"),
		more: []lang.Text{
			lang.Pair("-procs N    Ps (as many as CPUs); -trace out.json for ui.perfetto.dev;", "-procs N    P의 수(CPU 수); -trace out.json은 ui.perfetto.dev에서 엽니다;"),
			lang.Pair("-json       what came of it as JSON; what the program prints then goes to stderr", "-json       결과를 JSON으로 씁니다. 프로그램의 출력은 표준 오류로 나갑니다"),
			lang.Pair("-mine       your labs as they are, also where their tests fail", "-mine       테스트를 통과하지 못한 실습도 여러분의 코드로 실행합니다"),
		},
		flags: runFlags,
	},
}

func noFlags(do func(*app, context.Context, []string) error) func(*flag.FlagSet) func(context.Context, *app, []string) error {
	return func(*flag.FlagSet) func(context.Context, *app, []string) error {
		return func(ctx context.Context, a *app, args []string) error { return do(a, ctx, args) }
	}
}

func find(name string) (command, error) {
	i := slices.IndexFunc(commands, func(c command) bool { return c.name == name })
	if i >= 0 {
		return commands[i], nil
	}
	var names []string
	for _, c := range commands {
		names = append(names, c.name)
	}
	return command{}, lang.Usagef("no command %q, want %s or help, for example: go tool lab test 03",
		"%q라는 명령은 없습니다. %s, help 중 하나여야 합니다. 예: go tool lab test 03", name, strings.Join(names, ", "))
}

// help prints the table of commands.
func (a *app) help() {
	const indent = 31
	row := func(left string, right fmt.Stringer) {
		fmt.Fprintf(a.stdout, "  %s%s\n", term.Fit(left, indent-2), right)
	}
	a.sayln("usage: go tool lab [command] [arguments]\n", "사용법: go tool lab [명령] [인자]\n")
	row(lang.Say("(no command)", "(명령 없음)"), lang.Pair("the first lab that is not solved, its first failure, what to do next", "아직 풀지 못한 첫 실습, 그 첫 실패, 다음에 할 일"))
	for _, c := range commands {
		row(strings.TrimSpace(c.name+" "+c.args.String()), c.help)
		for _, line := range c.more {
			row("", line)
		}
	}
	a.sayln("\nexamples:", "\n예:")
	for _, c := range commands {
		for _, e := range c.examples {
			fmt.Fprintln(a.stdout, "  "+e)
		}
	}
	a.sayln("\nLAB_LANG=ko or LAB_LANG=en chooses the language. Results are kept in .lab/.",
		"\n언어는 LAB_LANG=ko 또는 LAB_LANG=en으로 고릅니다. 결과는 .lab/에 남습니다.")
}

// parse parses flags that may stand before, between and after the arguments,
// which it returns. What is wrong with one is said in a line, with an example.
func parse(fs *flag.FlagSet, args []string, example string) (rest []string, err error) {
	wrong := func(what lang.Text) error {
		var known []string
		fs.VisitAll(func(f *flag.Flag) { known = append(known, "-"+f.Name) })
		want := lang.Pair("no flags", "플래그 없음")
		if known != nil {
			want = same(strings.Join(known, ", "))
		}
		return lang.Usagef("%s: %s, want %s, for example: %s", "%s: %s. 쓸 수 있는 것: %s. 예: %s", fs.Name(), what, want, example)
	}
	for i := 0; i < len(args); i++ {
		name, isFlag := strings.CutPrefix(args[i], "-")
		if args[i] == "--" {
			return append(rest, args[i+1:]...), nil
		}
		if !isFlag || name == "" {
			rest = append(rest, args[i])
			continue
		}
		name, value, hasValue := strings.Cut(strings.TrimPrefix(name, "-"), "=")
		f := fs.Lookup(name)
		switch {
		case f == nil && (name == "h" || name == "help"):
			return nil, flag.ErrHelp
		case f == nil:
			return nil, wrong(lang.Pairf("there is no flag -%s", "-%s 플래그는 없습니다", name))
		case isBool(f) && !hasValue:
			value = "true"
		case !hasValue && i+1 == len(args):
			return nil, wrong(lang.Pairf("-%s needs a value", "-%s 뒤에 값이 필요합니다", name))
		case !hasValue:
			i++
			value = args[i]
		}
		if err := fs.Set(name, value); err != nil {
			return nil, wrong(lang.Pairf("%q is no value for -%s", "%q: -%s의 값이 될 수 없습니다", value, name))
		}
	}
	return rest, nil
}

func isBool(f *flag.Flag) bool {
	b, ok := f.Value.(interface{ IsBoolFlag() bool })
	return ok && b.IsBoolFlag()
}

// given reports whether a flag stood on the command line.
func given(fs *flag.FlagSet, name string) bool {
	found := false
	fs.Visit(func(f *flag.Flag) { found = found || f.Name == name })
	return found
}
