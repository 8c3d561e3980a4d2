package claims

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestLab02(t *testing.T) {
	known := map[string]bool{}
	for _, b := range lab02Benches {
		require.False(t, known[b.Name], b.Name)
		known[b.Name] = true
	}
	for _, name := range Needs(lab02) {
		require.True(t, known[name], "%s has no label", name)
	}
	headlines := 0
	for _, c := range lab02 {
		require.Equal(t, lab02Name, c.Lab)
		require.NotEmpty(t, c.Why.KO)
		require.NotEmpty(t, c.Proposition.KO)
		if c.Question != (Text{}) {
			require.NotEmpty(t, c.Question.KO)
			headlines++
		}
	}
	require.Equal(t, 3, headlines)
}
