; The prime sieve: a chain of filters, one for each prime, through which all
; numbers from 2 on are sent. What comes out at the end of the chain is prime,
; and gets a filter of its own. main prints 1987, the 300th; the goroutines that
; still send then end with it.
main:   ENTER 6             ; [BP-8] end of the chain, [BP-16] count, [BP-24] prime; 3 arguments
        STORE [SP], 0
        CHAN
        STORE [BP-8], R0
        STORE [SP], R0
        GO    count, 1
        STORE [BP-16], 0
next:   LOAD  R1, [BP-8]
        STORE [SP], R1
        RECV
        STORE [BP-24], R0
        LOAD  R1, [BP-16]
        ADD   R1, 1
        STORE [BP-16], R1
        JEQ   R1, 300, done
        STORE [SP], 0
        CHAN
        LOAD  R1, [BP-8]
        STORE [SP], R1
        STORE [SP+8], R0
        STORE [BP-8], R0
        LOAD  R1, [BP-24]
        STORE [SP+16], R1
        GO    filter, 3
        JMP   next
done:   LOAD  R0, [BP-24]
        STORE [SP], R0
        HOST  print
        RET
count:  ENTER 3             ; count(out): [BP-8] number
        STORE [BP-8], 2
more:   LOAD  R1, [BP+16]
        STORE [SP], R1
        LOAD  R2, [BP-8]
        STORE [SP+8], R2
        ADD   R2, 1
        STORE [BP-8], R2
        SEND
        JMP   more
filter: ENTER 2             ; filter(in, out, prime)
again:  LOAD  R1, [BP+16]
        STORE [SP], R1
        RECV
        LOAD  R2, [BP+32]
        MOV   R3, R0
        MOD   R3, R2
        JEQ   R3, 0, again
        LOAD  R1, [BP+24]
        STORE [SP], R1
        STORE [SP+8], R0
        SEND
        JMP   again
