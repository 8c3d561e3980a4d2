; A hog beside a polite goroutine. The hog computes for ever and never gives
; way; the polite one yields 10 times. At one P nothing but the monitor lets it
; go on: it preempts the hog, each time after 10 to 20 ms. main prints 10, and
; the hog ends with it. With a second P the polite one need not wait.
main:   ENTER 2             ; [BP-8] channel; 1 argument
        STORE [SP], 0
        CHAN
        STORE [BP-8], R0
        GO    hog, 0
        LOAD  R1, [BP-8]
        STORE [SP], R1
        GO    polite, 1
        LOAD  R1, [BP-8]
        STORE [SP], R1
        RECV
        STORE [SP], R0
        HOST  print
        RET
hog:    ENTER 0
        MOV   R1, 0
spin:   ADD   R1, 1
        JMP   spin
polite: ENTER 3             ; polite(channel): [BP-8] i; 2 arguments
        STORE [BP-8], 0
round:  YIELD
        LOAD  R1, [BP-8]
        ADD   R1, 1
        STORE [BP-8], R1
        JNE   R1, 10, round
        LOAD  R2, [BP+16]
        STORE [SP], R2
        STORE [SP+8], R1
        SEND
        RET
