package solutions_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// A misconception is a wrong solution that people really write: the reference
// with one edit, which the named test must catch.
type misconception struct {
	lab, test string
	old, new  string // old is in the reference exactly once
	en, ko    string // what is misunderstood
}

var misconceptions = []misconception{
	{"03-context-switch", "TestSaveKeepsThreeWords",
		", BP: c.R[machine.BP]}\n\tg.Full = false", "}\n\tg.Full = false",
		"BP can be computed from SP, so it need not be saved", "BP는 SP에서 구할 수 있으니 저장하지 않아도 된다"},
	{"03-context-switch", "TestSaveKeepsThreeWords",
		"\tg.Full = false\n", "",
		"Full is set once and for all", "Full은 한 번 정해지면 그대로다"},
	{"03-context-switch", "TestSaveKeepsThreeWords",
		"SP: c.R[machine.SP], BP", "SP: c.R[machine.SP] + machine.Word, BP",
		"the trap pushed a return address that must be skipped", "트랩이 쌓은 복귀 주소를 건너뛰어야 한다"},
	{"03-context-switch", "TestSaveKeepsThreeWords",
		"\tg.Context = machine.Context{PC: c.PC, SP: c.R[machine.SP], BP: c.R[machine.BP]}\n\tg.Full = false",
		"\tSaveAll(c, g)",
		"to be safe, save all sixteen at a yield", "안전하게 양보할 때도 열여섯 개를 모두 저장한다"},
	{"03-context-switch", "TestLoadBringsThreeWordsBack",
		"\tc.Use(g.Stack)\n\tc.PC, c.R", "\tc.PC, c.R",
		"SP is enough to change the stack", "SP만 바꾸면 스택이 바뀐다"},
	{"03-context-switch", "TestTwoGoroutinesTakeTurns",
		"c.PC, c.R[machine.SP], c.R[machine.BP] = g.Context.PC,", "c.PC, c.R[machine.SP], c.R[machine.BP] = g.Context.PC-1,",
		"PC points at the instruction that trapped", "PC는 트랩을 일으킨 명령어를 가리킨다"},
	{"03-context-switch", "TestReadyIsFirstInFirstOut",
		"\tg.Link = nil\n\tif r.head == nil {\n\t\tr.head = g\n\t} else {\n\t\tr.tail.Link = g\n\t}\n\tr.tail = g\n",
		"\tg.Link = r.head\n\tr.head = g\n\tr.tail = g\n",
		"a stack of ready goroutines will do", "실행 가능한 고루틴은 스택에 쌓아도 된다"},
	{"03-context-switch", "TestReadyFillsAgainAfterItWasEmpty",
		"\tif r.head == nil {\n\t\tr.head = g\n", "\tif r.tail == nil {\n\t\tr.head = g\n",
		"the tail tells whether the queue is empty (Pop leaves it stale)", "tail을 보면 큐가 비었는지 알 수 있다(Pop 뒤에는 옛 값이 남아 있다)"},
	{"03-context-switch", "TestReadyIsFirstInFirstOut",
		"\tg.Link = nil\n\tif", "\tif",
		"a goroutine that is pushed has no Link", "큐에 넣는 고루틴에는 Link가 없다"},
	{"03-context-switch", "TestReadyCostsTheSameHoweverLong",
		"\t\tr.tail.Link = g\n\t}\n\tr.tail = g\n",
		"\t\tlast := r.head\n\t\tfor last.Link != nil {\n\t\t\tlast = last.Link\n\t\t}\n\t\tlast.Link = g\n\t}\n",
		"walk to the end of the list: it is short", "목록의 끝까지 따라가면 된다. 어차피 짧다"},
	{"03-context-switch", "TestRunGoesRound",
		"\t\t\tSave(c, g)\n\t\t\tready.Push(g)", "\t\t\tSave(c, g)\n\t\t\tif next := ready.Pop(); next != nil {\n\t\t\t\tready.Push(g)\n\t\t\t\tg = next\n\t\t\t}\n\t\t\tready.Push(g)",
		"the one who yields may go before the last", "양보한 고루틴이 마지막 앞에 끼어들어도 된다"},
	{"03-context-switch", "TestRunSavesBeforeItPublishes",
		"\t\t\tSave(c, g)\n\t\t\tready.Push(g)", "\t\t\tready.Push(g)\n\t\t\tSave(c, g)",
		"publish, then save: the order of the two does not matter", "큐에 넣고 나서 저장해도 순서는 상관없다"},
	{"03-context-switch", "TestRunLosesNobodyWhenOthersExit",
		"\t\tcase machine.Exit:\n", "\t\tcase machine.Exit:\n\t\t\treturn nil\n",
		"when one exits the scheduler is done", "하나가 끝나면 스케줄러도 끝난다"},
	{"03-context-switch", "TestRunLosesNobodyWhenOthersExit",
		"\t\tcase machine.Exit:\n", "\t\tcase machine.Exit:\n\t\t\tready.Pop()\n",
		"the one who exits is still on the queue and must be taken off", "끝난 고루틴이 아직 큐에 있으므로 빼내야 한다"},
	{"03-context-switch", "TestRunNamesAnyOtherTrap",
		"\t\t\treturn fmt.Errorf(\"goroutine %d: %v before", "\t\t\tcontinue\n\t\t\treturn fmt.Errorf(\"goroutine %d: %v before",
		"a trap that is not understood can be skipped", "모르는 트랩은 건너뛰어도 된다"},
	{"03-context-switch", "TestSaveAllKeepsAllSixteenAndThePC",
		"\tpush(c.PC)\n", "\tpush(0)\n",
		"the PC is not one of the sixteen, so it need not be kept", "PC는 열여섯 개에 들지 않으니 저장하지 않아도 된다"},
	{"03-context-switch", "TestSaveAllKeepsAllSixteenAndThePC",
		"for _, v := range c.R[:machine.SP] {", "for _, v := range c.R[:machine.BP] {",
		"the chain of frames on the stack keeps BP", "BP는 스택의 프레임 사슬에 있으니 저장하지 않아도 된다"},
	{"03-context-switch", "TestSaveAllKeepsAllSixteenAndThePC",
		"for i := machine.SP - 1; i >= 0; i-- {\n\t\tc.R[i] = pop()", "for i := range machine.SP {\n\t\tc.R[i] = pop()",
		"pop in the order of the pushes", "넣은 순서대로 꺼낸다"},
	{"03-context-switch", "TestSaveAllKeepsAllSixteenAndThePC",
		"\tc.R[machine.SP] = sp\n", "",
		"SP is right by itself when all is popped", "다 꺼내면 SP는 저절로 맞는다"},
	{"03-context-switch", "TestSaveAllKeepsAllSixteenAndThePC",
		"\tc.Use(g.Stack)\n\tsp := g.Context.SP\n", "\tc.Use(g.Stack)\n\tc.R[machine.SP] = g.Context.SP + 16*machine.Word\n\tsp := c.R[machine.SP]\n",
		"restore SP first, then read the frame from it", "SP를 먼저 되돌리고 거기서부터 프레임을 읽는다"},
	{"03-context-switch", "TestSaveAllKeepsAllSixteenAndThePC",
		"\tg.Context = machine.Context{PC: c.PC, SP: sp, BP: c.R[machine.BP]}\n\tg.Full = true",
		"\tg.Context = machine.Context{PC: c.PC, SP: sp + 8*machine.Word, BP: c.R[machine.BP]}\n\tg.Full = true",
		"the words below SP stay what they are, so SP need not cover them", "SP 아래의 워드는 그대로 남으니 SP가 덮지 않아도 된다"},
	{"03-context-switch", "TestSaveAllHasItsRoom",
		"\tsp := c.R[machine.SP]\n\tpush", "\tsp := c.R[machine.SP] - 16*machine.Word\n\tpush",
		"leave a gap below SP, to be safe", "안전하게 SP 아래를 비워 두고 쌓는다"},
	{"03-context-switch", "TestSaveAllUsesEachGoroutinesOwnStack",
		"\t\tg.Stack.Set(sp, v)\n", "\t\tshared[g.Stack.Hi-sp] = v\n",
		"one save area is enough: only one goroutine is preempted at a time", "저장할 곳은 하나면 된다. 한 번에 고루틴 하나만 선점되니까"},
	{"03-context-switch", "TestRunMixesYieldAndPreemption",
		"\t\tif g.Full {\n\t\t\tLoadAll(c, g)\n\t\t} else {\n\t\t\tLoad(c, g)\n\t\t}\n", "\t\tLoad(c, g)\n",
		"a preempted goroutine goes on as if it had yielded", "선점된 고루틴도 양보한 것처럼 이어서 실행하면 된다"},
	{"03-context-switch", "TestRunPreemptsAtEveryInstruction",
		"\t\tcase machine.Stopped:\n\t\t\tSaveAll(c, g)", "\t\tcase machine.Stopped:\n\t\t\tSave(c, g)",
		"three words are enough for a preemption too", "선점에도 워드 세 개면 충분하다"},
	{"03-context-switch", "TestRunSavesAPreemptedOneBeforeItPublishes",
		"\t\t\tSaveAll(c, g)\n\t\t\tready.Push(g)", "\t\t\tready.Push(g)\n\t\t\tSaveAll(c, g)",
		"publish, then save: preemption is rare", "선점은 드무니 큐에 넣고 나서 저장해도 된다"},
	{"03-context-switch", "TestRunStopsAHog",
		"\t\t\tSaveAll(c, g)\n\t\t\tready.Push(g)",
		"\t\t\tfor c.Run(p).Kind == machine.Stopped {\n\t\t\t}\n\t\t\tSaveAll(c, g)\n\t\t\tready.Push(g)",
		"a stopped goroutine may go on at once", "멈춘 고루틴을 바로 이어서 실행해도 된다"},
}

// also is what an edit needs elsewhere, to compile and to be a mistake
// rather than a crash.
var also = map[string]*strings.Replacer{
	"shared[": strings.NewReplacer(
		"v := g.Stack.Get(sp)", "v := shared[g.Stack.Hi-sp]",
		"func SaveAll(", "var shared = map[uint64]uint64{}\n\nfunc SaveAll("),
}

func TestMisconceptionsAreCaught(t *testing.T) {
	if !*wrong {
		t.Skip("only with -misconceptions: it takes minutes")
	}
	byName := map[string]lab{}
	for _, l := range labs(t) {
		byName[l.name] = l
	}
	for _, m := range misconceptions {
		l, ok := byName[m.lab]
		require.True(t, ok, m.lab)
		reference, err := os.ReadFile(filepath.Join(root, l.reference()))
		require.NoError(t, err)
		t.Run(m.lab+"/"+strings.ReplaceAll(m.en, " ", "_"), func(t *testing.T) {
			t.Parallel()
			require.Equal(t, 1, bytes.Count(reference, []byte(m.old)), "old occurs once: %s", m.old)
			require.NotEmpty(t, m.ko)
			edited := bytes.Replace(reference, []byte(m.old), []byte(m.new), 1)
			for word, replacer := range also {
				if strings.Contains(m.new, word) {
					edited = []byte(replacer.Replace(string(edited)))
				}
			}
			// Real threads on a busy machine may never meet: then once more.
			out, err := goCommand(nil, "test", "-overlay", overlayOf(t, l, edited), "-ldflags=-s -w", "-vet=off", "-count=3", "-failfast",
				"-timeout=60s", "-run", "^"+m.test+"$", "./labs/"+m.lab)
			require.Error(t, err, "%s lets it pass: %s", m.test, m.en)
			require.Contains(t, out, "--- FAIL: "+m.test, out)
			require.NotContains(t, out, "\npanic: ", out)
		})
	}
}
