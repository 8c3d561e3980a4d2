#include "go_asm.h"
#include "textflag.h"

// The signal handlers of Go run on stacks of their own, and code without stack
// maps is never preempted: so these tasks may be on a stack that the runtime
// knows nothing of, and no garbage collection happens between enter and its
// return.

// VARIANT makes the three functions of a set. SAVE pushes registers, LOAD pops
// them; the PC is already on the stack when a switch is called.
//
// sw:    saves the running task and resumes its peer.
// loop:  what a task does. All its state is in BP and SP, which every set saves.
// enter: the way in from Go. It leaves its own return address at host's SP,
//        starts first, and has first's peer return into loop when its turn comes.
#define VARIANT(enter, loop, sw, frame, SAVE, LOAD) \
TEXT sw(SB), NOSPLIT|NOFRAME, $0-0; \
	SAVE; \
	MOVQ SP, task_sp(BP); \
	MOVQ BP, task_bp(BP); \
	MOVQ task_peer(BP), R12; \
	MOVQ task_sp(R12), SP; \
	MOVQ task_bp(R12), BP; \
	LOAD; \
	RET; \
TEXT loop(SB), NOSPLIT|NOFRAME|TOPFRAME, $0-0; \
again: \
	DECQ task_left(BP); \
	JLT done; \
	CALL sw(SB); \
	JMP again; \
done: \
	MOVQ task_host(BP), R12; \
	MOVQ task_sp(R12), SP; \
	MOVQ task_bp(R12), BP; \
	RET; \
TEXT enter(SB), NOSPLIT|NOFRAME, $0-16; \
	MOVQ host+0(FP), AX; \
	MOVQ first+8(FP), R12; \
	MOVQ SP, task_sp(AX); \
	MOVQ BP, task_bp(AX); \
	LEAQ loop(SB), AX; \
	MOVQ task_peer(R12), BX; \
	MOVQ task_sp(BX), BX; \
	MOVQ AX, frame(BX); \
	MOVQ task_sp(R12), SP; \
	MOVQ task_bp(R12), BP; \
	JMP loop(SB)

#define NOTHING

#define PUSH_CALLEE \
	PUSHQ BX; PUSHQ R12; PUSHQ R13; PUSHQ R14; PUSHQ R15
#define POP_CALLEE \
	POPQ R15; POPQ R14; POPQ R13; POPQ R12; POPQ BX

#define PUSH_ALL \
	PUSHQ AX; PUSHQ BX; PUSHQ CX; PUSHQ DX; PUSHQ SI; PUSHQ DI; \
	PUSHQ R8; PUSHQ R9; PUSHQ R10; PUSHQ R11; PUSHQ R12; PUSHQ R13; PUSHQ R14; PUSHQ R15
#define POP_ALL \
	POPQ R15; POPQ R14; POPQ R13; POPQ R12; POPQ R11; POPQ R10; POPQ R9; POPQ R8; \
	POPQ DI; POPQ SI; POPQ DX; POPQ CX; POPQ BX; POPQ AX

#define PUSH_FLAGS PUSHFQ; PUSH_ALL
#define POP_FLAGS POP_ALL; POPFQ

// LEAQ, not SUBQ and ADDQ: the flags are to survive.
#define PUSH_VECTORS \
	PUSH_FLAGS; \
	LEAQ -256(SP), SP; \
	MOVUPS X0, 0(SP); MOVUPS X1, 16(SP); MOVUPS X2, 32(SP); MOVUPS X3, 48(SP); \
	MOVUPS X4, 64(SP); MOVUPS X5, 80(SP); MOVUPS X6, 96(SP); MOVUPS X7, 112(SP); \
	MOVUPS X8, 128(SP); MOVUPS X9, 144(SP); MOVUPS X10, 160(SP); MOVUPS X11, 176(SP); \
	MOVUPS X12, 192(SP); MOVUPS X13, 208(SP); MOVUPS X14, 224(SP); MOVUPS X15, 240(SP)
#define POP_VECTORS \
	MOVUPS 0(SP), X0; MOVUPS 16(SP), X1; MOVUPS 32(SP), X2; MOVUPS 48(SP), X3; \
	MOVUPS 64(SP), X4; MOVUPS 80(SP), X5; MOVUPS 96(SP), X6; MOVUPS 112(SP), X7; \
	MOVUPS 128(SP), X8; MOVUPS 144(SP), X9; MOVUPS 160(SP), X10; MOVUPS 176(SP), X11; \
	MOVUPS 192(SP), X12; MOVUPS 208(SP), X13; MOVUPS 224(SP), X14; MOVUPS 240(SP), X15; \
	LEAQ 256(SP), SP; \
	POP_FLAGS

// Plain XSAVE, the form that every CPU with OSXSAVE has. XSAVEOPT would skip
// what a task has not changed since its XRSTOR: here, everything.
#define STATE \
	MOVQ task_area(BP), R11; \
	MOVL task_mask(BP), AX; \
	MOVL (task_mask+4)(BP), DX
#define PUSH_XSAVE PUSH_FLAGS; STATE; XSAVE64 (R11)
#define POP_XSAVE STATE; XRSTOR64 (R11); POP_FLAGS

VARIANT(·enterThree, ·loopThree, ·switchThree, const_frameThree, NOTHING, NOTHING)
VARIANT(·enterCallee, ·loopCallee, ·switchCallee, const_frameCallee, PUSH_CALLEE, POP_CALLEE)
VARIANT(·enterAll, ·loopAll, ·switchAll, const_frameAll, PUSH_ALL, POP_ALL)
VARIANT(·enterFlags, ·loopFlags, ·switchFlags, const_frameFlags, PUSH_FLAGS, POP_FLAGS)
VARIANT(·enterVectors, ·loopVectors, ·switchVectors, const_frameVectors, PUSH_VECTORS, POP_VECTORS)
VARIANT(·enterXSave, ·loopXSave, ·switchXSave, const_frameXSave, PUSH_XSAVE, POP_XSAVE)

// func cpuid(leaf, sub uint32) (ax, bx, cx, dx uint32)
TEXT ·cpuid(SB), NOSPLIT, $0-24
	MOVL leaf+0(FP), AX
	MOVL sub+4(FP), CX
	CPUID
	MOVL AX, ax+8(FP)
	MOVL BX, bx+12(FP)
	MOVL CX, cx+16(FP)
	MOVL DX, dx+20(FP)
	RET

// func xgetbv() (lo, hi uint32)
TEXT ·xgetbv(SB), NOSPLIT, $0-8
	XORL CX, CX
	XGETBV
	MOVL AX, lo+0(FP)
	MOVL DX, hi+4(FP)
	RET

// func xsave(area unsafe.Pointer, mask uint64)
TEXT ·xsave(SB), NOSPLIT, $0-16
	MOVQ area+0(FP), R11
	MOVQ mask+8(FP), AX
	MOVQ AX, DX
	SHRQ $32, DX
	XSAVE64 (R11)
	RET
