; Ping-pong: two goroutines and two channels without a buffer. Each send wakes
; the other, who is then the next on the same P (runnext). main prints 100000,
; the number of round trips.
main:   ENTER 4             ; [BP-8] ping, [BP-16] pong; 2 words for arguments
        STORE [SP], 0
        CHAN
        STORE [BP-8], R0
        STORE [SP], 0
        CHAN
        STORE [BP-16], R0
        LOAD  R1, [BP-8]
        STORE [SP], R1
        STORE [SP+8], R0
        GO    pong, 2
        MOV   R2, 0
loop:   LOAD  R1, [BP-8]
        STORE [SP], R1
        STORE [SP+8], R2
        SEND
        LOAD  R1, [BP-16]
        STORE [SP], R1
        RECV                ; what was sent, and one more
        MOV   R2, R0
        JNE   R2, 100000, loop
        STORE [SP], R2
        HOST  print
        RET
pong:   ENTER 2             ; pong(ping, pong)
next:   LOAD  R1, [BP+16]
        STORE [SP], R1
        RECV
        ADD   R0, 1
        LOAD  R1, [BP+24]
        STORE [SP], R1
        STORE [SP+8], R0
        SEND
        JMP   next
