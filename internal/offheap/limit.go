package offheap

import (
	"runtime/debug"
	"sync"
)

// memory is what the heap and the tables may have together, and what the tables have.
var memory struct {
	sync.Mutex
	limit, taken int64
}

// least is left to the heap in any case: with less it would only be collected.
const least = 64 << 20

// Limit has the runtime collect garbage more often before the heap and what is beside it
// reach so many bytes together.
func Limit(bytes int64) {
	memory.Lock()
	defer memory.Unlock()
	memory.limit = bytes
	keep()
}

// count notes that so many bytes more are taken, or fewer.
func count(bytes int64) {
	memory.Lock()
	defer memory.Unlock()
	memory.taken += bytes
	keep()
}

func keep() {
	if memory.limit > 0 {
		debug.SetMemoryLimit(max(memory.limit-memory.taken, least))
	}
}
