package doctor

import "golang.org/x/sys/unix"

// synchronised asks the kernel: adjtimex(2), which changes nothing with no modes set.
func synchronised() (bool, error) {
	var t unix.Timex
	state, err := unix.Adjtimex(&t)
	return err == nil && state != unix.TIME_ERROR && t.Status&unix.STA_UNSYNC == 0, err
}
