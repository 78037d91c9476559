package rpz

// verdict is what a zone's record says.
type verdict uint8

const (
	silent   verdict = iota // there is no record
	blocked                 // CNAME .
	pass                    // CNAME rpz-passthru.
	answered                // an address
)

// row is what a zone says of one key.
type row[K key[K]] struct {
	key    K
	self   verdict
	wild   verdict // of what is beneath it and not written
	answer uint32
}

// writer turns facts, which come in order, into the rows that say them: each once,
// in order, and none that says what the ones above it say already.
type writer[K key[K]] struct {
	emit    func(row[K])
	between bool // engines have to be told of the keys between two that are written
	stack   []around[K]
}

// around is what holds beneath a key: in truth, and by what is written.
type around[K key[K]] struct {
	key     K
	blocked bool
	written verdict // silent, blocked or pass
}

// newWriter begins in a context whose key is above all that come.
func newWriter[K key[K]](outside around[K], between bool, emit func(row[K])) *writer[K] {
	return &writer[K]{emit: emit, between: between, stack: []around[K]{outside}}
}

// write takes the next fact. Of a recent key all is said that holds for it and
// beneath it, even where that is nothing.
func (w *writer[K]) write(f fact[K], recent bool) {
	c := w.within(f.key)
	self, beneath := c.blocked, c.blocked
	switch f.kind {
	case wide:
		self, beneath = true, true
	case exact:
		self = true
	case must:
		self, beneath = false, false
	}
	untold := c.written == silent
	if told := c.written == blocked; f.kind != must && self == told && beneath == told && !(recent && untold) {
		return
	}
	if !untold && w.between {
		w.fill(c, f.key)
	}
	r := row[K]{key: f.key, self: pass, wild: pass, answer: f.answer}
	switch {
	case self:
		r.self = blocked
	case f.answer != 0:
		r.self = answered
	}
	switch {
	case beneath:
		r.wild = blocked
	case untold && !recent:
		r.wild = silent
	}
	w.push(r, beneath)
}

// within is the nearest context that holds a key; those left behind are dropped.
func (w *writer[K]) within(k K) around[K] {
	for len(w.stack) > 1 && !w.stack[len(w.stack)-1].key.holds(k) {
		w.stack = w.stack[:len(w.stack)-1]
	}
	return w.stack[len(w.stack)-1]
}

// fill writes the keys between a context and a key beneath it as the context is.
func (w *writer[K]) fill(c around[K], k K) {
	var names []K
	for up, ok := k.above(); ok && up != c.key; up, ok = up.above() {
		names = append(names, up)
	}
	for i := len(names) - 1; i >= 0; i-- {
		w.push(row[K]{key: names[i], self: c.written, wild: c.written}, c.blocked)
	}
}

func (w *writer[K]) push(r row[K], beneath bool) {
	w.emit(r)
	w.stack = append(w.stack, around[K]{r.key, beneath, r.wild})
}

// difference gives the rows that changes of some keys, sorted, take from a cold
// zone and bring to it.
func difference[K key[K]](old, next facts[K], changed []K, between bool) (removed, added []row[K]) {
	var done K
	for i, k := range changed {
		if i > 0 && done.holds(k) {
			continue
		}
		var outside around[K]
		done, outside = affected(old, next, k)
		whole(old.beneath(done), outside, between, func(r row[K]) { removed = append(removed, r) })
		whole(next.beneath(done), outside, between, func(r row[K]) { added = append(added, r) })
	}
	return removed, added
}

// affected is the highest key of which something else may be written if the fact of
// k changes, and the context that it stands in. That is k itself, or else, because
// of the keys between, the first one beneath the highest fact above k. That fact
// has not changed, since changes come in order: it would have been k.
func affected[K key[K]](old, next facts[K], k K) (root K, outside around[K]) {
	root = k
	last := k
	for up, ok := k.above(); ok; up, ok = up.above() {
		if f := next.at(up); f.kind != nothing || old.at(up).kind != nothing {
			root, outside = last, around[K]{key: up}
			if f.kind == wide {
				outside.blocked, outside.written = true, blocked
			}
		}
		last = up
	}
	return root, outside
}

// whole writes facts in order.
func whole[K key[K]](fs facts[K], outside around[K], between bool, emit func(row[K])) {
	w := newWriter(outside, between, emit)
	for _, f := range fs {
		w.write(f, false)
	}
}
