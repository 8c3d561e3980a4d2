; Fork and join of fixed work: 64 goroutines, each of which computes for about
; a millisecond in Go code (HOST work). With two Ps, and two CPUs that have
; nothing else to do, it takes half as long, for the second one steals. main
; prints 64, the pieces that were done.
main:   ENTER 4             ; [BP-8] channel, [BP-16] i; 2 arguments
        STORE [SP], 0
        CHAN
        STORE [BP-8], R0
        STORE [BP-16], 0
fork:   LOAD  R1, [BP-8]
        STORE [SP], R1
        GO    piece, 1
        LOAD  R1, [BP-16]
        ADD   R1, 1
        STORE [BP-16], R1
        JNE   R1, 64, fork
join:   LOAD  R1, [BP-8]
        STORE [SP], R1
        RECV
        LOAD  R1, [BP-16]
        SUB   R1, 1
        STORE [BP-16], R1
        JNE   R1, 0, join
        STORE [SP], 64
        HOST  print
        RET
piece:  ENTER 2             ; piece(channel)
        STORE [SP], 1000000 ; steps of about a nanosecond
        HOST  work
        LOAD  R1, [BP+16]
        STORE [SP], R1
        STORE [SP+8], 1
        SEND
        RET
