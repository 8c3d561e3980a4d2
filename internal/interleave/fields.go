package interleave

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"gmplab/internal/lang"
)

// Fields reports the fields of the struct type of v, or of what v points to,
// that an exploration does not see: those that are of no type of
// interleave/atomic, no Mutex and no Note, nor structs, arrays or slices of
// such. (The header of a slice is taken for constant.) allowed names the fields
// that never change after the value is made: "ring", "inner.limit".
func Fields(v any, allowed ...string) error {
	t := reflect.TypeOf(v)
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct {
		return fmt.Errorf("interleave: Fields of %v, want a struct", t)
	}
	var bad []string
	var walk func(name string, t reflect.Type)
	walk = func(name string, t reflect.Type) {
		switch {
		case understood(t) || slices.Contains(allowed, name) || strings.HasSuffix("."+name, "._"):
		case t.Kind() == reflect.Struct && !strings.HasPrefix(t.PkgPath(), "sync"):
			for i := range t.NumField() {
				walk(strings.TrimPrefix(name+"."+t.Field(i).Name, "."), t.Field(i).Type)
			}
		case (t.Kind() == reflect.Array || t.Kind() == reflect.Slice) && seen(t.Elem()):
			walk(name+"[]", t.Elem())
		default:
			bad = append(bad, name+" "+t.String())
		}
	}
	walk("", t)
	if bad == nil {
		return nil
	}
	return fmt.Errorf(lang.Say("%v: the explorer does not see what happens in %s: every field that changes must be of a type of interleave/atomic",
		"%v: 탐색기는 다음 필드의 변화를 볼 수 없습니다: %s. 바뀌는 필드는 모두 interleave/atomic의 타입이어야 합니다"), t, strings.Join(bad, ", "))
}

// seen reports whether t holds something that the explorer sees.
func seen(t reflect.Type) bool {
	switch {
	case understood(t):
		return true
	case t.Kind() == reflect.Struct:
		for i := range t.NumField() {
			if seen(t.Field(i).Type) {
				return true
			}
		}
	case t.Kind() == reflect.Array || t.Kind() == reflect.Slice:
		return seen(t.Elem())
	}
	return false
}
