package gmp_test

import (
	"testing"

	"gmplab/internal/check"
	"gmplab/internal/harness"
	"gmplab/internal/machine"
	gmp "gmplab/labs/04-gmp"
)

func TestMain(m *testing.M) {
	harness.Play(parts)
	check.Main(m)
}

func newQueue(capacity int, overflow func(machine.Batch)) machine.RunQueue {
	return gmp.NewQueue(capacity, overflow)
}
