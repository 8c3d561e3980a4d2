; A deadlock: two goroutines each want to receive from the other before they
; send, and main waits for both. It prints nothing: the run ends with an error
; that says where each of the three waits, and for what.
main:   ENTER 5             ; [BP-8] a, [BP-16] b, [BP-24] done; 2 arguments
        STORE [SP], 0
        CHAN
        STORE [BP-8], R0
        CHAN
        STORE [BP-16], R0
        CHAN
        STORE [BP-24], R0
        LOAD  R1, [BP-8]
        LOAD  R2, [BP-16]
        STORE [SP], R1
        STORE [SP+8], R2
        GO    party, 2
        LOAD  R1, [BP-16]
        LOAD  R2, [BP-8]
        STORE [SP], R1
        STORE [SP+8], R2
        GO    party, 2
        LOAD  R1, [BP-24]
        STORE [SP], R1
        CALL  join
        RET
join:   ENTER 1             ; join(done)
        LOAD  R1, [BP+16]
        STORE [SP], R1
        RECV
        RET
party:  ENTER 2             ; party(mine, yours)
        LOAD  R1, [BP+24]
        STORE [SP], R1
        RECV                ; after you
        LOAD  R1, [BP+16]
        STORE [SP], R1
        STORE [SP+8], R0
        SEND
        RET
