package claims

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// ObjdumpSymbols is the -s pattern for `go tool objdump` of which ParseStores
// reads the output. On amd64 and arm64 runtime.gogo only jumps to gogo, where
// the loads are; macOS calls it _gogo.
const ObjdumpSymbols = `^(_?gogo|runtime\.(mcall|gogo|asyncPreempt))`

// Stores is what the runtime's switches save, read off its machine code.
type Stores struct {
	// Mcall lists the registers that runtime.mcall stores into g.sched, by
	// the offset in g that each goes to.
	Mcall []string
	// Zeros counts the zeros that mcall stores there (lr on arm64).
	Zeros int
	// Gogo lists the registers that gogo loads back from a gobuf.
	Gogo []string
	// Preempt lists the registers that runtime.asyncPreempt saves before it
	// calls into the scheduler.
	Preempt []string
}

// switching says what a cooperative switch stores and loads.
func (s Stores) switching() string {
	zero := ""
	if s.Zeros > 0 {
		zero = fmt.Sprintf(" + %d zero", s.Zeros)
	}
	return fmt.Sprintf("mcall stores %d%s (%s), gogo loads %s",
		len(s.Mcall), zero, strings.Join(s.Mcall, " "), strings.Join(s.Gogo, " "))
}

// instr is one line of objdump: an operation and its operands.
type instr struct {
	op   string
	args []string
}

// ParseStores counts the stores in the output of
//
//	go tool objdump -s ObjdumpSymbols BINARY
//
// for arch amd64 or arm64.
func ParseStores(arch, text string) (Stores, error) {
	g, ok := map[string]string{"amd64": "R14", "arm64": "R28"}[arch]
	if !ok {
		return Stores{}, fmt.Errorf("registers are counted on amd64 and arm64, not on %s", arch)
	}
	funcs := parseObjdump(text)
	for _, name := range []string{"gogo", "runtime.mcall", "runtime.asyncPreempt"} {
		if len(funcs[name]) == 0 {
			return Stores{}, fmt.Errorf("objdump shows no %s: has the binary no symbol table?", name)
		}
	}
	var s Stores
	var gobuf map[int]bool
	s.Gogo, gobuf = gogoLoads(funcs["gogo"])
	s.Mcall, s.Zeros = mcallStores(funcs["runtime.mcall"], g, gobuf)
	s.Preempt = preemptStores(funcs["runtime.asyncPreempt"])
	if len(s.Mcall) == 0 || len(s.Preempt) == 0 {
		return Stores{}, fmt.Errorf("no stores recognised in runtime.mcall or runtime.asyncPreempt: this Go's assembly has changed")
	}
	return s, nil
}

func parseObjdump(text string) map[string][]instr {
	funcs := map[string][]instr{}
	name := ""
	for line := range strings.Lines(text) {
		if sym, ok := strings.CutPrefix(line, "TEXT "); ok {
			sym, _, _ = strings.Cut(sym, "(SB)")
			name = strings.TrimPrefix(strings.TrimSuffix(sym, ".abi0"), "_")
			continue
		}
		// file.s:12 <tabs> 0x48b560 <tabs> 55 <tabs> PUSHQ BP
		f := strings.FieldsFunc(line, func(r rune) bool { return r == '\t' || r == '\n' || r == '\r' })
		if len(f) < 4 {
			continue
		}
		op, args, _ := strings.Cut(strings.TrimSpace(f[3]), " ")
		funcs[name] = append(funcs[name], instr{op, splitArgs(args)})
	}
	return funcs
}

// splitArgs splits at the commas outside brackets.
func splitArgs(s string) []string {
	var out []string
	depth, start := 0, 0
	for i, r := range s {
		switch r {
		case '(', '[':
			depth++
		case ')', ']':
			depth--
		case ',':
			if depth == 0 {
				out = append(out, strings.TrimSpace(s[start:i]))
				start = i + 1
			}
		}
	}
	return append(out, strings.TrimSpace(s[start:]))
}

var (
	memory = regexp.MustCompile(`^(-?(?:0x)?[0-9a-f]*)\(([A-Z0-9]+)\)$`)
	// moves and stores, of general registers and of vectors
	storeOp  = regexp.MustCompile(`^(V?MOV|FMOV|F?STP|VST)`)
	register = regexp.MustCompile(`^(?:[ABCD]X|[SD]I|[BS]P|R[0-9]+|RSP|[XYZVF][0-9]+)$`)
)

// address splits off(REG); offsets are hexadecimal on amd64, decimal on arm64.
func address(arg string) (off int, base string, ok bool) {
	m := memory.FindStringSubmatch(arg)
	if m == nil {
		return 0, "", false
	}
	if m[1] == "" {
		return 0, m[2], true
	}
	n, err := strconv.ParseInt(m[1], 0, 64)
	return int(n), m[2], err == nil
}

// registers returns those that an operand names: one, a pair (R0, R1) or a
// list [V0.B16, V1.B16].
func registers(arg string) []string {
	var out []string
	for part := range strings.SplitSeq(strings.Trim(arg, "()[]"), ",") {
		name, _, _ := strings.Cut(strings.TrimSpace(part), ".")
		if !register.MatchString(name) {
			return nil
		}
		out = append(out, name)
	}
	return out
}

// gogoLoads returns the registers that gogo loads from the gobuf and the
// offsets in it: the first load's base register points to the gobuf.
func gogoLoads(code []instr) (regs []string, offsets map[int]bool) {
	offsets = map[int]bool{}
	gobuf := ""
	for _, in := range code {
		if len(in.args) != 2 {
			continue
		}
		off, base, ok := address(in.args[0])
		if !ok || (gobuf != "" && base != gobuf) || !register.MatchString(in.args[1]) {
			continue
		}
		gobuf = base
		regs = append(regs, in.args[1])
		offsets[off] = true
	}
	return regs, offsets
}

// mcallStores returns mcall's stores into g.sched. They are addressed by the g
// register, before it is changed to g0; and what lies in g.sched, a gobuf,
// is what gogo loads back. So a store into another field of g, to the stack or
// to thread-local storage is not counted. g.sched begins at the one offset
// for which most stores are in the gobuf.
func mcallStores(code []instr, g string, gobuf map[int]bool) (regs []string, zeros int) {
	type store struct {
		off  int
		zero bool
	}
	var stores []store
	for _, in := range code {
		last := in.args[len(in.args)-1]
		if !storeOp.MatchString(in.op) {
			continue
		}
		if last == g {
			break // the g register now holds g0
		}
		off, base, ok := address(last)
		if !ok || base != g || len(in.args) != 2 {
			continue
		}
		from := registers(in.args[0])
		if len(from) == 0 { // ZR or $0x0
			stores = append(stores, store{off, true})
		}
		for i := range from {
			stores = append(stores, store{off + 8*i, false})
		}
	}
	var in []store
	for _, first := range stores {
		var these []store
		for _, s := range stores {
			if gobuf[s.off-first.off] {
				these = append(these, s)
			}
		}
		if len(these) > len(in) {
			in = these
		}
	}
	for _, s := range in {
		if s.zero {
			zeros++
		} else {
			regs = append(regs, fmt.Sprintf("g+%#x", s.off))
		}
	}
	return regs, zeros
}

// preemptStores returns the registers that are saved on the straight way to
// the first call or jump: a push, a store to memory, or a status register
// (arm64's MRS) that is stored by way of a general one.
func preemptStores(code []instr) []string {
	var saved []string
	seen := map[string]bool{}
	save := func(name string) {
		if !seen[name] {
			seen[name] = true
			saved = append(saved, name)
		}
	}
	status := map[string]string{} // general register: the status register in it
	for _, in := range code {
		last := in.args[len(in.args)-1]
		switch {
		case in.op == "CALL" || in.op == "JMP" || in.op == "RET" || in.op == "B" || in.op == "BL":
			return saved
		case in.op == "PUSHFQ":
			save("FLAGS")
		case in.op == "PUSHQ":
			for _, r := range registers(last) {
				save(r)
			}
		case in.op == "MRS" && len(in.args) == 2:
			status[last] = "status " + in.args[0]
		case len(in.args) == 2 && storeOp.MatchString(in.op):
			if _, _, ok := address(last); !ok {
				delete(status, last)
				continue
			}
			for _, r := range registers(in.args[0]) {
				if s, ok := status[r]; ok {
					r = s
				}
				save(r)
			}
		}
	}
	return saved
}
