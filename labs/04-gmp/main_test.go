package gmp_test

import (
	_ "embed"
	"testing"

	"gmplab/internal/check"
	"gmplab/internal/harness"
	"gmplab/internal/machine"
	gmp "gmplab/labs/04-gmp"
)

//go:embed gmp.go
var source string

func TestMain(m *testing.M) {
	harness.Play(parts)
	check.Main(m, "04-gmp", "gmp.go", source)
}

func newQueue(capacity int, overflow func(machine.Batch)) machine.RunQueue {
	return gmp.NewQueue(capacity, overflow)
}
