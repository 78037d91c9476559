package capture

import (
	"bytes"
	"time"
)

// key names a conversation: both ends, the smaller one first.
type key struct {
	low, high         [16]byte
	lowPort, highPort uint16
}

// keyOf also says whether the segment goes from the smaller end to the larger.
func keyOf(s *segment) (k key, up bool) {
	a, b := s.source.As16(), s.target.As16()
	if c := bytes.Compare(a[:], b[:]); c < 0 || c == 0 && s.sourcePort <= s.targetPort {
		return key{a, b, s.sourcePort, s.targetPort}, true
	}
	return key{b, a, s.targetPort, s.sourcePort}, false
}

// state is how far a conversation has come.
type state uint8

const (
	asked    state = iota // SYN seen, no answer yet
	refused               // told already; kept so that a repeated SYN is none of its own
	answered              // SYN and ACK seen
	midway                // begun before the capture, or its beginning is lost
)

// flow is one TCP conversation.
type flow struct {
	key      key
	clientUp bool // the client is the smaller end
	state    state
	isn      uint32 // the client's initial sequence number
	began    mark   // the packet that began it
	last     mark   // the last packet that carried something
	seen     time.Time

	half [2]half // what the client sends, what the server sends

	// In one of the two lists of the table, by index, 0 for none.
	before, after int32
	waiting       bool // which list
}

// mark is a place in the capture.
type mark struct {
	line   int
	offset int64
	time   time.Time
}

// list is a row of flows, the one that waits longest first.
type list struct {
	first, last int32
	size        int
}

// table holds the conversations that are not yet settled. It never holds more
// than its limit: half of the room at most is for those that wait for an
// answer, so that a flood of SYNs does not push out the others, nor the other
// way round.
type table struct {
	index   map[key]int32
	flows   []flow // 0 is not used
	free    []int32
	waiting list // asked and refused, by their beginning
	open    list // the others, by when they were last heard of
	max     int
}

func newTable(limit int) *table {
	return &table{index: map[key]int32{}, flows: make([]flow, 1, 64), max: limit}
}

func (t *table) list(waiting bool) *list {
	if waiting {
		return &t.waiting
	}
	return &t.open
}

// find returns the flow's index, or 0.
func (t *table) find(k key) int32 { return t.index[k] }

// full says that a flow has to go before another can come, and which one.
func (t *table) full() (victim int32, yes bool) {
	if len(t.index) < t.max {
		return 0, false
	}
	if t.waiting.size > t.max/2 || t.open.size == 0 {
		return t.waiting.first, true
	}
	return t.open.first, true
}

// add makes a flow; there has to be room.
func (t *table) add(k key, waiting bool, at time.Time) int32 {
	var i int32
	if n := len(t.free); n > 0 {
		i, t.free = t.free[n-1], t.free[:n-1]
	} else {
		t.flows = append(t.flows, flow{})
		i = int32(len(t.flows) - 1)
	}
	t.flows[i] = flow{key: k, seen: at}
	t.index[k] = i
	t.link(i, waiting)
	return i
}

func (t *table) remove(i int32) {
	t.unlink(i)
	delete(t.index, t.flows[i].key)
	t.flows[i] = flow{}
	t.free = append(t.free, i)
}

// touch moves a flow to the end of the open list.
func (t *table) touch(i int32, at time.Time) {
	t.flows[i].seen = at
	if t.open.last == i {
		return
	}
	t.unlink(i)
	t.link(i, false)
}

func (t *table) link(i int32, waiting bool) {
	l, f := t.list(waiting), &t.flows[i]
	f.waiting, f.before, f.after = waiting, l.last, 0
	if l.last != 0 {
		t.flows[l.last].after = i
	} else {
		l.first = i
	}
	l.last = i
	l.size++
}

func (t *table) unlink(i int32) {
	f := &t.flows[i]
	l := t.list(f.waiting)
	if f.before != 0 {
		t.flows[f.before].after = f.after
	} else {
		l.first = f.after
	}
	if f.after != 0 {
		t.flows[f.after].before = f.before
	} else {
		l.last = f.before
	}
	l.size--
}

// overdue is a flow that has waited too long at the given time, or 0. A clock
// that jumped, forth or back, makes flows overdue too; they would never be.
func (t *table) overdue(at time.Time, wait, idle time.Duration) int32 {
	if i := t.waiting.first; i != 0 && apart(at, t.flows[i].seen) > wait {
		return i
	}
	if i := t.open.first; i != 0 && apart(at, t.flows[i].seen) > idle {
		return i
	}
	return 0
}

func apart(a, b time.Time) time.Duration { return a.Sub(b).Abs() }
