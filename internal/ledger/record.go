package ledger

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"time"
)

const (
	format      = 1
	maxKind     = 64
	maxActor    = 255
	maxAudience = 1<<16 - 1
	fixedLength = 1 + 8 + 8 + 32 + 1 + 2 + 2 + 4
)

// String is the hash in hexadecimal.
func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// MarshalText writes the hash in hexadecimal.
func (h Hash) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

// UnmarshalText reads a hash in hexadecimal.
func (h *Hash) UnmarshalText(text []byte) error {
	raw, err := hex.DecodeString(string(text))
	if err != nil || len(raw) != len(h) {
		return fmt.Errorf("%w: a hash has 64 hexadecimal digits", ErrInvalid)
	}
	copy(h[:], raw)
	return nil
}

// Validate says whether the draft can become an entry.
func (d Draft) Validate() error {
	switch {
	case len(d.Kind) == 0 || len(d.Kind) > maxKind:
		return fmt.Errorf("%w: kind %q has %d bytes, allowed are 1 to %d", ErrInvalid, d.Kind, len(d.Kind), maxKind)
	case !kindIsPlain(d.Kind):
		return fmt.Errorf("%w: kind %q has characters other than a-z, A-Z, 0-9, '.' and '-'", ErrInvalid, d.Kind)
	case len(d.Actor) > maxActor:
		return fmt.Errorf("%w: actor has %d bytes, at most %d are allowed", ErrInvalid, len(d.Actor), maxActor)
	case len(d.Audience) > maxAudience:
		return fmt.Errorf("%w: audience has %d bytes, at most %d are allowed", ErrInvalid, len(d.Audience), maxAudience)
	case len(d.Body) > d.maxBody():
		return fmt.Errorf("%w: body has %d bytes, at most %d are allowed", ErrInvalid, len(d.Body), d.maxBody())
	}
	return nil
}

func (d Draft) maxBody() int {
	if len(d.Body) > 0 && d.Body[0] == SealMark {
		return MaxBody + SealOverhead
	}
	return MaxBody
}

func kindIsPlain(k Kind) bool {
	for i := range len(k) {
		c := k[i]
		plain := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '.' || c == '-'
		if !plain {
			return false
		}
	}
	return true
}

// Seal gives the draft its place after prev and returns the entry with its
// hash, and the record to store. The time is cut to microseconds.
func Seal(d Draft, prev Head, at time.Time) (Entry, []byte, error) {
	if err := d.Validate(); err != nil {
		return Entry{}, nil, err
	}
	e := Entry{
		Seq: prev.Seq + 1, Time: at.UTC().Truncate(time.Microsecond), Prev: prev.Hash,
		Kind: d.Kind, Actor: d.Actor, Audience: d.Audience, Body: d.Body,
	}
	record := e.Record()
	e.Hash = sha256.Sum256(record)
	return e, record, nil
}

// Record is the entry as it is stored and hashed: see the package comment.
func (e Entry) Record() []byte {
	b := make([]byte, 0, fixedLength+len(e.Kind)+len(e.Actor)+len(e.Audience)+len(e.Body))
	b = append(b, format)
	b = binary.BigEndian.AppendUint64(b, uint64(e.Seq))
	b = binary.BigEndian.AppendUint64(b, uint64(e.Time.UnixMicro()))
	b = append(b, e.Prev[:]...)
	b = append(append(b, byte(len(e.Kind))), e.Kind...)
	b = append(binary.BigEndian.AppendUint16(b, uint16(len(e.Actor))), e.Actor...)
	b = append(binary.BigEndian.AppendUint16(b, uint16(len(e.Audience))), e.Audience...)
	b = append(binary.BigEndian.AppendUint32(b, uint32(len(e.Body))), e.Body...)
	return b
}

// Open reads a stored record back. It fails with ErrCorrupt unless the record
// is well formed and its hash is want. The entry's body shares the record's memory.
func Open(record []byte, want Hash) (Entry, error) {
	if got := Hash(sha256.Sum256(record)); got != want {
		return Entry{}, fmt.Errorf("%w: the record's hash is %s, stored is %s", ErrCorrupt, got, want)
	}
	return parse(record, want)
}

// Parse reads a record of which nobody has said the hash. The entry has the
// record's own, for whoever holds it against a chain; otherwise see [Open].
func Parse(record []byte) (Entry, error) { return parse(record, sha256.Sum256(record)) }

func parse(record []byte, hash Hash) (Entry, error) {
	r := reader{rest: record}
	if f := r.bytes(1); r.short || f[0] != format {
		return Entry{}, fmt.Errorf("%w: unknown record format", ErrCorrupt)
	}
	e := Entry{Hash: hash}
	e.Seq = Seq(r.uint(8))
	e.Time = time.UnixMicro(int64(r.uint(8))).UTC()
	copy(e.Prev[:], r.bytes(32))
	e.Kind = Kind(r.bytes(int(r.uint(1))))
	e.Actor = string(r.bytes(int(r.uint(2))))
	e.Audience = string(r.bytes(int(r.uint(2))))
	e.Body = r.bytes(int(r.uint(4)))
	if r.short || len(r.rest) != 0 {
		return Entry{}, fmt.Errorf("%w: the record's lengths do not add up", ErrCorrupt)
	}
	// A record that Seal does not write was not appended, whatever its hash.
	if e.Seq == 0 {
		return Entry{}, fmt.Errorf("%w: the record has no number", ErrCorrupt)
	}
	if err := (Draft{e.Kind, e.Actor, e.Audience, e.Body}).Validate(); err != nil {
		return Entry{}, fmt.Errorf("%w: the record of entry %d was never a valid one: %s", ErrCorrupt, e.Seq, err.Error())
	}
	return e, nil
}

// reader takes fields off the front of a record; a field that is not there
// sets short and reads as nothing.
type reader struct {
	rest  []byte
	short bool
}

func (r *reader) bytes(n int) []byte {
	if n > len(r.rest) {
		r.short, r.rest = true, nil
		return nil
	}
	field := r.rest[:n:n]
	r.rest = r.rest[n:]
	return field
}

func (r *reader) uint(n int) uint64 {
	var v uint64
	for _, b := range r.bytes(n) {
		v = v<<8 | uint64(b)
	}
	return v
}
