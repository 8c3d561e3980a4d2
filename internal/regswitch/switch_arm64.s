#include "go_asm.h"
#include "textflag.h"

// The signal handlers of Go run on stacks of their own, and code without stack
// maps is never preempted: so these tasks may be on a stack that the runtime
// knows nothing of, and no garbage collection happens between enter and its
// return.

// VARIANT makes the three functions of a set. SAVE makes a frame at SP, LOAD
// drops it; the PC is in R30 when a switch is called. R16 and R17 are scratch to
// linkers too: a switch may use them once they are saved.
//
// sw:    saves the running task and resumes its peer.
// loop:  what a task does. All its state is in R29 and SP, which every set saves.
// enter: the way in from Go. It leaves its own return address in host,
//        starts first, and has first's peer return into loop when its turn comes.
#define VARIANT(enter, loop, sw, SAVE, LOAD) \
TEXT sw(SB), NOSPLIT|NOFRAME, $0-0; \
	SAVE; \
	MOVD RSP, R17; \
	MOVD R30, task_pc(R29); \
	MOVD R17, task_sp(R29); \
	MOVD R29, task_bp(R29); \
	MOVD task_peer(R29), R16; \
	RESUME; \
	LOAD; \
	RET; \
TEXT loop(SB), NOSPLIT|NOFRAME|TOPFRAME, $0-0; \
again: \
	MOVD task_left(R29), R16; \
	SUB $1, R16; \
	MOVD R16, task_left(R29); \
	TBNZ $63, R16, done; \
	BL sw(SB); \
	B again; \
done: \
	MOVD task_host(R29), R16; \
	RESUME; \
	RET; \
TEXT enter(SB), NOSPLIT|NOFRAME, $0-16; \
	MOVD host+0(FP), R0; \
	MOVD first+8(FP), R16; \
	MOVD RSP, R17; \
	MOVD R30, task_pc(R0); \
	MOVD R17, task_sp(R0); \
	MOVD R29, task_bp(R0); \
	MOVD $loop(SB), R17; \
	MOVD R17, task_pc(R16); \
	MOVD task_peer(R16), R0; \
	MOVD R17, task_pc(R0); \
	RESUME; \
	RET

// RESUME makes the task at R16 the running one; its registers and the jump follow.
#define RESUME \
	MOVD task_sp(R16), R17; \
	MOVD R17, RSP; \
	MOVD task_bp(R16), R29; \
	MOVD task_pc(R16), R30

#define NOTHING

#define SAVE_CALLEE \
	SUB $const_frameCallee, RSP; \
	STP (R19, R20), 0(RSP); STP (R21, R22), 16(RSP); STP (R23, R24), 32(RSP); STP (R25, R26), 48(RSP); \
	FSTPD (F8, F9), 64(RSP); FSTPD (F10, F11), 80(RSP); FSTPD (F12, F13), 96(RSP); FSTPD (F14, F15), 112(RSP)
#define LOAD_CALLEE \
	LDP 0(RSP), (R19, R20); LDP 16(RSP), (R21, R22); LDP 32(RSP), (R23, R24); LDP 48(RSP), (R25, R26); \
	FLDPD 64(RSP), (F8, F9); FLDPD 80(RSP), (F10, F11); FLDPD 96(RSP), (F12, F13); FLDPD 112(RSP), (F14, F15); \
	ADD $const_frameCallee, RSP

// Left alone: R18 is the platform's, R27 the assembler's, and R28 is g, which
// signal handlers rely on.
#define SAVE_ALL SUB $const_frameAll, RSP; STORE_ALL
#define LOAD_ALL FETCH_ALL; ADD $const_frameAll, RSP
#define STORE_ALL \
	STP (R0, R1), 0(RSP); STP (R2, R3), 16(RSP); STP (R4, R5), 32(RSP); STP (R6, R7), 48(RSP); \
	STP (R8, R9), 64(RSP); STP (R10, R11), 80(RSP); STP (R12, R13), 96(RSP); STP (R14, R15), 112(RSP); \
	STP (R16, R17), 128(RSP); STP (R19, R20), 144(RSP); STP (R21, R22), 160(RSP); STP (R23, R24), 176(RSP); \
	STP (R25, R26), 192(RSP)
#define FETCH_ALL \
	LDP 0(RSP), (R0, R1); LDP 16(RSP), (R2, R3); LDP 32(RSP), (R4, R5); LDP 48(RSP), (R6, R7); \
	LDP 64(RSP), (R8, R9); LDP 80(RSP), (R10, R11); LDP 96(RSP), (R12, R13); LDP 112(RSP), (R14, R15); \
	LDP 128(RSP), (R16, R17); LDP 144(RSP), (R19, R20); LDP 160(RSP), (R21, R22); LDP 176(RSP), (R23, R24); \
	LDP 192(RSP), (R25, R26)

#define SAVE_FLAGS SUB $const_frameFlags, RSP; STORE_ALL; STORE_FLAGS
#define LOAD_FLAGS FETCH_FLAGS; FETCH_ALL; ADD $const_frameFlags, RSP
#define STORE_FLAGS MOVD NZCV, R16; MOVD R16, 208(RSP)
#define FETCH_FLAGS MOVD 208(RSP), R16; MOVD R16, NZCV

#define SAVE_VECTORS \
	SUB $const_frameVectors, RSP; \
	STORE_ALL; \
	STORE_FLAGS; \
	FSTPQ (F0, F1), 224(RSP); FSTPQ (F2, F3), 256(RSP); FSTPQ (F4, F5), 288(RSP); FSTPQ (F6, F7), 320(RSP); \
	FSTPQ (F8, F9), 352(RSP); FSTPQ (F10, F11), 384(RSP); FSTPQ (F12, F13), 416(RSP); FSTPQ (F14, F15), 448(RSP); \
	FSTPQ (F16, F17), 480(RSP); FSTPQ (F18, F19), 512(RSP); FSTPQ (F20, F21), 544(RSP); FSTPQ (F22, F23), 576(RSP); \
	FSTPQ (F24, F25), 608(RSP); FSTPQ (F26, F27), 640(RSP); FSTPQ (F28, F29), 672(RSP); FSTPQ (F30, F31), 704(RSP)
#define LOAD_VECTORS \
	FLDPQ 224(RSP), (F0, F1); FLDPQ 256(RSP), (F2, F3); FLDPQ 288(RSP), (F4, F5); FLDPQ 320(RSP), (F6, F7); \
	FLDPQ 352(RSP), (F8, F9); FLDPQ 384(RSP), (F10, F11); FLDPQ 416(RSP), (F12, F13); FLDPQ 448(RSP), (F14, F15); \
	FLDPQ 480(RSP), (F16, F17); FLDPQ 512(RSP), (F18, F19); FLDPQ 544(RSP), (F20, F21); FLDPQ 576(RSP), (F22, F23); \
	FLDPQ 608(RSP), (F24, F25); FLDPQ 640(RSP), (F26, F27); FLDPQ 672(RSP), (F28, F29); FLDPQ 704(RSP), (F30, F31); \
	FETCH_FLAGS; \
	FETCH_ALL; \
	ADD $const_frameVectors, RSP

VARIANT(·enterThree, ·loopThree, ·switchThree, NOTHING, NOTHING)
VARIANT(·enterCallee, ·loopCallee, ·switchCallee, SAVE_CALLEE, LOAD_CALLEE)
VARIANT(·enterAll, ·loopAll, ·switchAll, SAVE_ALL, LOAD_ALL)
VARIANT(·enterFlags, ·loopFlags, ·switchFlags, SAVE_FLAGS, LOAD_FLAGS)
VARIANT(·enterVectors, ·loopVectors, ·switchVectors, SAVE_VECTORS, LOAD_VECTORS)
