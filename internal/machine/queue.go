package machine

// Batch is a list of goroutines that change hands together: First to Last,
// linked by Link, N of them; Last.Link is nil. The zero Batch is empty. The
// runtime's name: gQueue.
type Batch struct {
	First, Last *G
	N           int
}

// RunQueue is the local run queue of a P: who runs there next, and then. Labs
// 04 and 06 each build one.
type RunQueue interface {
	// Put adds g at the tail.
	Put(g *G)
	// PutNext makes g the next to run; who was that before goes to the tail.
	PutNext(g *G)
	// Get takes the goroutine that runs next, nil if there is none. inherit
	// says that it came by PutNext, and runs in what is left of the time slice
	// of the one that ran before.
	Get() (g *G, inherit bool)
	// Empty reports whether Get would return nil.
	Empty() bool
	// Cap is how many goroutines fit in, not counting the next to run.
	Cap() int
}
