package lang

import "syscall"

// system returns the language of Windows's own windows and menus, Korean or
// none: Windows sets no LANG.
func system() string {
	const primary, korean = 0x3ff, 0x12 // LANGID: ten bits of language, six of country
	id, _, _ := syscall.NewLazyDLL("kernel32.dll").NewProc("GetUserDefaultUILanguage").Call()
	if id&primary == korean {
		return "ko"
	}
	return ""
}
