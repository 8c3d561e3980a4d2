package osthread

import (
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"
)

var (
	kernel32               = windows.NewLazySystemDLL("kernel32.dll")
	setThreadAffinityMask  = kernel32.NewProc("SetThreadAffinityMask")
	getProcessAffinityMask = kernel32.NewProc("GetProcessAffinityMask")
	switchToThread         = kernel32.NewProc("SwitchToThread")

	synch               = windows.NewLazySystemDLL("api-ms-win-core-synch-l1-2-0.dll")
	waitOnAddress       = synch.NewProc("WaitOnAddress")
	wakeByAddressSingle = synch.NewProc("WakeByAddressSingle")
)

// Windows has processors in groups of at most 64, and a thread is in one of
// them. We know of its own group only.
const mostCPUs = int(unsafe.Sizeof(uintptr(0))) * 8

// Pin lets the calling thread run on that CPU only. Call it from an f of [Go]:
// on a thread that other goroutines will use it would pin them too.
func Pin(cpu int) error {
	if cpu < 0 || cpu >= mostCPUs {
		return fmt.Errorf("pin to CPU %d: want 0 to %d", cpu, mostCPUs-1)
	}
	if _, err := affinity(1 << cpu); err != nil {
		return fmt.Errorf("pin to CPU %d: %w", cpu, err)
	}
	return nil
}

// affinity sets the mask of the calling thread and returns the one before.
func affinity(mask uintptr) (before uintptr, err error) {
	before, _, errno := setThreadAffinityMask.Call(uintptr(windows.CurrentThread()), mask)
	if before == 0 {
		return 0, errno
	}
	return before, nil
}

// CPUs returns the CPUs that the calling thread may run on, in ascending
// order: at least one.
func CPUs() ([]int, error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var process, system uintptr
	ok, _, errno := getProcessAffinityMask.Call(uintptr(windows.CurrentProcess()), uintptr(unsafe.Pointer(&process)), uintptr(unsafe.Pointer(&system)))
	if ok == 0 {
		return nil, fmt.Errorf("list the CPUs: %w", errno)
	}
	// Nothing reads a thread's mask; who sets it gets the one before.
	mask, err := affinity(process)
	if err == nil {
		_, err = affinity(mask)
	}
	if err != nil {
		return nil, fmt.Errorf("list the CPUs: %w", err)
	}
	var cpus []int
	for cpu := range mostCPUs {
		if mask>>cpu&1 != 0 {
			cpus = append(cpus, cpu)
		}
	}
	return cpus, nil
}

// ID returns the kernel's id of the calling thread; 0 where there is no telling.
func ID() int { return int(windows.GetCurrentThreadId()) }

// Sleep makes the calling thread sleep; here it is Go that wakes it up: the
// kernel's own Sleep counts in ticks of up to 15.6 ms.
func Sleep(d time.Duration) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	time.Sleep(d)
}

// mainID is the one that the variables of packages are initialised on.
var mainID = windows.GetCurrentThreadId()

func onMainThread() bool { return windows.GetCurrentThreadId() == mainID }

// schedYield lets another thread run that is ready on this CPU. (There is no
// RawSyscall here: the runtime's part of a call, some tens of ns, is in it.)
func schedYield() { switchToThread.Call() }

// wake wakes a thread that waits for word to change.
func wake(word *atomic.Uint32) error {
	syscall.SyscallN(wakeByAddressSingle.Addr(), uintptr(unsafe.Pointer(word)))
	return nil
}

// waitWhile returns once word is not seen any more, or at any time before.
func waitWhile(word *atomic.Uint32, seen *uint32) error {
	ok, _, errno := syscall.SyscallN(waitOnAddress.Addr(), uintptr(unsafe.Pointer(word)), uintptr(unsafe.Pointer(seen)), unsafe.Sizeof(*seen), windows.INFINITE)
	if ok == 0 {
		return fmt.Errorf("wait: %w", errno)
	}
	return nil
}

// An end of a pipe is a handle.
type end = syscall.Handle

func noReader(err error) bool {
	return err == windows.ERROR_NO_DATA || err == windows.ERROR_BROKEN_PIPE
}

// A thread is SYSTEM_THREAD_INFORMATION: what the kernel tells of one.
type thread struct {
	_        [2]int64 // times
	created  int64
	_        uint32
	_        uintptr
	_, id    uintptr
	_, _     int32
	switches uint32
	_, _     uint32
}

// A threadKey is one thread for all time: an id is given again.
type threadKey struct {
	id      uintptr
	created int64
}

// counted has the switches that were seen last of each thread, also of those
// that have ended.
var counted struct {
	sync.Mutex
	switches map[threadKey]uint32
}

// Switches returns how often the kernel has switched away from a thread of
// this process since it began, as far as it was asked in time: what a thread
// does after the last call of Switches, and before its end, is not in it.
// Windows does not say why: all are voluntary.
func Switches() (voluntary, involuntary int64, err error) {
	list, err := threads()
	if err != nil {
		return 0, 0, err
	}
	counted.Lock()
	defer counted.Unlock()
	if counted.switches == nil {
		counted.switches = map[threadKey]uint32{}
	}
	for _, t := range list {
		key := threadKey{t.id, t.created}
		counted.switches[key] = max(counted.switches[key], t.switches)
	}
	for _, n := range counted.switches {
		voluntary += int64(n)
	}
	return voluntary, 0, nil
}

// sideSwitches returns the switches of the calling thread.
func sideSwitches(int) (voluntary, involuntary int64, err error) {
	list, err := threads()
	if err != nil {
		return 0, 0, err
	}
	me := uintptr(windows.GetCurrentThreadId())
	for _, t := range list {
		if t.id == me {
			return int64(t.switches), 0, nil
		}
	}
	return 0, 0, fmt.Errorf("count switches: no thread %d in this process", me)
}

// threads returns what the kernel knows of the threads of this process.
func threads() ([]thread, error) {
	list, err := processes()
	if err != nil {
		return nil, fmt.Errorf("count switches: %w", err)
	}
	for {
		p := (*windows.SYSTEM_PROCESS_INFORMATION)(unsafe.Pointer(&list[0]))
		if uint32(p.UniqueProcessID) == windows.GetCurrentProcessId() {
			all := unsafe.Slice((*thread)(unsafe.Add(unsafe.Pointer(p), unsafe.Sizeof(*p))), p.NumberOfThreads)
			for _, t := range all {
				if t.switches != 0 {
					return all, nil
				}
			}
			return nil, fmt.Errorf("count switches: %w: this Windows says 0 of each thread, as wine does", ErrUnsupported)
		}
		if p.NextEntryOffset == 0 {
			return nil, fmt.Errorf("count switches: no process %d", windows.GetCurrentProcessId())
		}
		list = list[p.NextEntryOffset:]
	}
}

// processes returns the kernel's list of processes, each with its threads.
func processes() ([]byte, error) {
	for size := uint32(256 << 10); ; size *= 2 {
		list := make([]byte, size)
		err := windows.NtQuerySystemInformation(windows.SystemProcessInformation, unsafe.Pointer(&list[0]), size, nil)
		if err != windows.STATUS_INFO_LENGTH_MISMATCH {
			return list, err
		}
	}
}
