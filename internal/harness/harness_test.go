package harness

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestUpwards(t *testing.T) {
	for group, want := range map[string][]string{
		"/":             {"/"},
		"/user.slice/a": {"/user.slice/a", "/user.slice", "/"},
		"a/b":           {"a/b", "a", "."},
		"/a/":           {"/a/", "/a", "/"},
		"":              {"", "."},
		`\`:             {`\`, "."},
	} {
		require.Equal(t, want, upwards(group), "%q", group)
	}
}
