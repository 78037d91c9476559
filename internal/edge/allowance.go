package edge

import (
	"runtime/debug"
	"sync"
)

// allowance is how much memory the runtime is to keep below: what an edge needs
// anyway, and more for each protection. A limit that what has to be held exceeds
// has the collector run all the time: with 100,000 protections a push took 460 ms
// under 192 MiB, and 2 ms with enough.
type allowance struct {
	base int64 // bytes; 0: the limit is none of the edge's business

	mu   sync.Mutex
	most int // protections that it was raised for
}

// eachTakes is about what an edge holds for a protection at the worst moment,
// when it reads them all anew: the decision, its place in force, its receipts.
const eachTakes = 6 << 10

// step is by how many protections more the limit is raised at a time.
const step = 5000

// hold raises the limit for so many protections. It is never lowered again.
func (a *allowance) hold(protections int) {
	if a.base == 0 {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if protections < a.most+step {
		return
	}
	a.most = protections
	debug.SetMemoryLimit(a.base + int64(protections)*eachTakes)
}
