// Command park makes N goroutines, or N threads, that wait, and waits itself:
// for a look from outside. It shares no code with the labs.
//
//	park goroutines|threads N
//
// It prints "ready", goes on at the first line of input, prints "made" when all
// wait, and ends at the second line.
package main

import (
	"bufio"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"sync"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: park goroutines|threads N")
		os.Exit(2)
	}
	n, err := strconv.Atoi(os.Args[2])
	if err != nil {
		fmt.Fprintln(os.Stderr, "park:", err)
		os.Exit(2)
	}
	debug.SetGCPercent(-1)
	in := bufio.NewScanner(os.Stdin)
	fmt.Println("ready")
	in.Scan()
	var made sync.WaitGroup
	made.Add(n)
	for range n {
		go func() {
			if os.Args[1] == "threads" {
				runtime.LockOSThread()
			}
			made.Done()
			select {}
		}()
	}
	made.Wait()
	fmt.Println("made")
	in.Scan()
}
