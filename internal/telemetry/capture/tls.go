package capture

import (
	"encoding/binary"

	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/telemetry"
)

// Of TLS's record layer (RFC 8446, section 5.1).
const (
	recordHandshake = 22
	recordHead      = 5
	maxRecord       = 1<<14 + 256
)

// tls reads the records until they hold one hello, tells of it, and reads no
// more of the direction.
func (r *Reader) tls(h *half, sp speech, b []byte) int {
	msg, complete, ok := r.handshakeMessage(b)
	switch {
	case !ok:
		h.over = true
	case complete:
		h.over = true
		if msg[0] != isClientHello && msg[0] != isServerHello {
			break // the conversation was under way
		}
		hello, err := parseHello(msg)
		if err != nil {
			r.malformed(err.Error())
			break
		}
		r.greet(&hello, sp)
	}
	return 0
}

// handshakeMessage puts a message together that may be split over several
// records. It is not ok if the records hold something else.
func (r *Reader) handshakeMessage(b []byte) (msg []byte, complete, ok bool) {
	r.room = r.room[:0]
	for {
		if len(b) < recordHead {
			return nil, false, true
		}
		size := int(binary.BigEndian.Uint16(b[3:]))
		if b[0] != recordHandshake || b[1] != 3 || size == 0 || size > maxRecord {
			return nil, false, false
		}
		part := b[recordHead:min(len(b), recordHead+size)]
		whole := part // mostly all is in one record
		if len(r.room) > 0 || len(part) < handshakeHead {
			r.room = append(r.room, part...)
			whole = r.room
		}
		if len(whole) >= handshakeHead {
			length := handshakeHead + int(whole[1])<<16 + int(whole[2])<<8 + int(whole[3])
			switch {
			case whole[0] != isClientHello && whole[0] != isServerHello, len(whole) >= length:
				return whole[:min(length, len(whole))], true, true
			case length > maxReady:
				r.counts.Overlong++
				return nil, false, false
			}
			if len(r.room) == 0 {
				r.room = append(r.room, part...)
			}
		}
		if len(part) < size {
			return nil, false, true
		}
		b = b[recordHead+size:]
	}
}

// greet tells of a hello. That of a server is told of the client, who began.
func (r *Reader) greet(h *hello, sp speech) {
	e := sp.sent
	if !h.client {
		e = e.turned()
	}
	s := r.queue.push(telemetry.TLS, "tcp", sp.at, e)
	if len(h.sni) > 0 {
		raw := s.copied(h.sni)
		// Some clients send an address, although RFC 6066 forbids it.
		if v, err := observable.Host(raw); err == nil {
			s.see(v, "tls.sni", raw)
		} else {
			r.stats.Unusable++
		}
	}
	ja3 := s.keep(func(b []byte) []byte {
		b, r.prints.text = h.appendJA3(b, r.prints.text)
		return b
	})
	if !h.client {
		s.see(observable.Value{Type: observable.JA3S, Text: ja3}, "tls.ja3s.hash", ja3)
		return
	}
	s.see(observable.Value{Type: observable.JA3, Text: ja3}, "tls.ja3.hash", ja3)
	ja4 := s.keep(func(b []byte) []byte { return r.prints.appendJA4(b, h) })
	s.see(observable.Value{Type: observable.JA4, Text: ja4}, "tls.ja4", ja4)
}
