; Many blocking reads: 100 goroutines each wait in SYS read for a byte from a
; pipe of their own. Each holds a thread, but no P: the monitor takes it away,
; and main goes on at one P too. Then it writes i into pipe i, and adds up what
; comes back: main prints 4950. (Behind Go's network poller they would hold no
; thread.)
main:   ENTER 5             ; [BP-8] channel, [BP-16] i, [BP-24] sum; 2 arguments
        STORE [SP], 0
        CHAN
        STORE [BP-8], R0
        STORE [BP-16], 0
        STORE [BP-24], 0
start:  LOAD  R1, [BP-16]
        STORE [SP], R1
        LOAD  R2, [BP-8]
        STORE [SP+8], R2
        GO    reader, 2
        LOAD  R1, [BP-16]
        ADD   R1, 1
        STORE [BP-16], R1
        JLT   R1, 100, start
        STORE [SP], 20000   ; µs: meanwhile they go into their calls (at one P some do later)
        SYS   sleep
write:  LOAD  R1, [BP-16]
        SUB   R1, 1
        STORE [BP-16], R1
        STORE [SP], R1
        STORE [SP+8], R1
        HOST  write
        LOAD  R1, [BP-8]
        STORE [SP], R1
        RECV
        LOAD  R2, [BP-24]
        ADD   R2, R0
        STORE [BP-24], R2
        LOAD  R1, [BP-16]
        JNE   R1, 0, write
        STORE [SP], R2
        HOST  print
        RET
reader: ENTER 2             ; reader(pipe, channel)
        LOAD  R1, [BP+16]
        STORE [SP], R1
        SYS   read
        LOAD  R1, [BP+24]
        STORE [SP], R1
        STORE [SP+8], R0
        SEND
        RET
