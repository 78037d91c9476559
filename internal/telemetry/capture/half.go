package capture

import "slices"

// half is one direction of a conversation, put in order: its bytes from the
// beginning up to where whoever reads them has heard enough.
type half struct {
	started bool
	next    uint32 // sequence number of the next byte
	kind    protocol
	skip    int    // bytes of a body that nobody reads
	ready   []byte // in order, and not yet understood
	later   []later
	over    bool // nothing more is read
	loose   bool // where a message begins is not known: only at segments is one looked for
	strange int8 // segments that began with nothing known
	ended   bool // FIN
}

// later is a segment that came before its turn.
type later struct {
	seq  uint32
	data []byte
}

// protocol is what a direction speaks.
type protocol uint8

const (
	unknown protocol = iota
	speaksDNS
	speaksTLS
	speaksHTTP
)

const (
	maxLater = 32      // segments of a direction that came too early
	maxAhead = 1 << 18 // bytes that they may be ahead; more is no reordering but a gap
	maxGap   = 1 << 26 // bytes; more is no gap but a segment of another time, or forged
)

// tooFar says that a segment cannot belong where the conversation is.
func (h *half) tooFar(seq uint32) bool { return int32(seq-h.next) > maxGap }

// maxStrange is how many segments may begin with nothing known before nobody
// looks any more: what goes through a SOCKS proxy or STARTTLS begins late.
const maxStrange = 16

// stranger notes that what comes is not known, but may be followed by what is.
func (h *half) stranger() {
	h.kind, h.loose = unknown, true
	if h.strange++; h.strange >= maxStrange {
		h.over = true
	}
}

// held is the memory that the direction takes, in bytes.
func (h *half) held() int {
	n := cap(h.ready)
	for _, l := range h.later {
		n += cap(l.data)
	}
	return n
}

// stop forgets what is buffered and reads no more.
func (h *half) stop() {
	*h = half{started: true, over: true, ended: h.ended, next: h.next}
}

// place cuts off what was seen before and says what to do with the rest: take
// it now, or keep it until its turn comes. The first copy of a byte counts, as
// it does for most receivers.
func (h *half) place(seq uint32, data []byte) (rest []byte, now bool) {
	if !h.started {
		h.started, h.next = true, seq
	}
	ahead := int32(seq - h.next)
	switch {
	case ahead > 0:
		return data, false
	case int(-int64(ahead)) >= len(data):
		return nil, true
	}
	return data[-int64(ahead):], true
}

// keep stores a segment that is ahead of its turn; false says that there is no
// room, so that the bytes before it will not be waited for.
func (h *half) keep(seq uint32, data []byte) bool {
	if len(h.later) >= maxLater || seq-h.next > maxAhead {
		return false
	}
	for _, l := range h.later {
		if l.seq == seq && len(l.data) >= len(data) {
			return true
		}
	}
	h.later = append(h.later, later{seq, slices.Clone(data)})
	return true
}

// due takes a kept segment whose turn has come.
func (h *half) due() ([]byte, bool) {
	for i, l := range h.later {
		rest, now := h.place(l.seq, l.data)
		if !now {
			continue
		}
		h.later = slices.Delete(h.later, i, i+1)
		if len(rest) > 0 {
			return rest, true
		}
		return h.due()
	}
	return nil, false
}
