package machine

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"gmplab/internal/lang"
)

type opcode uint8

// Of two in a row, X and XI, the second has a number in the place of its last
// register.
const (
	opMov opcode = iota
	opMovI
	opAdd
	opAddI
	opSub
	opSubI
	opMul
	opMulI
	opDiv
	opDivI
	opMod
	opModI
	opLoad
	opStore
	opStoreI
	opJmp
	opJeq
	opJeqI
	opJne
	opJneI
	opJlt
	opJltI
	opJge
	opJgeI
	opCall
	opEnter
	opRet
	opHost
	opTrap // a is the Kind
)

// String returns the instruction's name: "ADD" for opAdd and opAddI.
func (o opcode) String() string {
	for name, m := range mnemonics {
		if o == m.op || o == m.op+1 && m.numbered() {
			return name
		}
	}
	return fmt.Sprintf("opcode %d", uint8(o))
}

type instr struct {
	op   opcode
	a, b uint8  // registers
	to   int32  // address of code, index of a host, offset of a store
	imm  uint64 // sign-extended from 32 bits
}

// operand is what a place in an instruction takes.
type operand uint8

const (
	register operand = iota
	registerOrNumber
	memory
	code // a label
	count
	host
	call
)

// mnemonic is how an instruction is written.
type mnemonic struct {
	op       opcode
	kind     Kind // opTrap only
	operands []operand
	example  string
}

// numbered reports whether op+1 is the variant with a number.
func (m mnemonic) numbered() bool { return slices.Contains(m.operands, registerOrNumber) }

// mnemonics is the whole instruction set.
var mnemonics = map[string]mnemonic{
	"MOV":   {opMov, 0, []operand{register, registerOrNumber}, "MOV R1, 5"},
	"ADD":   {opAdd, 0, []operand{register, registerOrNumber}, "ADD R1, R2"},
	"SUB":   {opSub, 0, []operand{register, registerOrNumber}, "SUB R1, 1"},
	"MUL":   {opMul, 0, []operand{register, registerOrNumber}, "MUL R1, R2"},
	"DIV":   {opDiv, 0, []operand{register, registerOrNumber}, "DIV R1, 10"},
	"MOD":   {opMod, 0, []operand{register, registerOrNumber}, "MOD R1, R2"},
	"LOAD":  {opLoad, 0, []operand{register, memory}, "LOAD R1, [BP+16]"},
	"STORE": {opStore, 0, []operand{memory, registerOrNumber}, "STORE [BP-8], R1"},
	"JMP":   {opJmp, 0, []operand{code}, "JMP loop"},
	"JEQ":   {opJeq, 0, []operand{register, registerOrNumber, code}, "JEQ R1, 0, done"},
	"JNE":   {opJne, 0, []operand{register, registerOrNumber, code}, "JNE R1, R2, loop"},
	"JLT":   {opJlt, 0, []operand{register, registerOrNumber, code}, "JLT R1, 10, loop"},
	"JGE":   {opJge, 0, []operand{register, registerOrNumber, code}, "JGE R1, 10, done"},
	"CALL":  {opCall, 0, []operand{code}, "CALL f"},
	"ENTER": {opEnter, 0, []operand{count}, "ENTER 2"},
	"RET":   {opRet, 0, nil, "RET"},
	"HOST":  {opHost, 0, []operand{host}, "HOST print"},
	"YIELD": {opTrap, Yield, nil, "YIELD"},
	"GO":    {opTrap, Go, []operand{code, count}, "GO worker, 1"},
	"EXIT":  {opTrap, Exit, nil, "EXIT"},
	"CHAN":  {opTrap, Chan, nil, "CHAN"},
	"SEND":  {opTrap, Send, nil, "SEND"},
	"RECV":  {opTrap, Recv, nil, "RECV"},
	"SYS":   {opTrap, Sys, []operand{call}, "SYS sleep"},
}

var syscalls = map[string]int32{"getpid": SysGetpid, "sleep": SysSleep, "read": SysRead}

// AsmError is one thing wrong with a source text.
type AsmError struct {
	File string
	Line int // from 1
	What string
}

func (e *AsmError) Error() string { return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.What) }

// Assemble translates source, one instruction a line. file names it in
// messages; hosts are the functions that HOST can name. The error joins one
// *AsmError for each line that is wrong.
//
//	loop:   SUB  R1, 1        ; a label, an instruction, a comment
//	        JNE  R1, 0, loop
func Assemble(file, source string, hosts map[string]Host) (*Program, error) {
	as := assembler{
		Program: Program{
			file:   file,
			code:   []instr{{op: opTrap, a: uint8(Exit)}}, // GoExit
			lines:  []int{0},
			source: strings.Split(strings.TrimSuffix(source, "\n"), "\n"),
			labels: map[string]uint64{},
		},
		hosts: hosts,
	}
	for i, line := range as.source {
		as.line = i + 1
		as.assemble(line)
	}
	as.link()
	if len(as.errs) > 0 {
		slices.SortStableFunc(as.errs, func(a, b *AsmError) int { return a.Line - b.Line })
		joined := make([]error, len(as.errs))
		for i, err := range as.errs {
			joined[i] = err
		}
		return nil, errors.Join(joined...)
	}
	return &as.Program, nil
}

// assembler is a Program in the making.
type assembler struct {
	Program
	hosts   map[string]Host
	line    int
	defined map[string]int // label: its line
	uses    []use
	errs    []*AsmError
}

// use is an operand that names a label, known only at the end.
type use struct {
	label    string
	pc, line int
	callee   string // the instruction, where its target must begin with ENTER
}

// longest is how much of a text an error quotes: a file may be one long line.
const longest = 400

func (as *assembler) errorf(en, ko string, args ...any) {
	for i, arg := range args {
		if s, ok := arg.(string); ok && len(s) > longest {
			args[i] = strings.ToValidUTF8(s[:longest], "") + " …"
		}
	}
	as.errs = append(as.errs, &AsmError{as.file, as.line, fmt.Sprintf(lang.Say(en, ko), args...)})
}

func (as *assembler) assemble(line string) {
	line, _, _ = strings.Cut(line, ";")
	if label, rest, ok := strings.Cut(line, ":"); ok {
		as.define(strings.TrimSpace(label))
		line = rest
	}
	fields := strings.Fields(line)
	if len(fields) == 0 {
		return
	}
	name := strings.ToUpper(fields[0])
	m, ok := mnemonics[name]
	if _, label := mnemonics[strings.ToUpper(fields[min(1, len(fields)-1)])]; !ok && label {
		as.errorf("unknown instruction %q before an instruction: a label ends with a colon, for example: %[1]s:",
			"명령어 앞에 알 수 없는 %q이(가) 있습니다. 레이블이라면 콜론으로 끝나야 합니다. 예: %[1]s:", fields[0])
		return
	}
	if !ok {
		as.errorf("unknown instruction %q; expected one of %s",
			"알 수 없는 명령어 %q입니다. 쓸 수 있는 명령어: %s",
			fields[0], strings.Join(slices.Sorted(maps.Keys(mnemonics)), " "))
		return
	}
	var words []string
	if rest := strings.TrimSpace(strings.TrimSpace(line)[len(fields[0]):]); rest != "" {
		words = strings.Split(rest, ",")
	}
	if len(words) != len(m.operands) {
		as.errorf("%s takes %d operands, found %d; for example: %s",
			"%s의 피연산자는 %d개인데 %d개가 있습니다. 예: %s", name, len(m.operands), len(words), m.example)
		return
	}
	in := instr{op: m.op, a: uint8(m.kind)}
	for i, word := range words {
		if what := as.operand(&in, name, m.operands[i], i, strings.TrimSpace(word)); what != "" {
			as.errorf("operand %d of %s: found %q, expected %s; for example: %s",
				"%[2]s의 %[1]d번째 피연산자 %[3]q을(를) 쓸 수 없습니다. 필요한 것: %[4]s. 예: %[5]s",
				i+1, name, strings.TrimSpace(word), what, m.example)
			return
		}
	}
	as.code = append(as.code, in)
	as.lines = append(as.lines, as.line)
}

func (as *assembler) define(label string) {
	if !isName(label) {
		as.errorf("label %q: expected a name of letters, digits and _, for example: loop:",
			"레이블 %q: 영문자, 숫자, _로 된 이름이 필요합니다. 예: loop:", label)
		return
	}
	if first, ok := as.defined[label]; ok {
		as.errorf("label %q is already on line %d", "레이블 %q: 이미 %d번째 줄에 있습니다", label, first)
		return
	}
	if as.defined == nil {
		as.defined = map[string]int{}
	}
	as.defined[label] = as.line
	as.labels[label] = uint64(len(as.code))
}

// operand parses word into in; it returns what was expected instead, or "".
func (as *assembler) operand(in *instr, name string, kind operand, i int, word string) (expected string) {
	switch kind {
	case register, registerOrNumber:
		if r, ok := general(word); ok {
			// STORE has its register second, but reads it from a as LOAD writes it.
			if i == 0 || in.op == opStore {
				in.a = r
			} else {
				in.b = r
			}
			return ""
		}
		if up := strings.ToUpper(word); up == "BP" || up == "SP" || up == "R14" || up == "R15" {
			return lang.Say(
				"R0 to R13: BP (R14) and SP (R15) are no operands, so that no pointer into a stack is anywhere but in the chain of saved BPs",
				"R0부터 R13까지의 레지스터(스택을 가리키는 포인터가 저장된 BP의 사슬에만 있도록, BP(R14)와 SP(R15)는 피연산자로 쓰지 않음)")
		}
		if kind == register {
			return lang.Say("a register R0 to R13", "R0부터 R13까지의 레지스터")
		}
		n, expected := number(word)
		if expected != "" {
			return expected
		}
		if n == 0 && (in.op == opDiv || in.op == opMod) {
			return lang.Say("a divisor that is not 0", "0이 아닌 나누는 수")
		}
		if in.op == opStore {
			in.to, in.imm = int32(in.imm), 0 // the number takes the offset's place
		}
		in.op++
		in.imm = uint64(n)
	case memory:
		return memoryOperand(in, word)
	case code:
		if !isName(word) {
			return lang.Say("a label", "레이블")
		}
		u := use{label: word, pc: len(as.code), line: as.line}
		if name == "CALL" || name == "GO" {
			u.callee = name
		}
		as.uses = append(as.uses, u)
	case count:
		n, expected := number(word)
		if expected != "" || n < 0 || n > math.MaxUint16 {
			return lang.Say("a number from 0 to 65535", "0부터 65535까지의 수")
		}
		in.imm = uint64(n)
	case host:
		f, ok := as.hosts[word]
		if !ok {
			return lang.Say("one of the Go functions given: ", "Go 함수 가운데 하나: ") +
				strings.Join(slices.Sorted(maps.Keys(as.hosts)), ", ")
		}
		in.to = int32(len(as.Program.hosts))
		as.Program.hosts = append(as.Program.hosts, f)
	case call:
		n, ok := syscalls[strings.ToLower(word)]
		if !ok {
			return lang.Say("one of ", "다음 가운데 하나: ") + strings.Join(slices.Sorted(maps.Keys(syscalls)), ", ")
		}
		in.imm = uint64(n)
	}
	return ""
}

// memoryOperand parses [BP+16], [SP-8], [SP].
func memoryOperand(in *instr, word string) (expected string) {
	expected = lang.Say("[BP+n] or [SP+n]", "[BP+n] 또는 [SP+n]")
	inner, ok := strings.CutPrefix(word, "[")
	inner, ok2 := strings.CutSuffix(inner, "]")
	if !ok || !ok2 {
		return expected
	}
	inner = strings.ToUpper(strings.ReplaceAll(inner, " ", ""))
	switch {
	case strings.HasPrefix(inner, "BP"):
		in.b = BP
	case strings.HasPrefix(inner, "SP"):
		in.b = SP
	default:
		return expected
	}
	if rest := inner[2:]; rest != "" {
		if rest[0] != '+' && rest[0] != '-' {
			return expected
		}
		n, expected := number(rest)
		if expected != "" {
			return expected
		}
		if n%Word != 0 {
			return lang.Say("an offset that is a multiple of 8, the size of a word", "워드 크기인 8의 배수 오프셋")
		}
		in.imm = uint64(n)
	}
	return ""
}

// link resolves the labels.
func (as *assembler) link() {
	for _, u := range as.uses {
		as.line = u.line
		pc, ok := as.labels[u.label]
		switch {
		case !ok:
			as.errorf("label %q is nowhere defined; expected a line that begins with %[1]s:",
				"레이블 %q: 정의되지 않았습니다. %[1]s: 로 시작하는 줄이 필요합니다", u.label)
		case pc == uint64(len(as.code)):
			as.errorf("label %q has no instruction after it", "레이블 %q 뒤에 명령어가 없습니다", u.label)
		case u.callee != "" && as.code[pc].op != opEnter:
			as.errorf("%s %s: the target must begin with ENTER, which makes its frame; found %q",
				"%s %s: 대상은 프레임을 만드는 ENTER로 시작해야 하는데 적힌 것은 %q입니다",
				u.callee, u.label, text(as.source[as.lines[pc]-1]))
		case u.pc < len(as.code): // else its line was refused for something else
			as.code[u.pc].to = int32(pc)
		}
	}
	// A label that nobody uses may name the end of nothing; drop it.
	maps.DeleteFunc(as.labels, func(_ string, pc uint64) bool { return pc == uint64(len(as.code)) })
}

// general parses R0 … R13.
func general(word string) (r uint8, ok bool) {
	digits, ok := strings.CutPrefix(strings.ToUpper(word), "R")
	if !ok || len(digits) > 2 || (len(digits) == 2 && digits[0] == '0') {
		return 0, false
	}
	n, err := strconv.ParseUint(digits, 10, 8)
	return uint8(n), err == nil && n < BP
}

// number parses a decimal or 0x… number that fits into 32 bits, signed.
func number(word string) (n int32, expected string) {
	v, err := strconv.ParseInt(word, 0, 32)
	switch {
	case err == nil:
		return int32(v), ""
	case errors.Is(err, strconv.ErrRange):
		return 0, lang.Say("a number that fits into 32 bits (-2147483648 to 2147483647)",
			"32비트에 들어가는 수(-2147483648부터 2147483647까지)")
	}
	return 0, lang.Say("a register R0 to R13 or a number", "R0부터 R13까지의 레지스터 또는 수")
}

func isName(s string) bool {
	for i, r := range s {
		if r != '_' && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (i == 0 || r < '0' || r > '9') {
			return false
		}
	}
	return s != ""
}
