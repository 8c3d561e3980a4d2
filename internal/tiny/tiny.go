// Package tiny is the six labs assembled: a scheduler for goroutines of the
// machine that runs programs on real threads.
//
// It adds two things to what the labs build, channels and the loop of an M.
// Stacks grow by lab 01, goroutines and threads are made by lab 02 and
// switched by lab 03, lab 04 says who is next, lab 05 keeps the Ps busy while
// threads block, and by lab 06 a P that has nothing takes from another. The
// loop, M.run in loop.go, is the page to read first.
//
// What it leaves out: there is no garbage collector, so no stack shrinks and no
// channel is ever freed, and a pool keeps what it was given (stacks wander from
// the P on which goroutines begin to the one on which they end); no network
// poller, so each blocking call holds a thread; and the code is interpreted.
package tiny

import (
	"cmp"
	"context"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"gmplab/internal/clock"
	"gmplab/internal/lang"
	"gmplab/internal/machine"
	memory "gmplab/labs/01-memory"
	spawn "gmplab/labs/02-spawn-cost"
	gmp "gmplab/labs/04-gmp"
	handoff "gmplab/labs/05-syscall-handoff"
	steal "gmplab/labs/06-work-stealing"
)

// Options says how a program runs. The zero value is fine.
type Options struct {
	Procs    int    // Ps, as GOMAXPROCS says it for Go; 0: runtime.GOMAXPROCS(0)
	Entry    string // where the first goroutine begins; "": main
	NoSteal  bool   // each P has lab 04's queue, from which nobody steals
	MaxStack int    // words of the biggest stack; 0: lab 01's default
	Limit    int    // steps after which the run ends with ErrLimit, for tests: one ends at a trap, or after 1000 instructions; 0: none
	Poison   bool   // what is dead after a call or a trap is scrambled (machine.CPU.Poison)
	World    *World // what SYS read reads from, and what its HOST functions write to
	Trace    *Trace // records what happens; nil: nobody asks

	// Patience is how long a thread may stay where it should not; 0: 10 s, which
	// is long, so that a machine with too much to do is not taken for a wrong lab.
	Patience time.Duration
}

// Stats counts what happened.
type Stats struct {
	Ps      []PStats
	Threads int           // made, the monitor's included
	Took    time.Duration // from the start of main to the end of the last thread
}

// PStats is what happened on one P.
type PStats struct {
	Switches    int // goroutines begun or gone on with
	Spawns      int // GO
	Steals      int // times that it took from another P
	Stolen      int // goroutines that came so, less those that were stolen again at once
	Handoffs    int // times that the monitor took the P from a thread in a call
	Preemptions int // goroutines stopped by the monitor, or by a step of Options.Limit
	Parks       int // times that a thread found no work and gave the P up
	Growths     int // stacks that were copied to one of twice the size
}

// Sum is the counts of all Ps together.
func (s Stats) Sum() (sum PStats) {
	for _, p := range s.Ps {
		sum.Switches += p.Switches
		sum.Spawns += p.Spawns
		sum.Steals += p.Steals
		sum.Stolen += p.Stolen
		sum.Handoffs += p.Handoffs
		sum.Preemptions += p.Preemptions
		sum.Parks += p.Parks
		sum.Growths += p.Growths
	}
	return sum
}

// Run runs a program until its first goroutine, main, has ended; then the
// others are stopped, as in Go. It ends early with an error if something goes
// wrong in the program (see Error), if ctx is done, or if a lab's code fails.
// No thread of it is left when it returns, but for one that hangs in a lab's
// code or in a HOST function, which the error says.
//
// The Ms are goroutines that are locked to their threads. So that each of them
// and the monitor can have a thread, Run raises GOMAXPROCS to one more than the
// Ps, and puts it back.
func Run(ctx context.Context, program *machine.Program, o Options) (Stats, error) {
	if o.Procs == 0 {
		o.Procs = runtime.GOMAXPROCS(0)
	}
	if o.Procs < 1 || o.Procs > 256 {
		return Stats{}, lang.Errorf("%d Ps: want 1 to 256", "P %d개: 1개부터 256개까지여야 합니다", o.Procs)
	}
	if o.Entry == "" {
		o.Entry = "main"
	}
	if o.Patience == 0 {
		o.Patience = 10 * time.Second
	}
	entry, ok := program.Label(o.Entry)
	if !ok {
		return Stats{}, lang.Errorf("there is no label %[1]s, where the first goroutine begins: want a line %[1]s: ENTER 1",
			"%[1]s 레이블이 없습니다. 첫 고루틴은 거기서 시작합니다. 예: %[1]s: ENTER 1", o.Entry)
	}
	if !program.Enters(entry) {
		return Stats{}, lang.Errorf("%s: %s must begin with ENTER, which makes its frame",
			"%s: %s의 첫 명령어는 프레임을 만드는 ENTER여야 합니다", program.Where(entry), o.Entry)
	}
	if err := cmp.Or(o.World.open(), o.Trace.open()); err != nil {
		return Stats{}, err
	}
	defer raise(o.Procs + 1)()

	s := newSched(program, o)
	start := clock.Now()
	stopped := context.AfterFunc(ctx, func() { s.end(context.Cause(ctx)) })
	defer stopped()
	s.thread(func() { s.boot(entry) })
	s.watch()
	err := s.close()
	o.Trace.ended()

	stats := Stats{Took: clock.Now() - start, Ps: make([]PStats, o.Procs)}
	if !errors.Is(err, ErrStuck) { // else somebody may still count
		stats.Threads = s.threads.Created()
		for i, p := range s.ps {
			stats.Ps[i] = p.stats
		}
	}
	return stats, err
}

// boot makes main and lets it run on the first P, and becomes the monitor. It
// is on a thread of the run, so that a panic of a lab's code is the run's. (What
// newSched calls runs before there is one.)
func (s *sched) boot(entry uint64) {
	p := s.ps[0]
	s.main = spawn.New(&p.free, p.newStack, entry, machine.GoExit)
	if s.main == nil {
		s.end(errNew())
		return
	}
	s.first = s.main.ID
	if s.Trace != nil {
		s.Trace.first = s.first
	}
	p.stats.Spawns++
	p.trace.ready(s.main)
	p.Queue.Put(s.main)
	s.lock.Lock()
	s.takeIdle(p.ID)
	s.lock.Unlock()
	s.Start(p.ID)
	s.monitor()
}

// sched is a program that runs. The runtime's name: schedt.
type sched struct {
	program *machine.Program
	Options
	threads spawn.Threads
	ps      []*proc
	order   steal.Order
	main    *machine.G // the first goroutine
	first   uint64     // its ID: the program's goroutines count from there

	lock mutex // the scheduler's one lock
	// lock guards:
	global gmp.Global
	idle   []int                 // the idle Ps
	reads  map[*machine.G]uint64 // who is in a read of a pipe, and of which

	spin   steal.Spin
	spare  count        // len(idle), for those who only want to know if it is 0
	calls  count        // Ms in a call, or on their way back and without a P
	steps  atomic.Int64 // counted if there is a Limit
	rounds number       // of the monitor
	dead   spawn.Shared
	chans  table

	dozes atomic.Bool   // the monitor sleeps for long
	wakes chan struct{} // ends that

	ending flag          // stop what you are doing
	ended  sync.Once     // guards err
	err    error         // why
	done   chan struct{} // closed then

	thread func(f func()) // threads.Start; a model has threads of its own
}

// proc is a P. All fields but the last three belong to the M that has it.
type proc struct {
	gmp.P
	cpu   machine.CPU
	pool  memory.Pool
	free  spawn.FreeList
	steal *steal.Queue // the same as P.Queue; nil if nobody steals
	stats PStats
	exits int    // goroutines that have ended here
	told  uint32 // the monitor's round before which tick was stored last
	seed  uint32
	trace *recorder

	newStack      func() machine.Stack
	begin, wakeup func() // an M's life with this P; wakeup: it spins

	// any M and the monitor, atomic:
	state handoff.State
	tick  number // Tick, of a slice that began after the monitor's last look, or of an earlier one if none did
	empty flag   // nobody was on its queue when its M went into the call
}

// ringSize is how many goroutines a P's ring holds, as in Go.
const ringSize = 256

func newSched(program *machine.Program, o Options) *sched {
	s := &sched{program: program, Options: o, reads: map[*machine.G]uint64{}, done: make(chan struct{}), wakes: make(chan struct{}, 1), order: steal.NewOrder(o.Procs)}
	s.threads.OnPanic = s.panicked
	s.thread = s.threads.Start
	var queues []*steal.Queue
	newQueue := func() machine.RunQueue {
		id := len(queues)
		overflow := func(b machine.Batch) {
			s.lock.Lock()
			defer s.lock.Unlock()
			s.ps[id].trace.changed(-b.N)
			s.global.PutBatch(b)
		}
		if o.NoSteal || o.Procs == 1 {
			queues = append(queues, nil)
			return gmp.NewQueue(ringSize, overflow)
		}
		q := steal.NewQueue(ringSize, overflow)
		queues = append(queues, q)
		return q
	}
	for i, p := range gmp.Resize(nil, o.Procs, &s.global, newQueue) {
		r := &proc{P: *p, steal: queues[i], seed: uint32(i + 1), trace: o.Trace.recorder(i)}
		if r.trace != nil {
			r.Queue = watched{r.Queue, r.trace}
		}
		r.cpu.Poison = o.Poison
		if o.Limit > 0 {
			r.cpu.Slice = 1000
		}
		r.pool.Max = o.MaxStack
		r.free = spawn.FreeList{Shared: &s.dead, PutStack: r.pool.Put}
		r.newStack = func() machine.Stack { return r.pool.Get(memory.MinWords) }
		r.begin = func() { (&m{sched: s, proc: r}).live() }
		r.wakeup = func() { (&m{sched: s, proc: r, spinning: true}).live() }
		s.ps = append(s.ps, r)
		s.idle = append(s.idle, i)
	}
	s.spare.Store(int32(o.Procs))
	return s
}

// raise raises GOMAXPROCS to n, if it is less, while any Run needs it.
func raise(n int) (lower func()) {
	procs.Lock()
	defer procs.Unlock()
	if procs.users == 0 {
		procs.before = runtime.GOMAXPROCS(0)
	}
	procs.users++
	if runtime.GOMAXPROCS(0) < n {
		runtime.GOMAXPROCS(n)
	}
	return func() {
		procs.Lock()
		defer procs.Unlock()
		if procs.users--; procs.users == 0 && runtime.GOMAXPROCS(0) != procs.before {
			runtime.GOMAXPROCS(procs.before)
		}
	}
}

var procs struct {
	sync.Mutex
	users, before int
}
