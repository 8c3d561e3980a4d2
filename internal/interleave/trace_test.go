package interleave

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"gmplab/internal/interleave/atomic"
)

const lostEn = `A schedule with 1 preemption fails (found in run 4):

  #   a                           b                 source
---   --------------------------  ----------------  ----------------
  1   load n: 0                                     trace_test.go:46
  2 *                             load n: 0         trace_test.go:46
  3                               CAS n: 0 -> 1 ok  trace_test.go:47
  4   CAS n: 0 -> 1 failed: is 1                    trace_test.go:47
      all have ended; the final check:
  5   load n: 1                                     trace_test.go:50
*: a preemption. The thread before it could have gone on.

the final check: an increment is lost (trace_test.go:50)`

const lostKo = `선점 1번으로 실패하는 스케줄이 있습니다(4번째 실행에서 발견).

  #   a                           b                 소스
---   --------------------------  ----------------  ----------------
  1   load n: 0                                     trace_test.go:46
  2 *                             load n: 0         trace_test.go:46
  3                               CAS n: 0 -> 1 ok  trace_test.go:47
  4   CAS n: 0 -> 1 failed: is 1                    trace_test.go:47
      모두 끝났습니다. 마지막 검사:
  5   load n: 1                                     trace_test.go:50
*: 선점. 바로 앞의 스레드는 더 실행될 수 있었습니다.

마지막 검사: 증가 하나가 사라졌습니다 (trace_test.go:50)`

func TestTrace(t *testing.T) {
	f := fails(t, Broken, "", func(m *Model) {
		var n atomic.Int32
		m.Watch("n", &n)
		for _, name := range []string{"a", "b"} {
			m.Go(name, func() {
				old := n.Load()
				n.CompareAndSwap(old, old+1)
			})
		}
		m.After(func() { m.Check(n.Load() == 2, "an increment is lost", "증가 하나가 사라졌습니다") })
	})
	require.Equal(t, lostEn, f.render(false))
	require.Equal(t, lostKo, f.render(true))
}

type named struct{ name string }

func (n *named) String() string { return "<" + n.name + ">" }

// Values print as the model says: a label, Show, a Stringer, else a number.
func TestValues(t *testing.T) {
	f := fails(t, Broken, "", func(m *Model) {
		var p atomic.Pointer[int]
		var s atomic.Pointer[named]
		var bits atomic.Uint64
		var vars [2]atomic.Int64
		var nameless atomic.Bool
		x, y := new(int), new(int)
		m.Watch("p", &p)
		m.Watch("s", &s)
		m.Watch("bits", &bits)
		m.Watch("vars", &vars)
		m.Label(x, "x")
		m.Show(func(name string, v any) string {
			if name == "bits" {
				return strings.Repeat("|", int(v.(uint64)))
			}
			return ""
		})
		m.Go("스레드", func() {
			p.Store(x)
			p.Swap(y)
			p.CompareAndSwap(x, nil)
			s.Store(&named{"one"})
			bits.Or(3)
			bits.And(1)
			vars[1].Add(-2)
			nameless.Store(true)
			m.Saw("all of it")
			m.Check(false, "done: %d", "끝: %d", 1)
		})
	})
	en := f.render(false)
	for _, cell := range []string{"store p: nil -> x ", "swap p: x -> int#1 ", "CAS p: x -> nil failed: is int#1 ",
		"store s: nil -> <one> ", "or bits: 0 -> ||| ", "and bits: ||| -> | ", "add vars[1]: 0 -> -2 ",
		"store atomic#1: false -> true ", "(all of it)"} {
		require.Contains(t, en, cell)
	}
	at := -1
	for line := range strings.Lines(en) { // the sources stand in one column
		if i := strings.Index(line, "trace_test.go"); i >= 0 && !strings.Contains(line, "done") {
			i = columns(line[:i])
			require.True(t, at < 0 || at == i, line)
			at = i
		}
	}
}

func TestWide(t *testing.T) {
	f := fails(t, Broken, "", stealing(3, true))
	for line := range strings.Lines(f.render(true)) {
		require.LessOrEqual(t, columns(strings.TrimSpace(line)), 100)
	}
}
