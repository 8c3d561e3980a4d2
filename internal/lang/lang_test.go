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
		{map[string]string{"LANG": "KO"}, true},
		{map[string]string{"LANG": "ko"}, true},
		{map[string]string{"LANG": "ko.UTF-8"}, true},
		{map[string]string{"LANG": "ko_KR.UTF-8"}, true},
		{map[string]string{"LANG": "C.UTF-8"}, false},
		{map[string]string{"LANG": "kok_IN"}, false}, // Konkani
		{map[string]string{"LANG": "ko_KR.UTF-8", "LAB_LANG": "en"}, false},
		{map[string]string{"LANG": "ko_KR.UTF-8", "LC_ALL": "C"}, false},
		{map[string]string{"LANG": "en_US.UTF-8", "LAB_LANG": "KO"}, true},
	} {
		getenv := func(k string) string { return c.env[k] }
		require.Equal(t, c.want, korean(getenv, func() string { return "" }), "%v", c.env)
	}
}

func TestLanguageOfTheSystem(t *testing.T) {
	for _, c := range []struct {
		env    map[string]string
		system string
		want   bool
	}{
		{nil, "ko_KR", true}, // macOS
		{nil, "ko", true},
		{nil, "en_KR", false}, // English, in Korea
		{map[string]string{"LAB_LANG": "en"}, "ko", false},
		{map[string]string{"LANG": "C.UTF-8"}, "ko", false},
		{map[string]string{"LANG": ""}, "ko", true},
	} {
		getenv := func(k string) string { return c.env[k] }
		require.Equal(t, c.want, korean(getenv, func() string { return c.system }), "%v %s", c.env, c.system)
	}
}

func TestPairf(t *testing.T) {
	require.Equal(t, Pair("2 of 3 calls", "시스템 콜 3개 중 2개"),
		Pairf("%d of %d %s", "%[3]s %[2]d개 중 %[1]d개", 2, 3, Pair("calls", "시스템 콜")))
}
