; Skynet: a tree of goroutines, 10 children a node, 1000000 leaves. Each leaf
; sends its number up, each node the sum of what its children send. All at once
; their stacks of 2 KB would take 2 GB. It takes about 200 MB: runnext goes down
; the tree before it goes across. So most goroutines have ended, and their stacks
; are used again, before others begin. It shows what GO and EXIT cost, how a full
; ring overflows, and how thieves share a tree. main prints 499999500000.
main:   ENTER 4             ; [BP-8] result; 3 arguments
        STORE [SP], 0
        CHAN
        STORE [BP-8], R0
        STORE [SP], R0
        STORE [SP+8], 0
        STORE [SP+16], 1000000 ; leaves: a power of 10
        GO    node, 3
        LOAD  R1, [BP-8]
        STORE [SP], R1
        RECV
        STORE [SP], R0
        HOST  print
        RET
node:   ENTER 6             ; node(up, first, leaves): [BP-8] down, [BP-16] i, [BP-24] sum
        LOAD  R1, [BP+32]
        LOAD  R2, [BP+24]
        JEQ   R1, 1, up     ; a leaf: its number
        STORE [SP], 0
        CHAN
        STORE [BP-8], R0
        STORE [BP-16], 0
child:  LOAD  R0, [BP-8]
        STORE [SP], R0
        LOAD  R1, [BP+32]
        DIV   R1, 10
        STORE [SP+16], R1
        LOAD  R2, [BP-16]
        MUL   R2, R1
        LOAD  R3, [BP+24]
        ADD   R2, R3
        STORE [SP+8], R2
        GO    node, 3
        LOAD  R1, [BP-16]
        ADD   R1, 1
        STORE [BP-16], R1
        JLT   R1, 10, child
        STORE [BP-24], 0
add:    LOAD  R1, [BP-8]
        STORE [SP], R1
        RECV
        LOAD  R2, [BP-24]
        ADD   R2, R0
        STORE [BP-24], R2
        LOAD  R1, [BP-16]
        SUB   R1, 1
        STORE [BP-16], R1
        JNE   R1, 0, add
up:     LOAD  R1, [BP+16]
        STORE [SP], R1
        STORE [SP+8], R2
        SEND
        RET
