// Package hugepages asks the kernel for large pages under a large table.
package hugepages

import (
	"os"
	"syscall"
	"unsafe"
)

// Ask asks for large pages under a table, before it is written: a look at a
// random place among many megabytes of small ones waits for the page table as
// long as for the memory. It is a wish; nothing depends on it.
func Ask[T any](table []T) {
	const (
		large        = 2 << 20
		madvHugepage = 14 // madvise(2)
	)
	size := len(table) * int(unsafe.Sizeof(*new(T)))
	if size < 2*large {
		return
	}
	b := unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(table))), size) //nolint:gosec // the kernel is told the address, nothing is read
	page := os.Getpagesize()
	skip := -int(uintptr(unsafe.Pointer(&b[0]))) & (page - 1) //nolint:gosec // as above
	_ = syscall.Madvise(b[skip:len(b)-(len(b)-skip)%page], madvHugepage)
}
