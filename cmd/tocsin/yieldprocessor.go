package main

import (
	"os"
	"strconv"
	"syscall"
)

// yielding is the priority at which Linux gives a thread about a tenth of what it
// gives one of the usual priority that wants the same processor (sched(7): each step
// is a factor of 1.25).
const yielding = 10

// yieldProcessor has this process leave the processor to others where they want it
// and, since Linux derives the one from the other, the disk. The priority is each
// thread's own; threads to come have it from the one that makes them. Where it
// cannot be set, the work is done all the same.
func yieldProcessor() {
	threads, _ := os.ReadDir("/proc/self/task")
	for _, t := range threads {
		if id, err := strconv.Atoi(t.Name()); err == nil {
			_ = syscall.Setpriority(syscall.PRIO_PROCESS, id, yielding)
		}
	}
}
