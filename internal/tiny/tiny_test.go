package tiny_test

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"gmplab/internal/harness"
	"gmplab/internal/lang"
	"gmplab/internal/machine"
	"gmplab/internal/osthread"
	"gmplab/internal/tiny"
	memory "gmplab/labs/01-memory"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestMain(m *testing.M) {
	harness.Play(map[string]func(int){"parked-tiny": playParked("tiny"), "parked-go": playParked("go")})
	flag.Parse()
	program, err := machine.Assemble("probe.asm", "main: ENTER 0\n RET", nil)
	if err == nil {
		_, err = tiny.Run(context.Background(), program, tiny.Options{Procs: 1})
	}
	if err != nil {
		fmt.Println("tiny is made of the labs' code, and with it a program of two instructions fails:", err)
		fmt.Println("with the reference solutions: go test -overlay solutions/overlay.json ./internal/tiny")
		os.Exit(1)
	}
	goleak.VerifyTestMain(m)
}

// example is a program in examples, what it prints, and how it is made smaller
// for tests that run it often.
type example struct {
	name, want          string
	old, new, wantSmall string
}

var examples = []example{
	{"pingpong", "100000", "100000, loop", "2000, loop", "2000"},
	{"ring", "19", "500000 ; hops", "5000 ;", fmt.Sprint(5000%503 + 1)},
	{"skynet", "499999500000", "1000000 ; leaves", "1000 ;", "499500"},
	{"fib", "17711", "[SP], 22", "[SP], 15", "610"},
	{"sieve", "1987", "R1, 300, done", "R1, 60, done", "281"},
	{"reads", "4950", "", "", "4950"},
	{"hog", "10", "R1, 10, round", "R1, 2, round", "2"},
	{"daisy", "10001", "R1, 10000, more", "R1, 1000, more", "1001"},
	{"forkjoin", "64", "1000000 ; steps", "10000 ;", "64"},
}

func (e example) small(t testing.TB) string {
	t.Helper()
	text := source(t, e.name)
	require.Contains(t, text, e.old)
	if e.old == "" {
		return text
	}
	return strings.Replace(text, e.old, e.new, 1)
}

func source(t testing.TB, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "examples", name+".asm"))
	require.NoError(t, err)
	return string(text)
}

// run runs a program for at most a minute, and returns what it prints.
func run(t testing.TB, name, text string, o tiny.Options) (out string, stats tiny.Stats, err error) {
	t.Helper()
	ctx, cancel := context.WithTimeoutCause(context.Background(), time.Minute, errors.New("a minute is over"))
	defer cancel()
	return runContext(ctx, t, name, text, o)
}

func runContext(ctx context.Context, t testing.TB, name, text string, o tiny.Options) (string, tiny.Stats, error) {
	t.Helper()
	var out bytes.Buffer
	o.World = &tiny.World{Out: &out}
	o.Poison = true
	p, err := machine.Assemble(name+".asm", text, o.World.Hosts())
	require.NoError(t, err)
	stats, err := tiny.Run(ctx, p, o)
	return out.String(), stats, err
}

// everyProcs runs f at 1, 2, 4 and 8 Ps.
func everyProcs(t *testing.T, f func(t *testing.T, procs int)) {
	for _, procs := range []int{1, 2, 4, 8} {
		t.Run(fmt.Sprintf("procs=%d", procs), func(t *testing.T) { f(t, procs) })
	}
}

// TestExamples runs the examples as they are, and holds their comments to what
// they print.
func TestExamples(t *testing.T) {
	for _, e := range examples {
		t.Run(e.name, func(t *testing.T) {
			text := source(t, e.name)
			require.Contains(t, strings.ReplaceAll(text, "\n; ", " "), "main prints "+e.want)
			if e.name == "skynet" && (testing.Short() || harness.Race() || harness.FreeMemory() < 1<<30) {
				t.Skip("a million goroutines are too much here")
			}
			out, stats, err := run(t, e.name, text, tiny.Options{Procs: 2})
			require.NoError(t, err)
			require.Equal(t, e.want+"\n", out)
			t.Logf("%v %+v, %d threads", stats.Took, stats.Sum(), stats.Threads)
		})
	}
}

// TestExamplesThreads runs them smaller at every number of Ps: the soak, by
// -count=100.
func TestExamplesThreads(t *testing.T) {
	for _, e := range examples {
		text := e.small(t)
		t.Run(e.name, func(t *testing.T) {
			everyProcs(t, func(t *testing.T, procs int) {
				for _, noSteal := range []bool{false, true} {
					out, stats, err := run(t, e.name, text, tiny.Options{Procs: procs, NoSteal: noSteal})
					require.NoError(t, err)
					require.Equal(t, e.wantSmall+"\n", out)
					require.Len(t, stats.Ps, procs)
					if noSteal || procs == 1 {
						require.Zero(t, stats.Sum().Steals)
					}
				}
			})
		})
	}
}

// bad is programs that end with an error, each the same every time.
var bad = []struct {
	name, text string
	options    tiny.Options
	is         error
}{
	{name: "deadlock", is: tiny.ErrDeadlock},
	{name: "overflow", is: memory.ErrOverflow},
	{name: "fault", text: `main:   ENTER 1
        STORE [SP], 7
        CALL  f
        RET
f:      ENTER 1
        LOAD  R0, [BP+4096] ; far beyond the stack
        RET`},
	{name: "host", text: `main:   ENTER 0
        HOST  print         ; no argument: a panic in Go
        RET`},
	{name: "channel", text: `main:   ENTER 1
        STORE [SP], 42
        RECV                ; from a channel that nobody made
        RET`},
	{name: "buffer", text: `main:   ENTER 1
        STORE [SP], -1
        CHAN                ; nobody has so much memory
        STORE [SP], R0
        RECV
        RET`},
	{name: "zero", text: `main:   ENTER 1
        STORE [SP], 0
        GO    half, 1
        STORE [SP], 0
        CHAN
        STORE [SP], R0
        RECV                ; main waits for ever
        RET
half:   ENTER 0             ; half(n)
        LOAD  R1, [BP+16]
        MOV   R0, 1
        DIV   R0, R1
        RET`},
	{name: "dry", is: tiny.ErrDeadlock, text: `main:   ENTER 1
        STORE [SP], 0
        CHAN
        STORE [SP], R0
        GO    reader, 1
        RECV                ; main waits for the reader
        RET
reader: ENTER 2             ; and the reader for a byte that nobody writes
        STORE [SP], 7
        SYS   read
        STORE [SP+8], R0
        LOAD  R1, [BP+16]
        STORE [SP], R1
        SEND
        RET`},
	{name: "spoilt", text: `main:   ENTER 1
        STORE [BP], 8       ; the saved BP is gone, and nobody has returned yet
        CALL  deep
        RET
deep:   ENTER 300
        RET`},
	{name: "no-frame", text: `main:   ENTER 0
        STORE [BP+8], 4     ; main returns to address 4
        RET
        SYS   getpid        ; which is this, with an empty stack
        EXIT`},
	{name: "no-frame-go", text: `main:   ENTER 0
        STORE [BP+8], 4
        RET
        GO    main, 1
        EXIT`},
	{name: "away", options: tiny.Options{Limit: 1000}, text: `main:   ENTER 0
        STORE [BP+8], -1
        RET`},
	{name: "place", text: `main:   ENTER 1
        STORE [SP], 42
        RECV                ; the culprit: what follows is an ENTER
next:   ENTER 1
        RET`},
	{name: "full", text: `main:   ENTER 2
        STORE [SP], 7
        STORE [SP+8], 65
more:   HOST  write         ; for ever, and nobody reads
        JMP   more`},
	{name: "arguments", text: `main:   ENTER 0
        GO    main, 100
        RET`},
	{name: "argument", text: `main:   ENTER 0
        GO    main, 3       ; two words are on the stack
        RET`},
	{name: "run-away", text: `main:   ENTER 0
        MOV   R0, 1         ; and no RET`},
	{name: "limit", is: tiny.ErrLimit, options: tiny.Options{Limit: 1000}, text: `main:   ENTER 1
again:  STORE [SP], 0
        CHAN                ; a trap for ever that never gives way
        JMP   again`},
	{name: "limit-loop", is: tiny.ErrLimit, options: tiny.Options{Limit: 1000}, text: `main:   ENTER 0
again:  JMP   again`},
	{name: "label", options: tiny.Options{Entry: "start"}, text: `main:   ENTER 0
        RET`},
	{name: "enter", text: `main:   RET`},
	{name: "procs", options: tiny.Options{Procs: 257}, text: `main:   ENTER 0
        RET`},
}

// addresses differ from run to run: none is used twice.
var addresses = regexp.MustCompile("0x[0-9a-f]+")

// TestBad compares the errors with testdata/bad.en.txt, or bad.ko.txt. What tiny
// says itself is in both, whatever the reader's language.
func TestBad(t *testing.T) {
	var all strings.Builder
	other, err := os.ReadFile(filepath.Join("testdata", "bad."+lang.Say("ko", "en")+".txt"))
	require.NoError(t, err)
	for _, b := range bad {
		if b.text == "" {
			b.text = source(t, b.name)
		}
		procs := []int{1, 2, 4, 8}
		if b.options.Procs != 0 {
			procs = []int{b.options.Procs}
		}
		first := ""
		for _, n := range procs {
			b.options.Procs = n
			out, _, err := run(t, b.name, b.text, b.options)
			require.Error(t, err, b.name)
			require.Empty(t, out)
			if b.is != nil {
				require.ErrorIs(t, err, b.is)
			}
			text := lang.TextOf(err)
			require.Equal(t, err.Error(), text.String())
			message := addresses.ReplaceAllString(err.Error(), "0x…")
			if fault := (*machine.FaultError)(nil); !errors.As(err, &fault) {
				require.Contains(t, string(other), b.name+": "+addresses.ReplaceAllString(text.In(!lang.Korean()), "0x…")+"\n\n")
			}
			if first == "" {
				first = message
			}
			require.Equal(t, first, message, "%s at %d Ps", b.name, n)
		}
		fmt.Fprintf(&all, "%s: %s\n\n", b.name, first)
	}
	golden := filepath.Join("testdata", "bad."+lang.Say("en", "ko")+".txt")
	if *update {
		require.NoError(t, os.MkdirAll("testdata", 0o755))
		require.NoError(t, os.WriteFile(golden, []byte(all.String()), 0o644))
	}
	want, err := os.ReadFile(golden)
	require.NoError(t, err)
	require.Equal(t, string(want), all.String())
}

// TestBadKorean is TestBad in Korean, in a process of its own: a process speaks
// one language.
func TestBadKorean(t *testing.T) {
	other := "ko"
	if lang.Korean() {
		other = "en"
	}
	exe, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.Command(exe, "-test.run=^TestBad$", fmt.Sprintf("-update=%v", *update))
	cmd.Env = append(os.Environ(), "LAB_LANG="+other)
	out, err := cmd.CombinedOutput()
	harness.Started(t, cmd, err)
	require.NoError(t, err, "%s", out)
}

// TestErrors looks into an error instead of reading it.
func TestErrors(t *testing.T) {
	_, _, err := run(t, "deadlock", source(t, "deadlock"), tiny.Options{Procs: 4})
	var e *tiny.Error
	require.ErrorAs(t, err, &e)
	require.Equal(t, 3, e.All)
	require.Len(t, e.Gs, 3)
	require.EqualValues(t, 1, e.Gs[0].ID)
	require.Equal(t, []string{"deadlock.asm:29: RECV", "deadlock.asm:24: CALL join"}, e.Gs[0].Frames)

	var fault *machine.FaultError
	_, _, err = run(t, "fault", "main: ENTER 0\n LOAD R0, [SP-4096]", tiny.Options{Procs: 4})
	require.ErrorAs(t, err, &fault)

	// More wait than an error lists: main is always among them.
	_, _, err = run(t, "daisy", strings.Replace(source(t, "daisy"), "GO    first, 1", "", 1), tiny.Options{Procs: 4})
	require.ErrorAs(t, err, &e)
	require.ErrorIs(t, err, tiny.ErrDeadlock)
	require.Equal(t, 10_001, e.All)
	require.LessOrEqual(t, len(e.Gs), 101)
	require.EqualValues(t, 1, e.Gs[0].ID)
}

// stuckWriter does not come back until it is let go.
type stuckWriter struct{ in, out chan struct{} }

func (w stuckWriter) Write(p []byte) (int, error) {
	close(w.in)
	<-w.out
	return len(p), nil
}

// TestCancelWhileOutBlocks: whoever reads the output may be slow for ever.
func TestCancelWhileOutBlocks(t *testing.T) {
	out := stuckWriter{make(chan struct{}), make(chan struct{})}
	w := &tiny.World{Out: out}
	p, err := machine.Assemble("x.asm", "main: ENTER 1\n STORE [SP], 1\n HOST print\n RET", w.Hosts())
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		<-out.in
		cancel()
	}()
	_, err = tiny.Run(ctx, p, tiny.Options{Procs: 2, World: w, Patience: time.Second})
	require.ErrorIs(t, err, context.Canceled)
	require.ErrorIs(t, err, tiny.ErrStuck)
	require.ErrorContains(t, err, "HOST")
	close(out.out)
}

// TestHostGoexit: a HOST function that ends its goroutine, as t.FailNow does,
// ends the run.
func TestHostGoexit(t *testing.T) {
	p, err := machine.Assemble("x.asm", "main: ENTER 0\n HOST exit\n RET", map[string]machine.Host{
		"exit": func([]uint64) uint64 { runtime.Goexit(); return 0 },
	})
	require.NoError(t, err)
	_, err = tiny.Run(context.Background(), p, tiny.Options{Procs: 2})
	require.ErrorContains(t, err, "runtime.Goexit")
}

// blocked has Gs in every state when main ends: in a read that nothing ends, in
// a long sleep, waiting, runnable, and running.
const blocked = `main:   ENTER 2
        STORE [SP], 0
        CHAN
        STORE [BP-8], R0
        GO    read, 0
        GO    sleep, 0
        GO    hog, 0
        GO    polite, 0
        LOAD  R0, [BP-8]
        STORE [SP], R0
        GO    wait, 1
        STORE [SP], 10000
        SYS   sleep
END
read:   ENTER 1
        STORE [SP], 1
        SYS   read
        RET
sleep:  ENTER 1
        STORE [SP], 0x7fffffff ; more than half an hour
        SYS   sleep
        RET
hog:    ENTER 0
        JMP   hog2
hog2:   JMP   hog2
polite: ENTER 0
more:   YIELD
        JMP   more
wait:   ENTER 1
        LOAD  R0, [BP+16]
        STORE [SP], R0
        RECV
        RET`

func TestMainEnds(t *testing.T) {
	everyProcs(t, func(t *testing.T, procs int) {
		_, _, err := run(t, "blocked", strings.Replace(blocked, "END", "        RET", 1), tiny.Options{Procs: procs})
		require.NoError(t, err)
	})
}

func TestCancel(t *testing.T) {
	text := strings.Replace(blocked, "END", `        LOAD R0, [BP-8]
        STORE [SP], R0
        RECV`, 1)
	why := errors.New("enough")
	everyProcs(t, func(t *testing.T, procs int) {
		ctx, cancel := context.WithTimeoutCause(context.Background(), 20*time.Millisecond, why)
		defer cancel()
		_, _, err := runContext(ctx, t, "blocked", text, tiny.Options{Procs: procs})
		require.ErrorIs(t, err, why)

		done, end := context.WithCancel(context.Background())
		end()
		_, _, err = runContext(done, t, "blocked", text, tiny.Options{Procs: procs})
		require.ErrorIs(t, err, context.Canceled)
	})
}

// TestPreempts: main waits for somebody who can go on only if hogs, as many as
// Ps, are stopped. At several Ps they may be quicker than the hogs; with one the
// hog was there first.
func TestPreempts(t *testing.T) {
	everyProcs(t, func(t *testing.T, procs int) {
		text := source(t, "hog")
		text = strings.Replace(text, "GO    hog, 0", strings.Repeat("GO hog, 0\n", procs), 1)
		text = strings.Replace(text, "R1, 10, round", "R1, 2, round", 1)
		out, stats, err := run(t, "hogs", text, tiny.Options{Procs: procs})
		require.NoError(t, err)
		require.Equal(t, "2\n", out)
		if procs == 1 {
			require.NotZero(t, stats.Sum().Preemptions)
		}
	})
}

// TestHandoff: who blocks holds no P.
func TestHandoff(t *testing.T) {
	out, stats, err := run(t, "reads", source(t, "reads"), tiny.Options{Procs: 1})
	require.NoError(t, err)
	require.Equal(t, "4950\n", out)
	require.Greater(t, stats.Sum().Handoffs, 50)
	require.Greater(t, stats.Threads, 50) // as many as block at once: the machine decides
}

// TestGrows: a stack that grows, and what it holds is still right.
func TestGrows(t *testing.T) {
	out, stats, err := run(t, "deep", `main: ENTER 1
        STORE [SP], 10000
        CALL  sum
        STORE [SP], R0
        HOST  print
        RET
sum:    ENTER 1             ; sum(n) = n + sum(n-1)
        LOAD  R0, [BP+16]
        JEQ   R0, 0, done
        SUB   R0, 1
        STORE [SP], R0
        CALL  sum
        LOAD  R1, [BP+16]
        ADD   R0, R1
done:   RET`, tiny.Options{Procs: 1})
	require.NoError(t, err)
	require.Equal(t, "50005000\n", out)
	require.Equal(t, 7, stats.Sum().Growths) // 256 words to 32768
}

// TestMillion: as many goroutines at once as memory allows.
func TestMillion(t *testing.T) {
	n := 1_000_000
	switch free := harness.FreeMemory(); {
	case harness.Race():
		n = 10_000
	case free < 6<<30 || testing.Short():
		n = 100_000
	}
	_, _, err := run(t, "daisy", strings.Replace(source(t, "daisy"), "R1, 10000, more", fmt.Sprintf("R1, %d, more", n), 1), tiny.Options{Procs: 2})
	require.NoError(t, err)
	runtime.GC()
}

// TestNothingIsLeft: no thread, no open file, and GOMAXPROCS as it was.
func TestNothingIsLeft(t *testing.T) {
	procs := runtime.GOMAXPROCS(0)
	before, err := osthread.Count()
	require.NoError(t, err)
	files, _ := os.ReadDir("/proc/self/fd")
	_, stats, err := run(t, "reads", source(t, "reads"), tiny.Options{Procs: 8})
	require.NoError(t, err)
	require.Greater(t, stats.Threads, 50)
	require.Equal(t, procs, runtime.GOMAXPROCS(0))
	after, _ := os.ReadDir("/proc/self/fd")
	require.InDelta(t, len(files), len(after), 2)
	if runtime.GOOS == "linux" { // elsewhere threads that are gone count too
		// Go itself has made some that it keeps.
		require.Eventually(t, func() bool {
			n, err := osthread.Count()
			return err == nil && n <= before+16
		}, 10*time.Second, time.Millisecond)
	}
}

// TestManyRuns: runs that know nothing of each other, at once.
func TestManyRuns(t *testing.T) {
	procs := runtime.GOMAXPROCS(0)
	var all sync.WaitGroup
	for i := range 12 {
		e := examples[i%len(examples)]
		text := e.small(t)
		all.Go(func() {
			var out bytes.Buffer
			w := &tiny.World{Out: &out}
			p, err := machine.Assemble(e.name, text, w.Hosts())
			if err == nil {
				_, err = tiny.Run(context.Background(), p, tiny.Options{Procs: 1 + i%4, World: w})
			}
			if err != nil || out.String() != e.wantSmall+"\n" {
				t.Errorf("%s: %q, want %q: %v", e.name, out.String(), e.wantSmall, err)
			}
		})
	}
	all.Wait()
	require.Equal(t, procs, runtime.GOMAXPROCS(0))
}

// TestWorld: a World serves one Run.
func TestWorld(t *testing.T) {
	w := &tiny.World{}
	p, err := machine.Assemble("w.asm", "main: ENTER 0\n RET", w.Hosts())
	require.NoError(t, err)
	_, err = tiny.Run(context.Background(), p, tiny.Options{Procs: 1, World: w})
	require.NoError(t, err)
	_, err = tiny.Run(context.Background(), p, tiny.Options{Procs: 1, World: w})
	require.ErrorContains(t, err, "World")
	_, err = tiny.Run(context.Background(), p, tiny.Options{Procs: 1}) // and no World will do too
	require.NoError(t, err)
}
