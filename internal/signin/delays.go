package signin

import "time"

// policy says how failures slow down further attempts: the first free ones do
// not; then each waits first, and twice as long with every failure, up to
// longest. What has not failed for forget after its last wait starts anew.
type policy struct {
	free    int
	first   time.Duration
	longest time.Duration
	forget  time.Duration
}

// delays counts failures by key; its user serialises the calls. It remembers a bounded number of keys; the
// one that would be forgotten first makes room. Since forgetting comes later
// with every failure, keys that failed once cannot push out one that fails
// again and again.
type delays[K comparable] struct {
	policy
	max int
	by  map[K]failures
}

type failures struct {
	count int
	last  time.Time // failure
	next  time.Time // when the next attempt may be made; zero: at any time
}

func newDelays[K comparable](p policy, limit int) *delays[K] {
	return &delays[K]{policy: p, max: limit, by: map[K]failures{}}
}

// wait is how long the key has to wait before it may try; zero: not at all.
func (d *delays[K]) wait(key K, now time.Time) time.Duration {
	return max(0, d.by[key].next.Sub(now)) // which does not overflow: it stops at the least duration
}

// failed counts a failure. locked says that it is the first after which the key
// has to wait; undo takes it back, with the wait that came of it.
func (d *delays[K]) failed(key K, now time.Time) (locked bool, undo func()) {
	f, known := d.by[key]
	if known && d.forgotten(f, now) {
		f = failures{}
	}
	if !known && len(d.by) >= d.max {
		d.makeRoom(now)
	}
	before := f.next
	f.count++
	f.last = now
	if over := f.count - d.free; over > 0 {
		f.next = now.Add(d.delay(over))
	}
	d.by[key] = f
	return f.count == d.free+1, func() { d.takeBack(key, f.next, before) }
}

// takeBack takes one failure back, and the wait that it set unless another
// came since.
func (d *delays[K]) takeBack(key K, set, before time.Time) {
	f, known := d.by[key]
	if !known {
		return
	}
	if f.next.Equal(set) {
		f.next = before
	}
	if f.count--; f.count <= 0 {
		delete(d.by, key)
		return
	}
	d.by[key] = f
}

// delay is the wait after the n-th failure beyond the free ones.
func (d *delays[K]) delay(n int) time.Duration {
	wait := d.first
	for range n - 1 {
		if wait >= d.longest {
			break
		}
		wait *= 2
	}
	return min(wait, d.longest)
}

func (d *delays[K]) forgotten(f failures, now time.Time) bool {
	return now.After(d.remembered(f))
}

// remembered is until when the failures are: a quarter of forget for one, all
// of it for four and more, after the last of them and its wait.
func (d *delays[K]) remembered(f failures) time.Time {
	end := f.last
	if f.next.After(end) {
		end = f.next
	}
	return end.Add(min(time.Duration(f.count)*d.forget/4, d.forget))
}

func (d *delays[K]) makeRoom(now time.Time) {
	var first K
	var ends time.Time
	for key, f := range d.by {
		if d.forgotten(f, now) {
			delete(d.by, key)
			continue
		}
		if end := d.remembered(f); ends.IsZero() || end.Before(ends) {
			first, ends = key, end
		}
	}
	if len(d.by) >= d.max {
		delete(d.by, first)
	}
}
