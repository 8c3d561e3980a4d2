package lang

import (
	"os/exec"
	"strings"
)

// system returns the language that macOS was set to, as ko_KR. Terminals set
// LANG by it; an editor that was started from the Dock, and the tests that it
// runs, have none. Only those pay for a child, of some milliseconds.
func system() string {
	out, _ := exec.Command("/usr/bin/defaults", "read", "-g", "AppleLocale").Output()
	return strings.TrimSpace(string(out))
}
