package tiny

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"gmplab/internal/lang"
)

// An error stands in both languages within another.
func TestText(t *testing.T) {
	plain := errors.New("plain")
	err := errorf("%s, %s, P%d", "%[3]d번 P, %[1]s, %[2]s", ErrLimit, plain, 3)
	require.Equal(t, lang.Pair("the limit of steps is used up, plain, P3", "3번 P, 정해 둔 단계 수를 다 썼습니다, plain"), Text(err))
	require.Equal(t, Text(err).String(), err.Error())
	require.ErrorIs(t, err, ErrLimit)
	require.ErrorIs(t, err, plain)
	require.NotErrorIs(t, err, ErrLost)
	more := lost("%d more", "%d개 더", 2)
	require.ErrorIs(t, more, ErrLost)
	require.Equal(t, lang.Pair("a lab's code has lost count of the goroutines: 2 more", "실습 코드가 고루틴을 잃어버렸거나 두 번 내주었습니다: 2개 더"), Text(more))
}
