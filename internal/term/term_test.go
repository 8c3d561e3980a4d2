package term

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/clipperhouse/displaywidth"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// Whatever the cells, lines are no wider than the table, columns begin where
// the rule says, and no character is lost.
func TestTable(t *testing.T) {
	words := rapid.StringMatching(`([a-z÷≥·가-힣]{1,30} ?){0,12}`)
	rapid.Check(t, func(t *rapid.T) {
		width := rapid.IntRange(leastWidth, 140).Draw(t, "width")
		tab := Table{Head: []string{"", "글의 주장", "b", "c"}}
		for range rapid.IntRange(1, 5).Draw(t, "rows") {
			tab.Rows = append(tab.Rows, []string{"C1", words.Draw(t, "a"), words.Draw(t, "b"), words.Draw(t, "c")})
		}
		var out bytes.Buffer
		require.NoError(t, tab.Write(&out, width))
		widths := tab.widths(width - 6)
		seen := map[int]string{}
		for line := range strings.Lines(out.String()) {
			line = strings.TrimSuffix(line, "\n")
			require.LessOrEqual(t, displaywidth.String(line), width)
			for i, w := range widths {
				cell := displaywidth.TruncateString(line, w, "")
				seen[i] += strings.ReplaceAll(cell, " ", "")
				line = strings.TrimPrefix(line[len(cell):], columnGap)
				if displaywidth.String(cell) < w && line != "" {
					line = strings.TrimPrefix(line, " ") // a wide character did not fit
				}
			}
		}
		for i := range widths {
			want := ""
			for y, row := range append([][]string{tab.Head, nil}, tab.Rows...) {
				if y == 1 {
					want += strings.Repeat("-", widths[i])
					continue
				}
				want += strings.ReplaceAll(row[i], " ", "")
			}
			require.Equal(t, want, seen[i])
		}
	})
}

func TestHang(t *testing.T) {
	require.Equal(t, "  rule: a goroutine\n        that gave way\nPC  SP   BP which is wider than that\n",
		Hang("  rule: a goroutine that gave way\nPC  SP   BP which is wider than that\n", 28))
}

func TestFitCountsHangulTwice(t *testing.T) {
	require.Equal(t, "과제  |", Fit("과제", 6)+"|")
	require.Equal(t, "wider", Fit("wider", 3))
}

// A file, a device that is no terminal and a buffer are none.
func TestWhatIsNoTerminal(t *testing.T) {
	file, err := os.Create(filepath.Join(t.TempDir(), "out"))
	require.NoError(t, err)
	defer file.Close()
	null, err := os.Open(os.DevNull)
	require.NoError(t, err)
	defer null.Close()
	for _, f := range []any{file, null, &bytes.Buffer{}, nil} {
		require.False(t, Is(f))
		require.Equal(t, DefaultWidth, Width(f))
	}
}

func TestProgressIsSilentWhereThereIsNoTerminal(t *testing.T) {
	var out bytes.Buffer
	bar := NewProgress(&out)
	bar.Show("03", 3, 10, "round 4/10")
	bar.Clear()
	require.Empty(t, out.String())
}

// A bar that is wider than the terminal would go on in the next line, and stay.
func TestProgressFits(t *testing.T) {
	for _, width := range []int{40, 60, 100} {
		var out bytes.Buffer
		bar := &Progress{w: &out, width: width}
		bar.Show("03-context-switch", 5, 10, "라운드 6/10")
		require.Less(t, columns(strings.TrimPrefix(out.String(), "\r")), width)
	}
}

func TestProgressLeavesNothing(t *testing.T) {
	var out bytes.Buffer
	bar := &Progress{w: &out}
	bar.Show("03", 5, 10, "라운드 6/10")
	bar.Show("03", 10, 10, "")
	bar.Clear()
	require.Equal(t, "\r03 [##########..........] 라운드 6/10\r03 [####################]            \r"+strings.Repeat(" ", 26)+"\r", out.String())
}

// A full disk at the end of a pipe is not a success.
func TestOutputThatCannotBeWritten(t *testing.T) {
	c := &Checked{W: failing{}}
	fmt.Fprintln(c, "x")
	require.EqualError(t, c.Err, "no space")
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, errors.New("no space") }
