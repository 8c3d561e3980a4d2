// Package clock times what is short: some microseconds of work.
//
// time.Now will not do. On Windows the runtime reads the interrupt time that the
// kernel writes at its ticks (runtime/time_windows_amd64.s, and for arm64), so
// it goes in steps of 0.5 to 15.6 ms, and a short piece of work takes 0. So
// Go's own benchmarks read QueryPerformanceCounter there
// (testing/testing_windows.go), whose steps are 100 ns on most machines.
// Elsewhere time.Now counts in tens of nanoseconds or less.
package clock

import "time"

// Now returns the time since the process began, or a little later. It never
// goes back, and may be the same twice.
func Now() time.Duration { return now() }
