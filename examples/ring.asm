; A ring of 503 goroutines, each with a channel to the next. A token goes round,
; one less at each hop; who gets 0 tells main its number. Somebody can run at
; any time, but only one: more Ps do not help. After 500000 hops that is
; 500000 modulo 503, plus 1: main prints 19.
main:   ENTER 8             ; [BP-8] first channel, [BP-16] in, [BP-24] done, [BP-32] i; 4 arguments
        STORE [SP], 1       ; room for one, so that main need not wait
        CHAN
        STORE [BP-8], R0
        STORE [BP-16], R0
        STORE [SP], 0
        CHAN
        STORE [BP-24], R0
        STORE [BP-32], 1
more:   LOAD  R0, [BP-8]    ; the last one sends to the first
        LOAD  R1, [BP-32]
        JEQ   R1, 503, link
        STORE [SP], 0
        CHAN
link:   LOAD  R1, [BP-32]
        STORE [SP], R1
        LOAD  R2, [BP-16]
        STORE [SP+8], R2
        STORE [SP+16], R0
        STORE [BP-16], R0   ; its out is the next one's in
        LOAD  R2, [BP-24]
        STORE [SP+24], R2
        GO    node, 4
        LOAD  R1, [BP-32]
        ADD   R1, 1
        STORE [BP-32], R1
        JLT   R1, 504, more
        LOAD  R1, [BP-8]
        STORE [SP], R1
        STORE [SP+8], 500000 ; hops
        SEND
        LOAD  R1, [BP-24]
        STORE [SP], R1
        RECV
        STORE [SP], R0
        HOST  print
        RET
node:   ENTER 2             ; node(number, in, out, done)
next:   LOAD  R1, [BP+24]
        STORE [SP], R1
        RECV
        JEQ   R0, 0, last
        SUB   R0, 1
        LOAD  R1, [BP+32]
        STORE [SP], R1
        STORE [SP+8], R0
        SEND
        JMP   next
last:   LOAD  R1, [BP+40]
        STORE [SP], R1
        LOAD  R1, [BP+16]
        STORE [SP+8], R1
        SEND
        RET
