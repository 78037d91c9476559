package bench

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

const mebibyte = 1 << 20

// resident is a process's memory as /proc/PID/status has it (proc(5)), in bytes.
type resident struct {
	all  int64 // VmRSS
	anon int64 // of it, what no file backs
}

func residentOf(tb testing.TB, pid int) resident {
	tb.Helper()
	return resident{all: statusOf(tb, pid, "VmRSS:") * 1024, anon: statusOf(tb, pid, "RssAnon:") * 1024}
}

// threadsOf and handlesOf count what a process holds.
func threadsOf(tb testing.TB, pid int) int { return int(statusOf(tb, pid, "Threads:")) }

func handlesOf(tb testing.TB, pid int) int {
	tb.Helper()
	open, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
	if err != nil {
		tb.Fatal(err)
	}
	return len(open)
}

func statusOf(tb testing.TB, pid int, name string) int64 {
	tb.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		tb.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if value, ok := strings.CutPrefix(line, name); ok {
			n, err := strconv.ParseInt(strings.Fields(value)[0], 10, 64)
			if err != nil {
				tb.Fatalf("/proc/%d/status: %q: %v", pid, line, err)
			}
			return n
		}
	}
	tb.Fatalf("/proc/%d/status has no %s", pid, name)
	return 0
}

// processorOf is the processor time of a process so far, of user and system.
// The fields are counted in ticks of 10 ms after the name, which may hold
// spaces (proc(5), /proc/PID/stat).
func processorOf(tb testing.TB, pid int) time.Duration {
	tb.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		tb.Fatal(err)
	}
	fields := strings.Fields(string(text)[strings.LastIndexByte(string(text), ')')+1:])
	user, err := strconv.Atoi(fields[11])
	if err != nil {
		tb.Fatal(err)
	}
	system, err := strconv.Atoi(fields[12])
	if err != nil {
		tb.Fatal(err)
	}
	return time.Duration(user+system) * 10 * time.Millisecond
}

// ownProcessor is the processor time of this process so far.
func ownProcessor() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u) // fails for no process of its own
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// otherLoad is how busy the machine was in the last minute, beside us or with
// us: figures taken on a busy machine say so.
func otherLoad() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	return strings.Fields(string(text))[0]
}
