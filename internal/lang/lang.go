// Package lang picks the language that the workbook speaks to its reader:
// Korean or English. Every text is written as a pair where it is needed, so
// that neither language is a translation kept somewhere else.
package lang

import (
	"os"
	"strings"
	"sync"
)

// Say returns en or ko, whichever the reader's language is.
func Say(en, ko string) string {
	if Korean() {
		return ko
	}
	return en
}

// Korean reports whether the reader's language is Korean: LAB_LANG decides,
// else the locale (LC_ALL, LC_MESSAGES, LANG, in that order), else English.
var Korean = sync.OnceValue(func() bool { return korean(os.Getenv) })

func korean(getenv func(string) string) bool {
	for _, name := range []string{"LAB_LANG", "LC_ALL", "LC_MESSAGES", "LANG"} {
		if v := strings.ToLower(getenv(name)); v != "" {
			return v == "ko" || strings.HasPrefix(v, "ko_") || strings.HasPrefix(v, "ko-") || strings.HasPrefix(v, "ko.")
		}
	}
	return false
}
