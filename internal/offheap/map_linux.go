package offheap

import (
	"syscall"
	"unsafe"
)

// take maps memory (mmap(2)). Where the kernel gives none, it is the heap's: whatever is
// to happen then happens there.
func take[T any](n int) []T {
	size := n * int(unsafe.Sizeof(*new(T)))
	if size == 0 {
		return nil
	}
	b, err := syscall.Mmap(-1, 0, size, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		return make([]T, n)
	}
	count(int64(size))
	return unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(b))), n) //nolint:gosec // n values of T are size bytes, and pages are aligned for all
}

func give[T any](table []T) {
	if size := len(table) * int(unsafe.Sizeof(*new(T))); size > 0 {
		b := unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(table))), size) //nolint:gosec // the bytes that take mapped
		if syscall.Munmap(b) == nil {                                             // not what came from the heap
			count(-int64(size))
		}
	}
}
