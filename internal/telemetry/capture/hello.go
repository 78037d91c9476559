package capture

import (
	"encoding/binary"
	"errors"
)

// hello is what a ClientHello or a ServerHello says (RFC 8446, sections 4.1.2
// and 4.1.3). Its slices are parts of the message; lists are as on the wire,
// two bytes a number if not said otherwise.
type hello struct {
	client  bool
	version uint16 // legacy_version

	ciphers    []byte // of a ServerHello: the one it chose
	extensions []byte // type, length and data of each

	sni        []byte // the first host_name (RFC 6066, section 3)
	hasSNI     bool
	alpn       []byte // the first protocol (RFC 7301)
	groups     []byte // supported_groups, also known as elliptic curves
	points     []byte // ec_point_formats, one byte a number
	signatures []byte // signature_algorithms
	versions   []byte // supported_versions of a client
}

// The extensions that are looked into.
const (
	extSNI        = 0
	extGroups     = 10
	extPoints     = 11
	extSignatures = 13
	extALPN       = 16
	extVersions   = 43
)

const (
	isClientHello = 1
	isServerHello = 2
	handshakeHead = 4 // type and length
)

var errHello = errors.New("TLS hello: a length that does not fit")

// parseHello reads a handshake message with its head. An extension that is
// looked into and does not fit is left out: servers ignore it or end the
// connection, and the rest says as much as before.
func parseHello(msg []byte) (hello, error) {
	h := hello{client: msg[0] == isClientHello}
	b := wire{msg[handshakeHead:], true}
	h.version = b.number()
	b.take(32) // random
	b.take(int(b.byte()))
	if h.client {
		h.ciphers = b.list16()
		b.take(int(b.byte())) // compression methods
	} else {
		h.ciphers = b.take(2)
		b.take(1)
	}
	if !b.ok || len(h.ciphers)%2 != 0 {
		return hello{}, errHello
	}
	if len(b.rest) == 0 {
		return h, nil // before TLS 1.2 there need not be extensions
	}
	h.extensions = b.list16()
	if !b.ok {
		return hello{}, errHello
	}
	for kind, data := range h.each() {
		h.extension(kind, wire{data, true})
	}
	if !h.wellFormed() {
		return hello{}, errHello
	}
	return h, nil
}

// each yields the extensions in their order.
func (h *hello) each() func(yield func(uint16, []byte) bool) {
	return func(yield func(uint16, []byte) bool) {
		b := wire{h.extensions, true}
		for len(b.rest) > 0 {
			kind := b.number()
			if data := b.list16(); !b.ok || !yield(kind, data) {
				return
			}
		}
	}
}

func (h *hello) wellFormed() bool {
	b := wire{h.extensions, true}
	for len(b.rest) > 0 && b.ok {
		b.take(2)
		b.list16()
	}
	return b.ok
}

func (h *hello) extension(kind uint16, b wire) {
	var list []byte
	switch kind {
	case extSNI:
		h.hasSNI = true
		names := wire{b.list16(), true}
		if names.byte() == 0 {
			h.sni = names.list16()
		}
		return
	case extALPN:
		names := wire{b.list16(), true}
		h.alpn = names.take(int(names.byte()))
		return
	case extPoints:
		h.points = b.take(int(b.byte()))
		return
	case extVersions:
		if h.client {
			list = b.take(int(b.byte()))
		}
	case extGroups, extSignatures:
		list = b.list16()
	}
	if !b.ok || len(list)%2 != 0 {
		return
	}
	switch kind {
	case extVersions:
		h.versions = list
	case extGroups:
		h.groups = list
	case extSignatures:
		h.signatures = list
	}
}

// wire reads from a message; ok is false when more was asked for than it has.
type wire struct {
	rest []byte
	ok   bool
}

func (w *wire) take(n int) []byte {
	if n > len(w.rest) {
		w.rest, w.ok = nil, false
		return nil
	}
	b := w.rest[:n]
	w.rest = w.rest[n:]
	return b
}

func (w *wire) byte() byte {
	if b := w.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (w *wire) number() uint16 {
	if b := w.take(2); b != nil {
		return binary.BigEndian.Uint16(b)
	}
	return 0
}

// list16 takes what has its length in bytes before it, as 16 bits.
func (w *wire) list16() []byte { return w.take(int(w.number())) }

// numbers yields a list's numbers but for GREASE.
func numbers(list []byte) func(yield func(uint16) bool) {
	return func(yield func(uint16) bool) {
		for len(list) >= 2 {
			if n := binary.BigEndian.Uint16(list); !isGREASE(n) && !yield(n) {
				return
			}
			list = list[2:]
		}
	}
}

// isGREASE: numbers that clients send at random, so that nobody relies on which
// there are (RFC 8701, section 2).
func isGREASE(n uint16) bool { return n&0x0f0f == 0x0a0a && n>>8 == n&0xff }
