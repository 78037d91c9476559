package patternset

// What a removed pattern leaves in the indexes is swept up shard by shard, as
// much as was removed: a removal never waits for more than one shard. Until
// then its number must not be given to another pattern, or its postings would
// stay for good.
type sweeper struct {
	owed int // postings that removed patterns had, and that no sweep paid for
	next int // shard, of both indexes

	fresh uint32   // number that was never given
	free  []uint32 // may be given again: no posting has them
	// Numbers of patterns removed before, and since, the round began in which
	// each shard is swept once.
	before, since []uint32
}

// number is one for a new pattern.
func (w *sweeper) number() uint32 {
	if n := len(w.free); n > 0 {
		number := w.free[n-1]
		w.free = w.free[:n-1]
		return number
	}
	w.fresh++
	return w.fresh - 1
}

// release gives a number back whose pattern had that many postings.
func (w *sweeper) release(number uint32, postings int) {
	w.since = append(w.since, number)
	w.owed += postings
}

// sweep pays what is owed.
func (s *Set) sweep() {
	w := &s.sweeper
	for {
		share := (s.exact.posts + s.grams.posts + s.ids.posts) / shardCount
		if w.owed <= share+minSlots {
			return
		}
		w.owed -= share + minSlots
		alive := func(number uint32) bool { return s.records.place(number) != 0 }
		for _, x := range []*index{s.exact, s.grams, s.ids} {
			x.sweep(w.next, alive)
		}
		if w.next++; w.next == shardCount {
			w.next = 0
			w.free = append(w.free, w.before...)
			w.before, w.since = w.since, nil
		}
	}
}
