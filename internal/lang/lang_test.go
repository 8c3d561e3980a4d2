package lang

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestLanguage(t *testing.T) {
	for _, c := range []struct {
		env  map[string]string
		want bool
	}{
		{nil, false},
		{map[string]string{"LANG": "ko_KR.UTF-8"}, true},
		{map[string]string{"LANG": "C.UTF-8"}, false},
		{map[string]string{"LANG": "kok_IN"}, false}, // Konkani
		{map[string]string{"LANG": "ko_KR.UTF-8", "LAB_LANG": "en"}, false},
		{map[string]string{"LANG": "ko_KR.UTF-8", "LC_ALL": "C"}, false},
		{map[string]string{"LANG": "en_US.UTF-8", "LAB_LANG": "KO"}, true},
	} {
		require.Equal(t, c.want, korean(func(k string) string { return c.env[k] }), "%v", c.env)
	}
}
