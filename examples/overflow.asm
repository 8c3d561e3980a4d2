; An overflow: a function that calls itself for ever. Its stack doubles from
; 2 KB to 32 MB, and would again. It prints nothing: the run ends with an error
; that shows the innermost calls.
main:   ENTER 1
        STORE [SP], 0
        CALL  down
        RET
down:   ENTER 1             ; down(depth)
        LOAD  R0, [BP+16]
        ADD   R0, 1
        STORE [SP], R0
        CALL  down
        RET
