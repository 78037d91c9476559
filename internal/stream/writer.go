package stream

import (
	"bytes"
	"crypto/cipher"
	"encoding/hex"
	"fmt"
	"math"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/tocsin-project/tocsin/internal/ledger"
)

// Writer writes one reader's lines. It decides nothing about release: it is
// given only what the reader may see. It belongs to one goroutine.
type Writer struct {
	sealer cipher.AEAD
	reader []byte
	at     Position
	chain  chainer
	line   []byte
}

// Writer goes on for the reader after a position.
func (c *Codec) Writer(reader string, after Position) *Writer {
	return &Writer{sealer: c.sealer(reader), reader: []byte(reader), at: after}
}

// Position is where the reader is after the last line.
func (w *Writer) Position() Position { return w.at }

// timeFormat is RFC 3339 with what the ledger keeps of a time.
const timeFormat = "2006-01-02T15:04:05.000000Z"

// Next gives the line of an entry, newline included. The bytes are valid until
// the next call. It fails, and does not advance, if the entry cannot be a
// line: its body is not one JSON value, or it does not come after the last.
func (w *Writer) Next(e ledger.Entry) ([]byte, error) {
	if e.Seq <= w.at.Seq {
		return nil, fmt.Errorf("stream entry %d: the reader has been told entry %d already", e.Seq, w.at.Seq)
	}
	body := jsontext.Value(bytes.TrimSpace(e.Body))
	if !body.IsValid() {
		return nil, fmt.Errorf("stream entry %d (%s): the body is not one JSON value", e.Seq, e.Kind)
	}
	if bytes.IndexByte(body, '\n') >= 0 || bytes.IndexByte(body, '\r') >= 0 {
		body = body.Clone()
		if err := body.Compact(); err != nil {
			return nil, fmt.Errorf("stream entry %d (%s): %w", e.Seq, e.Kind, err)
		}
	}
	if len(e.Kind) > math.MaxUint8 || len(e.Actor) > math.MaxUint16 || len(body) > math.MaxUint32 {
		return nil, fmt.Errorf("stream entry %d: it is larger than an entry can be", e.Seq)
	}
	next := Position{Seq: e.Seq, Entry: [8]byte(e.Hash[:8]), N: w.at.N + 1}
	next.Chain = w.chain.next(w.at.Chain, next.N, e.Time, string(e.Kind), e.Actor, body)

	b := w.line[:0]
	b = append(b, `{"cursor":"`...)
	b = appendCursor(b, w.sealer, w.reader, next)
	b = append(b, `","n":`...)
	b = strconv.AppendUint(b, next.N, 10)
	b = append(b, `,"chain":"`...)
	b = hex.AppendEncode(b, next.Chain[:])
	b = append(b, `","time":"`...)
	b = e.Time.UTC().AppendFormat(b, timeFormat)
	b = append(b, `","kind":`...)
	b, err := jsontext.AppendQuote(b, e.Kind)
	if err != nil {
		return nil, fmt.Errorf("stream entry %d: kind: %w", e.Seq, err)
	}
	b = append(b, `,"by":`...)
	if b, err = jsontext.AppendQuote(b, e.Actor); err != nil {
		return nil, fmt.Errorf("stream entry %d: actor: %w", e.Seq, err)
	}
	b = append(b, `,"body":`...)
	b = append(b, body...)
	b = append(b, '}', '\n')
	w.line, w.at = b, next
	return b, nil
}
