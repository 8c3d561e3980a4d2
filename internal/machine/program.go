package machine

import (
	"fmt"
	"strings"
)

// Host is a Go function that programs call by HOST. args are the outgoing
// words [SP], [SP+8], … up to the caller's frame pointer; what it returns
// goes to R0. A panic in it becomes a fault of the program. It may not call
// runtime.Goexit.
type Host func(args []uint64) uint64

// Program is code that a CPU runs. It never changes, so any number of CPUs
// may run it at once.
type Program struct {
	file   string
	code   []instr
	lines  []int    // source line of each instruction, counted from 1; 0: none
	source []string // the source's lines
	labels map[string]uint64
	hosts  []Host
}

// GoExit is the address of the EXIT that every program has: a goroutine's
// first frame returns there. The runtime's name: goexit.
const GoExit = 0

// Label returns the address of the instruction that a label names.
func (p *Program) Label(name string) (pc uint64, ok bool) {
	pc, ok = p.labels[name]
	return pc, ok
}

// Len returns the number of instructions. Addresses of code are 0 … Len-1.
func (p *Program) Len() int { return len(p.code) }

// Where describes the instruction at pc: file, line and text.
func (p *Program) Where(pc uint64) string {
	switch {
	case pc == GoExit:
		return p.file + ": goexit"
	case pc >= uint64(len(p.code)):
		return fmt.Sprintf("%s: pc %d", p.file, pc)
	}
	line := p.lines[pc]
	return fmt.Sprintf("%s:%d: %s", p.file, line, text(p.source[line-1]))
}

// Listing returns the program with the address of each instruction.
func (p *Program) Listing() string {
	var b strings.Builder
	at := 1
	for i, line := range p.source {
		if at < len(p.code) && p.lines[at] == i+1 {
			fmt.Fprintf(&b, "%4d  %s\n", at, line)
			at++
		} else {
			fmt.Fprintf(&b, "      %s\n", line)
		}
	}
	return b.String()
}

// text is a source line without its label, comment and indentation.
func text(line string) string {
	line, _, _ = strings.Cut(line, ";")
	if _, after, ok := strings.Cut(line, ":"); ok {
		line = after
	}
	return strings.Join(strings.Fields(line), " ")
}

// Enters reports whether the instruction at pc is an ENTER: a goroutine whose
// PC is there has not made its frame yet.
func (p *Program) Enters(pc uint64) bool {
	return pc < uint64(len(p.code)) && p.code[pc].op == opEnter
}
