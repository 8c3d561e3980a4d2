; Fork and join: fib(n) starts a goroutine for fib(n-1), calls fib(n-2) itself,
; and adds. A P that has nothing steals the forks that wait longest, which are
; the biggest. 28656 goroutines and main for fib(22): main prints 17711.
main:   ENTER 1
        STORE [SP], 22
        CALL  fib
        STORE [SP], R0
        HOST  print
        RET
fib:    ENTER 4             ; fib(n): [BP-8] channel, [BP-16] fib(n-2); 2 arguments
        LOAD  R0, [BP+16]
        JLT   R0, 2, done
        STORE [SP], 0
        CHAN
        STORE [BP-8], R0
        STORE [SP+8], R0
        LOAD  R1, [BP+16]
        SUB   R1, 1
        STORE [SP], R1
        GO    fork, 2
        LOAD  R1, [BP+16]
        SUB   R1, 2
        STORE [SP], R1
        CALL  fib
        STORE [BP-16], R0
        LOAD  R1, [BP-8]
        STORE [SP], R1
        RECV                ; the join
        LOAD  R1, [BP-16]
        ADD   R0, R1
done:   RET
fork:   ENTER 2             ; fork(n, channel)
        LOAD  R1, [BP+16]
        STORE [SP], R1
        CALL  fib
        LOAD  R1, [BP+24]
        STORE [SP], R1
        STORE [SP+8], R0
        SEND
        RET
