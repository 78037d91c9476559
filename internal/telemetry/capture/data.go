package capture

import (
	"bytes"
	"encoding/binary"
	"net/netip"
)

// maxReady is how much of a direction may wait to be complete: a TLS hello or
// the head of an HTTP request. A DNS message may have all that its length can
// say.
const (
	maxReady = 16 << 10
	maxDNS   = 2 + 1<<16
)

// speech is what a direction has said: its bytes in order, and where they go.
type speech struct {
	flow *flow
	side int
	sent ends // of the sender
	at   mark // of the packet that was the last one
	last bool // what is missing will not come
}

// data puts a segment's bytes in order and reads what has become complete.
func (r *Reader) data(f *flow, side int, s *segment) {
	h := &f.half[side]
	if h.over {
		return
	}
	r.waiting -= h.held()
	defer func() { r.waiting += h.held() }()
	sp := speech{f, side, s.sent(), r.at, false}
	rest, now := h.place(s.seq, s.payload)
	for !now && !h.over {
		if h.tooFar(s.seq) || h.keep(s.seq, rest) {
			return
		}
		r.gap(h, sp, s.seq)
		rest, now = h.place(s.seq, s.payload)
	}
	sp.last = s.cut
	r.hear(h, sp, rest)
	r.catchUp(h, sp)
	if s.cut {
		r.miss(h)
		h.started = false // it goes on wherever the next segment begins
	}
}

// catchUp takes what was kept and has become due.
func (r *Reader) catchUp(h *half, sp speech) {
	for !h.over {
		b, ok := h.due()
		if !ok {
			return
		}
		r.hear(h, sp, b)
	}
}

// gap goes on although bytes are missing, where the first of the kept segments
// begins, or the given one if that is before them.
func (r *Reader) gap(h *half, sp speech, seq uint32) {
	for _, l := range h.later {
		if int32(l.seq-seq) < 0 {
			seq = l.seq
		}
	}
	r.miss(h)
	h.next = seq
	r.catchUp(h, sp)
}

// miss notes that the next bytes are not in the capture.
func (r *Reader) miss(h *half) {
	r.counts.Gaps++
	if h.kind == speaksTLS || h.kind == speaksDNS {
		h.stop()
		return
	}
	h.ready, h.skip, h.loose = nil, 0, true
}

// finish reads what is left of a direction that nothing follows in.
func (r *Reader) finish(f *flow, side int) {
	h, e := &f.half[side], f.ends()
	if side == fromServer {
		e = e.turned()
	}
	r.waiting -= h.held()
	defer func() { r.waiting += h.held() }()
	sp := speech{f, side, e, f.last, true}
	for len(h.later) > 0 && !h.over {
		r.gap(h, sp, h.later[0].seq)
	}
	if len(h.ready) > 0 && !h.over {
		r.understand(h, sp, h.ready)
	}
}

// hear takes the next bytes in order.
func (r *Reader) hear(h *half, sp speech, b []byte) {
	h.next += uint32(len(b))
	if n := min(h.skip, len(b)); n > 0 {
		h.skip -= n
		b = b[n:]
	}
	if len(b) == 0 {
		return
	}
	buffered := len(h.ready) > 0
	if buffered {
		h.ready = append(h.ready, b...)
		b = h.ready
	}
	used := r.understand(h, sp, b)
	limit := maxReady
	if h.kind == speaksDNS {
		limit = maxDNS
	}
	rest := b[used:]
	switch {
	case h.over:
		h.stop()
	case len(rest) == 0:
		h.ready = nil
	case len(rest) > limit:
		r.counts.Overlong++
		h.stop()
	case buffered:
		h.ready = h.ready[:copy(h.ready, rest)]
	default:
		h.ready = bytes.Clone(rest)
	}
}

// understand reads as much as is complete and says how much that was.
func (r *Reader) understand(h *half, sp speech, b []byte) (used int) {
	for used < len(b) && !h.over {
		rest := b[used:]
		if h.kind == unknown {
			kind, known := recognise(sp, rest)
			switch {
			case !known:
				return used
			case kind == unknown:
				h.stranger()
				return len(b)
			}
			h.kind = kind
		}
		n := 0
		switch h.kind {
		case speaksTLS:
			n = r.tls(h, sp, rest)
		case speaksHTTP:
			n = r.http(h, sp, rest)
		case speaksDNS:
			n = r.stream(h, sp, rest)
		}
		if n == 0 || h.over {
			return used
		}
		used += n
		if n := min(h.skip, len(b)-used); n > 0 {
			h.skip -= n
			used += n
		}
	}
	return used
}

// stream reads a DNS message over TCP, which has its length before it (RFC
// 1035, section 4.2.2).
func (r *Reader) stream(h *half, sp speech, b []byte) int {
	if len(b) < 2 {
		return 0
	}
	size := int(binary.BigEndian.Uint16(b))
	if len(b) < 2+size {
		return 0
	}
	if !r.message(sp.sent, "tcp", sp.at, b[2:2+size]) {
		h.over = true
	}
	return 2 + size
}

// worthwhile says that a segment from the middle of a conversation begins with
// something that can be read.
func (r *Reader) worthwhile(s *segment) bool {
	if len(s.payload) == 0 {
		return false
	}
	kind, known := recognise(speech{sent: s.sent()}, s.payload)
	return kind != unknown || !known
}

// recognise tells by its first bytes what a direction speaks; known is false if
// that takes more of them.
func recognise(sp speech, b []byte) (kind protocol, known bool) {
	switch {
	case sp.sent.sourcePort == 53 || sp.sent.targetPort == 53:
		return speaksDNS, true
	case b[0] == recordHandshake:
		if len(b) < 3 {
			return unknown, false
		}
		if b[1] == 3 {
			return speaksTLS, true
		}
		return unknown, true
	}
	if sp.flow != nil && sp.side == fromServer && sp.flow.state != midway {
		return unknown, true // only clients send requests
	}
	return recogniseRequest(b)
}

func addr(b [16]byte) netip.Addr { return netip.AddrFrom16(b).Unmap() }
