//go:build model

package tiny

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"gmplab/internal/interleave"
	"gmplab/internal/interleave/atomic"
	"gmplab/internal/machine"
	spawn "gmplab/labs/02-spawn-cost"
	handoff "gmplab/labs/05-syscall-handoff"
)

// crew is the Ms of a model: its threads, each asleep until it is started. When
// all sleep nobody will wake one any more: that is the end.
type crew struct {
	m     *interleave.Model
	mu    interleave.Mutex
	spare []int
	jobs  []func()
	notes []interleave.Note
	awake atomic.Int32
	over  bool // mu guards
}

func newCrew(m *interleave.Model, n, awake int) *crew {
	c := &crew{m: m, jobs: make([]func(), n), notes: make([]interleave.Note, n)}
	m.Watch("crew", &c.mu)
	m.Watch("M", &c.notes)
	c.awake.Store(int32(awake))
	for i := n - 1; i >= 0; i-- {
		c.spare = append(c.spare, i)
	}
	for i := range n {
		m.Go(fmt.Sprint("M", i+1), func() { c.live(i) })
	}
	return c
}

func (c *crew) start(f func()) {
	c.mu.Lock()
	c.m.Check(len(c.spare) > 0, "the model has too few Ms", "모델에 M이 모자랍니다")
	i := c.spare[len(c.spare)-1]
	c.spare = c.spare[:len(c.spare)-1]
	c.jobs[i] = f
	c.mu.Unlock()
	c.awake.Add(1)
	c.notes[i].Wakeup()
}

func (c *crew) live(i int) {
	for {
		c.notes[i].Sleep()
		f := c.jobs[i]
		if f == nil {
			return
		}
		f()
		c.mu.Lock()
		c.jobs[i] = nil
		c.spare = append(c.spare, i)
		c.mu.Unlock()
		c.sleeps()
	}
}

// sleeps says that a thread is about to sleep, or has ended.
func (c *crew) sleeps() {
	if c.awake.Add(-1) == 0 {
		for i := range c.notes {
			c.notes[i].Wakeup()
		}
	}
}

// The loop of loop.go with the six labs, on virtual threads: two Ps, goroutines,
// thieves, a monitor that may take the P out of a blocking call. No goroutine is
// lost, none runs twice, nobody sleeps for good beside work, and there is an end.
func TestModelOfTheLoop(t *testing.T) {
	for _, c := range []struct {
		name       string
		goroutines int
		program    string
		ms         int // beside M0
		calls      bool
		every      bool
		events     []string
	}{
		// main keeps its P until the other has run: only a thief can help.
		{"a goroutine starts another", 2, `
main:	ENTER 1
	GO child, 0
	HOST wait
	EXIT
child:	ENTER 1
	HOST done
	EXIT
`, 2, false, true, []string{"stolen", "parked"}},
		{"a goroutine makes a blocking call", 1, `
main:	ENTER 1
	SYS getpid
	EXIT
`, 2, true, true, []string{"handed off", "parked"}},
		// All of it in every order is too much: what multiplies the orders is that
		// thieves and sleepers look at everything again and again while others
		// change it. With one goroutine less, and thieves that look once instead of
		// four times, the search had not finished after 200 s, with more than
		// 850,000 classes. So these are the orders with at most two preemptions:
		// enough to see a thread that looks once more before it gives up its P, and
		// not after.
		{"three goroutines and a blocking call", 3, `
main:	ENTER 1
	GO child, 0
	GO child, 0
	SYS getpid
	HOST wait
	EXIT
child:	ENTER 1
	HOST done
	EXIT
`, 3, true, false, []string{"stolen", "parked", "handed off"}},
	} {
		t.Run(strings.ReplaceAll(c.name, " ", "-"), func(t *testing.T) {
			var ran *atomic.Int32 // children, in this run
			program, err := machine.Assemble("model.asm", c.program, map[string]machine.Host{
				"wait": func([]uint64) uint64 {
					for ran.Load() < int32(c.goroutines-1) {
						interleave.Pause()
					}
					return 0
				},
				"done": func([]uint64) uint64 { ran.Add(1); return 0 },
			})
			require.NoError(t, err)
			entry, _ := program.Label("main")
			r := interleave.Explore(func(m *interleave.Model) {
				if c.every {
					m.Budget(1 << 30)
				}
				ran = new(atomic.Int32)
				m.Watch("ran", ran)
				s := newSched(program, Options{Procs: 2, World: &World{}})
				p := s.ps[0]
				awake := 1
				if c.calls {
					awake = 2 // the monitor, too
				}
				crew := newCrew(m, c.ms, awake)
				s.thread = crew.start
				m.Watch("lock", &s.lock)
				m.Watch("spin", &s.spin)
				for i, p := range s.ps {
					m.Watch(fmt.Sprint("P", i), &p.state)
					m.Watch(fmt.Sprint("queue", i), p.steal)
				}
				g := spawn.New(&p.free, p.newStack, entry, machine.GoExit)
				s.first = g.ID
				p.Queue.Put(g)
				s.takeIdle(0)
				m.Go("M0", func() { p.begin(); crew.sleeps() })
				if c.calls {
					m.Go("monitor", func() {
						defer crew.sleeps()
						busy, call := p.state.Look()
						if call != 0 && s.retake(0, handoff.View{Busy: busy, Call: call, Empty: p.empty.Load()}) {
							m.Saw("handed off")
						}
					})
				}
				m.After(func() {
					exits, steals, parks := 0, 0, 0
					for _, p := range s.ps {
						exits += p.exits
						steals += p.stats.Steals
						parks += p.stats.Parks
						m.Check(p.Queue.Empty(), "all sleep, and P%d has work", "P%d에 일이 있는데 모두 잠들었습니다", p.ID)
					}
					m.Check(s.global.Len() == 0, "all sleep, and somebody waits on the global queue", "전역 큐에 일이 있는데 모두 잠들었습니다")
					m.Check(exits == c.goroutines, "%d goroutines have ended, want %d", "끝난 고루틴 %d개, 기대값 %d", exits, c.goroutines)
					m.Check(len(s.idle) == 2, "%d Ps are idle at the end, want 2", "끝났을 때 쉬는 P %d개, 기대값 2", len(s.idle))
					m.Check(s.spin.Wake(), "somebody counts as spinning at the end", "끝났는데 스핀하는 것으로 센 스레드가 있습니다")
					if steals > 0 {
						m.Saw("stolen")
					}
					if parks > 0 {
						m.Saw("parked")
					}
				})
			})
			if r.Failure != nil {
				t.Fatal(r.Failure)
			}
			require.Equal(t, c.every, r.Every)
			for _, event := range c.events {
				require.Positive(t, r.Saw(event), event)
			}
			t.Logf("%s, %d runs", r.Scope(), r.Runs)
		})
	}
}
