//go:build !linux

package match

func hugePages(filter) {}
