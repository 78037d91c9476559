package shelf

import "github.com/tocsin-project/tocsin/internal/offheap"

// chunks is a list that grows without moving what it holds, beside the heap. It
// counts from 1.
type chunks[T any] struct {
	list [][]T // of chunkLen each
	n    int
}

const chunkLen = 1 << 13

func (c *chunks[T]) at(i uint32) *T {
	i--
	return &c.list[i/chunkLen][i%chunkLen]
}

func (c *chunks[T]) add(v T) uint32 {
	if c.n == len(c.list)*chunkLen {
		c.list = append(c.list, offheap.Make[T](chunkLen))
	}
	c.n++
	*c.at(uint32(c.n)) = v
	return uint32(c.n)
}

// free empties the list. What at gave may not be used any more.
func (c *chunks[T]) free() {
	for _, chunk := range c.list {
		offheap.Free(chunk)
	}
	c.list, c.n = nil, 0
}

// newer is a list with further entries of its own behind those of another,
// which it does not change.
type newer[T any] struct {
	base *chunks[T]
	own  []T
}

// at gives an entry to read.
func (c *newer[T]) at(i uint32) *T {
	if int(i) <= c.base.n {
		return c.base.at(i)
	}
	return &c.own[int(i)-c.base.n-1]
}

func (c *newer[T]) add(v T) uint32 {
	c.own = append(c.own, v)
	return uint32(c.base.n + len(c.own))
}

// isNew says whether the entry is its own.
func (c *newer[T]) isNew(i uint32) bool { return int(i) > c.base.n }
