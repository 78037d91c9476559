//go:build race

package patternset_test

// With the race detector, a sync.Pool forgets at random what is put into it.
func init() { poolForgets = true }
