//go:build !linux

// Package hugepages asks the kernel for large pages under a large table.
package hugepages

// Ask does nothing where the system has no such wish.
func Ask[T any]([]T) {}
