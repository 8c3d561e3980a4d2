package tiny

import (
	"sync"
	"sync/atomic"

	"gmplab/internal/lang"
	"gmplab/internal/machine"
)

// channel is what CHAN makes. The runtime's name: hchan.
type channel struct {
	made uint64 // the PC of its CHAN

	mu sync.Mutex
	// mu guards:
	buffer      []uint64 // of fixed length, the capacity
	first, full int      // the oldest value in the buffer, and how many there are
	senders     waiting  // the value of each is on its own stack, at [SP+8]
	receivers   waiting
}

// waiting is goroutines that wait, the first in line first. The runtime's
// name: waitq.
type waiting struct{ head, tail *machine.G }

func (w *waiting) put(g *machine.G) {
	g.Link = nil
	if w.head == nil {
		w.head = g
	} else {
		w.tail.Link = g
	}
	w.tail = g
}

func (w *waiting) take() *machine.G {
	g := w.head
	if g != nil {
		w.head, g.Link = g.Link, nil
		g.Status.Store(machine.Runnable)
	}
	return g
}

// act sends v for g, or receives for it, into g.Ret. Who can go on because of
// that is woken: it is Runnable, and the caller's to put on a queue. If g has to
// wait, it is on the channel's list, saved and Waiting, and no longer the
// caller's. The runtime's names: chansend, chanrecv.
func (ch *channel) act(kind machine.Kind, g *machine.G, v uint64) (woken *machine.G, waits bool) {
	ch.mu.Lock()
	if kind == machine.Send {
		woken, waits = ch.send(g, v)
	} else {
		woken, waits = ch.receive(g)
	}
	ch.mu.Unlock()
	return woken, waits
}

func (ch *channel) send(g *machine.G, v uint64) (woken *machine.G, waits bool) {
	g.Ret = 0
	switch woken = ch.receivers.take(); {
	case woken != nil:
		woken.Ret = v // past the buffer, which is empty
	case ch.full < len(ch.buffer):
		ch.push(v)
	default:
		g.Status.Store(machine.Waiting)
		ch.senders.put(g)
		return nil, true
	}
	return woken, false
}

func (ch *channel) receive(g *machine.G) (woken *machine.G, waits bool) {
	woken = ch.senders.take()
	switch {
	case ch.full > 0:
		g.Ret = ch.buffer[ch.first]
		ch.first = (ch.first + 1) % len(ch.buffer)
		ch.full--
		if woken != nil {
			ch.push(sent(woken))
		}
	case woken != nil:
		g.Ret = sent(woken)
	default:
		g.Status.Store(machine.Waiting)
		ch.receivers.put(g)
		return nil, true
	}
	return woken, false
}

func (ch *channel) push(v uint64) {
	ch.buffer[(ch.first+ch.full)%len(ch.buffer)] = v
	ch.full++
}

// sent is the value that a sender waits with: argument 1 of its SEND.
func sent(g *machine.G) uint64 { return g.Stack.Get(g.Context.SP + machine.Word) }

// table is all channels. A channel's number is its place, from 1 on: 0, what a
// local is before anybody writes it, is no channel. To look one up takes no
// lock.
type table struct {
	n      atomic.Uint64
	blocks [1 << 14]atomic.Pointer[block]
}

type block [1 << 10]atomic.Pointer[channel]

// maxBuffer keeps a program from asking for all memory at once.
const maxBuffer = 1 << 24

func (t *table) add(capacity, pc uint64) (id uint64) {
	id = t.n.Add(1)
	i := id / uint64(len(block{}))
	if capacity > maxBuffer || i >= uint64(len(t.blocks)) {
		return 0 // its first use is the error
	}
	b := t.blocks[i].Load()
	for b == nil {
		t.blocks[i].CompareAndSwap(nil, new(block))
		b = t.blocks[i].Load()
	}
	b[id%uint64(len(b))].Store(&channel{made: pc, buffer: make([]uint64, capacity)})
	return id
}

func (t *table) get(id uint64) *channel {
	i := id / uint64(len(block{}))
	if i >= uint64(len(t.blocks)) {
		return nil
	}
	b := t.blocks[i].Load()
	if b == nil {
		return nil
	}
	return b[id%uint64(len(b))].Load()
}

// each calls f for every channel.
func (t *table) each(f func(id uint64, ch *channel)) {
	for id := uint64(1); id <= t.n.Load(); id++ {
		if ch := t.get(id); ch != nil {
			f(id, ch)
		}
	}
}

func noChannel(id uint64) error {
	if id == 0 {
		return lang.Errorf("0 is no channel: was the local never written, or did CHAN fail (a buffer of more than %d words, or as many channels)?",
			"0번 채널은 없습니다. 지역 변수에 아무것도 쓰지 않았거나 CHAN이 실패했습니다(버퍼가 %d워드를 넘거나 채널이 그보다 많음)", maxBuffer)
	}
	return lang.Errorf("%d is no channel: want a number that CHAN returned", "%d번 채널은 없습니다. CHAN이 돌려준 번호여야 합니다", int64(id))
}
