package capture

import (
	"github.com/tocsin-project/tocsin/internal/telemetry"
)

// Flags of TCP (RFC 9293, section 3.1).
const (
	flagFIN = 1 << iota
	flagSYN
	flagRST
	_
	flagACK
)

// The directions of a conversation.
const (
	fromClient = 0
	fromServer = 1
)

// tcp takes a segment's part in a conversation.
func (r *Reader) tcp(s *segment) {
	k, up := keyOf(s)
	i := r.table.find(k)
	switch {
	case s.flags&flagSYN != 0 && s.flags&flagRST == 0:
		r.handshake(i, k, up, s)
		return
	case i == 0:
		// Of a conversation whose beginning is not in the capture only what
		// can be read is worth a place in the table.
		if s.flags&flagRST != 0 || !r.worthwhile(s) {
			return
		}
		i = r.add(k, false)
		f := &r.table.flows[i]
		f.state, f.clientUp = midway, up
	}
	f := &r.table.flows[i]
	side := f.side(up)
	switch {
	case s.flags&flagRST != 0:
		r.reset(i)
		return
	case f.state == refused:
		return
	case f.state == asked:
		// The answer is missing from the capture. That the client goes on shows
		// that there was one; that the server says something, only if it is not
		// a bare ACK, with which it refuses what it takes for an old SYN (RFC
		// 5961, section 4).
		if s.flags&flagACK == 0 || side == fromServer && len(s.payload) == 0 {
			return
		}
		r.answer(i)
	}
	r.table.touch(i, r.now)
	if len(s.payload) > 0 || s.cut {
		f.last = r.at
		r.data(f, side, s)
	}
	r.bound(i)
	if s.flags&flagFIN != 0 {
		f.half[side].ended = true
		if f.half[1-side].ended {
			r.drop(i)
		}
	}
}

func (f *flow) side(up bool) int {
	if up == f.clientUp {
		return fromClient
	}
	return fromServer
}

// ends of the conversation, the client's first.
func (f *flow) ends() ends {
	e := ends{addr(f.key.low), addr(f.key.high), f.key.lowPort, f.key.highPort}
	if !f.clientUp {
		return e.turned()
	}
	return e
}

// handshake takes a SYN, or a SYN with ACK. i is 0 for a new conversation.
func (r *Reader) handshake(i int32, k key, up bool, s *segment) {
	if s.flags&flagACK != 0 {
		if i == 0 { // its question is not in the capture, or was pushed out
			i = r.add(k, true)
			r.table.flows[i].clientUp, r.table.flows[i].began = !up, r.at
		}
		f := &r.table.flows[i]
		if f.side(up) != fromServer {
			return
		}
		if f.state == asked || f.state == refused {
			r.answer(i)
		}
		if !f.half[fromServer].started {
			f.half[fromServer] = half{started: true, next: s.seq + 1}
		}
		return
	}
	if i != 0 {
		f := &r.table.flows[i]
		if f.side(up) == fromClient && f.isn == s.seq && f.state != midway {
			return // sent again
		}
		if f.state == asked && f.side(up) == fromServer {
			return // both call at once: the first one counts
		}
		r.drop(i) // the ports are used again
	}
	i = r.add(k, true)
	f := &r.table.flows[i]
	f.clientUp, f.isn, f.began = up, s.seq, r.at
	f.half[fromClient] = half{started: true, next: s.seq + 1}
}

// answer tells of a contact that was accepted.
func (r *Reader) answer(i int32) {
	f := &r.table.flows[i]
	f.state = answered
	r.tell(f, false)
	r.table.touch(i, r.now)
}

// reset ends a conversation. A refused SYN is told, and kept for a while: some
// systems send it again, and it is one contact. Whether the server refused or
// the client gave up, it had no answer.
func (r *Reader) reset(i int32) {
	f := &r.table.flows[i]
	switch f.state {
	case asked:
		r.tell(f, true)
		f.state = refused
	case refused:
	default:
		r.drop(i)
	}
}

// tell queues the event of a contact.
func (r *Reader) tell(f *flow, failed bool) {
	s := r.queue.push(telemetry.Flow, "tcp", f.began, f.ends())
	s.Contact, s.Failed = true, failed
}

// add makes a flow; if there is no room, the one that waits longest goes.
func (r *Reader) add(k key, waiting bool) int32 {
	if victim, full := r.table.full(); full {
		r.counts.Evicted++
		r.drop(victim)
	}
	return r.table.add(k, waiting, r.now)
}

// drop forgets a conversation, after what can still be read of it. One that
// waits for its answer has had none, as far as the capture was followed.
func (r *Reader) drop(i int32) {
	f := &r.table.flows[i]
	if f.state == asked {
		r.tell(f, true)
	}
	r.finish(f, fromClient)
	r.finish(f, fromServer)
	r.waiting -= f.half[0].held() + f.half[1].held()
	r.table.remove(i)
}

// bound forgets the conversations that were silent longest until what waits to
// be put in order is within the limit. i is the one that was heard last.
func (r *Reader) bound(i int32) {
	for r.waiting > r.opts.MaxBuffered && r.table.open.first != i {
		r.counts.Evicted++
		r.drop(r.table.open.first)
	}
}

// expire drops conversations that have waited too long, a batch at a time. It
// says whether there was one.
func (r *Reader) expire() bool {
	dropped := 0
	for dropped < batch {
		i := r.table.overdue(r.now, r.opts.Timeout, idleTime)
		if i == 0 {
			break
		}
		r.drop(i)
		dropped++
	}
	return dropped > 0
}

// settle tells of what is still open when the capture has ended, a batch at a
// time. It says whether there was anything.
func (r *Reader) settle() bool {
	for n := range batch {
		i := r.table.waiting.first
		if i == 0 {
			i = r.table.open.first
		}
		if i == 0 {
			return n > 0
		}
		r.drop(i)
	}
	return true
}
