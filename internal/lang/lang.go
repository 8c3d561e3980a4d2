// Package lang picks the language that the workbook speaks to its reader:
// Korean or English. Every text is written as a pair where it is needed, so
// that neither language is a translation kept somewhere else.
package lang

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
)

// Text is a text in both languages. Data holds the pair; it becomes words where
// it is shown.
type Text struct {
	EN string `json:"en"`
	KO string `json:"ko"`
}

// Pair returns the text in both languages.
func Pair(en, ko string) Text { return Text{en, ko} }

// Pairf formats both texts with the same arguments. An argument that is a pair
// itself, a Text or an Error, stands in each in its language.
func Pairf(en, ko string, args ...any) Text {
	in := func(format string, korean bool) string {
		words := slices.Clone(args)
		for i, a := range words {
			switch a := a.(type) {
			case Text:
				words[i] = a.In(korean)
			case error:
				words[i] = TextOf(a).In(korean)
			}
		}
		return fmt.Sprintf(format, words...)
	}
	return Text{in(en, false), in(ko, true)}
}

// String returns the text in the reader's language.
func (t Text) String() string { return t.In(Korean()) }

// In returns the Korean or the English text.
func (t Text) In(korean bool) string {
	if korean {
		return t.KO
	}
	return t.EN
}

// Say returns en or ko, whichever the reader's language is.
func Say(en, ko string) string {
	if Korean() {
		return ko
	}
	return en
}

// Korean reports whether the reader's language is Korean: LAB_LANG decides,
// else the locale (LC_ALL, LC_MESSAGES, LANG, in that order), else what Windows
// or macOS was set to, else English.
var Korean = sync.OnceValue(func() bool { return korean(os.Getenv, system) })

func korean(getenv func(string) string, system func() string) bool {
	for _, name := range []string{"LAB_LANG", "LC_ALL", "LC_MESSAGES", "LANG"} {
		if locale := getenv(name); locale != "" {
			return isKorean(locale)
		}
	}
	return isKorean(system())
}

func isKorean(locale string) bool {
	language, _, _ := strings.Cut(strings.ToLower(locale), "_")
	language, _, _ = strings.Cut(language, "-")
	language, _, _ = strings.Cut(language, ".")
	return language == "ko"
}
