//go:build !linux

package scan

func hugePages[T any]([]T) {}
