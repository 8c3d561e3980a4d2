; A daisy chain: 10000 goroutines, each of which waits for the one to its
; right, adds one to what comes, and passes it to its left. Then 1 is sent in at
; the right end. Most wait already when the first one moves: main prints 10001.
main:   ENTER 5             ; [BP-8] left end, [BP-16] right end, [BP-24] i; 2 arguments
        STORE [SP], 0
        CHAN
        STORE [BP-8], R0
        STORE [BP-16], R0
        STORE [BP-24], 0
more:   STORE [SP], 0
        CHAN
        LOAD  R1, [BP-16]
        STORE [SP], R1
        STORE [SP+8], R0
        STORE [BP-16], R0
        GO    link, 2
        LOAD  R1, [BP-24]
        ADD   R1, 1
        STORE [BP-24], R1
        JNE   R1, 10000, more
        LOAD  R1, [BP-16]
        STORE [SP], R1
        GO    first, 1
        LOAD  R1, [BP-8]
        STORE [SP], R1
        RECV
        STORE [SP], R0
        HOST  print
        RET
first:  ENTER 2             ; first(right)
        LOAD  R1, [BP+16]
        STORE [SP], R1
        STORE [SP+8], 1
        SEND
        RET
link:   ENTER 2             ; link(left, right)
        LOAD  R1, [BP+24]
        STORE [SP], R1
        RECV
        ADD   R0, 1
        LOAD  R1, [BP+16]
        STORE [SP], R1
        STORE [SP+8], R0
        SEND
        RET
