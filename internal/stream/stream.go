// Package stream is the format of the change stream: what one reader is told
// of the ledger, one JSON line an entry.
//
// Each reader has a sequence and a hash chain of its own over what is released
// to it. Hence a gap always means loss, never that something was hidden, and a
// reader can prove what it was told, and in which order.
//
// # The chain, byte by byte
//
// The chain of line n is SHA-256 over the following, with integers big-endian
// and lengths in bytes. That of line 0, before the first, is 32 zero bytes.
//
//	offset  size  field
//	0       32    the chain of line n-1
//	32      8     n: 1 for the first line, then without a gap
//	40      8     time: microseconds since 1970-01-01 UTC
//	48      1     k, the length of kind
//	49      k     kind
//	..      2     u, the length of by
//	..      u     by
//	..      4     b, the length of body
//	..      b     body, exactly as on the line
//
// The cursor is not part of the chain: it is the hub's own note of where the
// reader is, encrypted, and may be another for the same place each time.
//
// # The cursor
//
// base64url without padding (RFC 4648, section 5) of a 12-byte nonce and the
// AES-256-GCM sealing of 64 bytes: the ledger's seq (8), the first 8 bytes of
// that entry's hash, n (8), the chain (32), and the seq up to which what was
// taken back has been told (8). The key is the reader's own,
// derived from the codec's by HKDF-Expand (RFC 5869) with SHA-256 and the info
// "tocsin stream cursor 2" 0x00 reader; the reader is the additional data, too.
package stream

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"hash"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/tocsin-project/tocsin/internal/ledger"
)

var (
	// ErrCursor says that a cursor was not made by this hub for this reader.
	ErrCursor = errors.New("unreadable cursor")
	// ErrGap says that a line is missing, came twice or out of order.
	ErrGap = errors.New("gap in the stream")
	// ErrAltered says that a line is not what the hub sent.
	ErrAltered = errors.New("altered line in the stream")
	// ErrLine says that a text is no line of the stream.
	ErrLine = errors.New("unreadable line in the stream")
)

// HubHeader is the header of a stream over HTTP that says which hub tells it: its id,
// "hub--" and a UUID.
const HubHeader = "Tocsin-Hub"

// Line is one entry as a reader gets it.
type Line struct {
	Cursor string         `json:"cursor"` // where to go on after it; opaque
	N      uint64         `json:"n"`      // 1 for the reader's first line, then without a gap
	Chain  ledger.Hash    `json:"chain"`
	Time   time.Time      `json:"time"` // UTC, microseconds
	Kind   ledger.Kind    `json:"kind"`
	By     string         `json:"by"` // the entry's actor
	Body   jsontext.Value `json:"body"`
}

// chainer computes chains, reusing its buffers.
type chainer struct {
	hash hash.Hash
	head []byte
}

func (c *chainer) next(prev ledger.Hash, n uint64, at time.Time, kind, by string, body []byte) ledger.Hash {
	if c.hash == nil {
		c.hash = sha256.New()
	}
	b := c.head[:0]
	b = append(b, prev[:]...)
	b = binary.BigEndian.AppendUint64(b, n)
	b = binary.BigEndian.AppendUint64(b, uint64(at.UnixMicro()))
	b = append(append(b, byte(len(kind))), kind...)
	b = append(binary.BigEndian.AppendUint16(b, uint16(len(by))), by...)
	b = binary.BigEndian.AppendUint32(b, uint32(len(body)))
	c.head = b
	c.hash.Reset()
	c.hash.Write(b)
	c.hash.Write(body)
	var sum ledger.Hash
	c.hash.Sum(sum[:0])
	return sum
}
