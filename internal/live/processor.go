package live

import (
	"runtime"
	"time"
)

// Processor does something and gives how much processor time it took on the
// caller's goroutine: on a machine that is busy with other things less than the
// time that passed, which would make a crowd wait for what is none of its doing.
func Processor(do func()) time.Duration {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	before := threadTime()
	do()
	return threadTime() - before
}
