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

func TestPairf(t *testing.T) {
	require.Equal(t, Pair("2 of 3 calls", "시스템 콜 3개 중 2개"),
		Pairf("%d of %d %s", "%[3]s %[2]d개 중 %[1]d개", 2, 3, Pair("calls", "시스템 콜")))
}
