package handoff_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"gmplab/internal/check"
	handoff "gmplab/labs/05-syscall-handoff"
)

// ---- Task 5: Monitor.Delay ----

var delayRule = check.Say(
	"20 µs after work and for the first 50 rounds in a row without; then twice as long each round, at most 10 ms. Who has found work soon finds more; a monitor that never finds any must not keep a CPU awake",
	"일이 있었던 뒤와 일 없는 첫 50라운드까지는 20 µs, 그다음부터 라운드마다 두 배, 많아야 10 ms입니다. 일을 찾았으면 곧 또 있기 쉽고, 일이 없는 모니터가 CPU를 깨워 두어서는 안 됩니다")

// delayAfter is the delay after n rounds in a row without work.
func delayAfter(n int) time.Duration {
	if n <= 50 {
		return 20 * us
	}
	return min(20*us<<min(n-50, 20), 10*ms)
}

func TestDelayBacksOff(t *testing.T) {
	check.Task(t, 5, func(t *testing.T) {
		for _, first := range []string{"", "Delay(true), "} {
			var m handoff.Monitor
			if first != "" {
				check.Equal(t, "Delay(true)", check.Say("delay", "지연"), m.Delay(true), 20*us, delayRule)
			}
			for n := 1; n <= 2000; n++ { // a monitor may idle for days
				check.Equal(t, fmt.Sprintf(check.Say("%s%d × Delay(false): the last", "%sDelay(false) %d번: 마지막"), first, n), check.Say("delay", "지연"), m.Delay(false), delayAfter(n), delayRule)
			}
		}
	})
}

func TestDelayBeginsAnewAfterWork(t *testing.T) {
	check.Task(t, 5, func(t *testing.T) {
		check.Model(t, delayRule, func(rt *rapid.T) (call, got, want string) {
			var m handoff.Monitor
			var calls []string
			for range rapid.IntRange(1, 4).Draw(rt, "bouts") {
				n := rapid.IntRange(1, 70).Draw(rt, "idle rounds")
				for i := range n {
					if a, b := m.Delay(false), delayAfter(i+1); a != b {
						return strings.Join(append(calls, fmt.Sprintf("%d × Delay(false)", i+1)), ", "), a.String(), b.String()
					}
				}
				calls = append(calls, fmt.Sprintf("%d × Delay(false)", n), "Delay(true)")
				for range rapid.IntRange(1, 2).Draw(rt, "work") {
					if a := m.Delay(true); a != 20*us {
						return strings.Join(calls, ", "), a.String(), (20 * us).String()
					}
				}
			}
			return "", "", ""
		})
	})
}
