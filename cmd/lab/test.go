package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"gmplab/internal/book"
	"gmplab/internal/gotest"
	"gmplab/internal/lang"
	"gmplab/internal/report"
)

// list shows the labs and what is known of their tests. It runs none.
func (a *app) list(ctx context.Context, args []string) error {
	if len(args) > 0 {
		return lang.Usagef("list takes no arguments, for example: go tool lab list", "list에는 인자가 없습니다. 예: go tool lab list")
	}
	labs, err := a.book.Labs()
	if err != nil {
		return err
	}
	known, err := a.suite().Known(ctx, labs)
	if err != nil {
		return err
	}
	for i, l := range labs {
		report.Tasks(a.stdout, l, known[i])
	}
	return nil
}

// oneLab is the lab that a command's only argument names.
func (a *app) oneLab(args []string, command string) (book.Lab, error) {
	if len(args) != 1 {
		return book.Lab{}, lang.Usagef("%s: %d arguments, want the number of a lab, for example: go tool lab %[1]s 03",
			"%s: 인자가 %d개입니다. 실습 번호 하나가 필요합니다. 예: go tool lab %[1]s 03", command, len(args))
	}
	return a.book.Lab(args[0], command)
}

// test runs a lab's tests and shows the first task that fails.
func (a *app) test(ctx context.Context, args []string) error {
	l, err := a.oneLab(args, "test")
	if err != nil {
		return err
	}
	known, err := a.suite().Known(ctx, []book.Lab{l})
	if err != nil {
		return err
	}
	if err := a.testLab(ctx, l, known[0].Now); err != nil {
		return err
	}
	return a.next(l)
}

// where finds the first lab that is not solved: 03, then by number. Those that
// are known to be, and have not changed, are not tried again.
func (a *app) where(ctx context.Context) error {
	labs, err := a.book.Labs()
	if err != nil {
		return err
	}
	// The pages say: begin with lab 03.
	if i := slices.IndexFunc(labs, func(l book.Lab) bool { return l.NN == "03" }); i > 0 {
		first := labs[i]
		labs = slices.Insert(slices.Delete(labs, i, i+1), 0, first)
	}
	known, err := a.suite().Known(ctx, labs)
	if err != nil {
		return err
	}
	for i, l := range labs {
		if known[i].Fresh() && known[i].Solved {
			report.Solved(a.stdout, l, known[i])
			continue
		}
		err := a.testLab(ctx, l, known[i].Now)
		if err == errSaid {
			return nil // a failure is where the learner is
		}
		if err != nil {
			return err
		}
	}
	a.sayln("Every lab is solved. Next: go tool lab measure", "모든 실습을 풀었습니다. 다음: go tool lab measure")
	a.runNext()
	return nil
}

// next says what comes after a lab that is solved.
func (a *app) next(l book.Lab) error {
	labs, err := a.book.Labs()
	if err != nil {
		return err
	}
	if i := slices.Index(labs, l); i+1 < len(labs) {
		a.sayln("Next: go tool lab measure %s, then: go tool lab test %s", "다음: go tool lab measure %s, 그다음: go tool lab test %s", l.NN, labs[i+1].NN)
	} else {
		a.sayln("Next: go tool lab measure %s", "다음: go tool lab measure %s", l.NN)
		a.runNext()
	}
	return nil
}

// runNext says what the labs are good for together, where there are examples.
func (a *app) runNext() {
	if a.book.Has("examples/pingpong.asm") {
		a.sayln("And see your own scheduler run: go tool lab run examples/pingpong.asm",
			"여러분의 스케줄러를 돌려 봅니다: go tool lab run examples/pingpong.asm")
	}
}

// testLab runs a lab's tests, shows what came of it, and then keeps it: a full
// disk must not hide a failure. Its error is errSaid where a test failed.
func (a *app) testLab(ctx context.Context, l book.Lab, now string) error {
	waits := time.AfterFunc(8*time.Second, func() {
		fmt.Fprintln(a.stderr, lang.Say("still running: a first build takes a while, and so does code that never comes back",
			"아직 실행 중입니다. 처음 빌드하거나 코드가 끝나지 않으면 오래 걸립니다"))
	})
	defer waits.Stop()
	o, err := a.suite().Test(ctx, l)
	if err != nil {
		return err
	}
	tests, err := l.Tests()
	if err != nil {
		return err
	}
	shown := a.showOutcome(l, o, tests)
	if _, err := a.suite().Remember(l, now, o); err != nil {
		a.warn(err)
	}
	return shown
}

// showOutcome shows what became of a lab's tests.
func (a *app) showOutcome(l book.Lab, o *gotest.Outcome, tests []string) error {
	switch {
	case o.Broken:
		fmt.Fprint(a.stdout, o.Build)
		return lang.Errorf("%s does not compile, want the first line above mended, then: go tool lab test %s",
			"%s: 컴파일되지 않습니다. 위의 첫 줄부터 고친 뒤: go tool lab test %s", l.Name, l.NN)
	case len(tests) == 0 && o.NoTests() && !o.Failed:
		a.sayln("%s: no tests yet", "%s: 아직 테스트가 없습니다", l.Name)
		return nil
	case o.NoTests() && !o.Failed:
		return lang.Errorf("%s: no test has run, want a file that does not end the process (os.Exit?), then: go tool lab test %s",
			"%s: 테스트가 하나도 실행되지 않았습니다. 파일에서 프로세스를 끝내지 않는지(os.Exit?) 확인한 뒤: go tool lab test %s", l.Name, l.NN)
	case o.Solved(tests):
		report.Solved(a.stdout, l, gotest.Known{Tasks: o.Tasks()})
		return nil
	case !o.Failed:
		return lang.Errorf("%s: not all of its tests have run, want a file that does not end the process (os.Exit?), then: go tool lab test %s",
			"%s: 일부 테스트가 실행되지 않았습니다. 파일에서 프로세스를 끝내지 않는지(os.Exit?) 확인한 뒤: go tool lab test %s", l.Name, l.NN)
	}
	report.Failure(a.stdout, a.width, l, o)
	return errSaid
}
