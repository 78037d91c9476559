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

// Next gives the line of an entry, newline included. The bytes are valid until the next call. It fails, and
// does not advance, if the entry cannot be a line: its body is not one JSON
// value, or it does not come after the last.
func (w *Writer) Next(e ledger.Entry) ([]byte, error) {
	if e.Seq <= w.at.Seq {
		return nil, fmt.Errorf("stream entry %d: the reader has been told entry %d already", e.Seq, w.at.Seq)
	}
	next := w.at
	next.Seq, next.Entry = e.Seq, [8]byte(e.Hash[:8])
	return w.add(next, e)
}

// Ahead gives the line of what was taken back: e's kind, actor, time and body.
// It stands where the reader is, and not where the ledger has it, so that
// nobody waits for it behind a backlog.
func (w *Writer) Ahead(e ledger.Entry) ([]byte, error) {
	return w.add(w.at, e)
}

// Seen notes that the reader has been told what was taken back up to an entry.
func (w *Writer) Seen(seq ledger.Seq) { w.at.Seen = seq }

func (w *Writer) add(next Position, e ledger.Entry) ([]byte, error) {
	body, err := oneLine(e)
	if err != nil {
		return nil, err
	}
	if len(e.Kind) > math.MaxUint8 || len(e.Actor) > math.MaxUint16 || len(body) > math.MaxUint32 {
		return nil, fmt.Errorf("stream entry %d: it is larger than an entry can be", e.Seq)
	}
	next.N = w.at.N + 1
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
	if b, err = jsontext.AppendQuote(b, e.Kind); err != nil {
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

// oneLine is the entry's body without a line break.
func oneLine(e ledger.Entry) (jsontext.Value, error) {
	body := jsontext.Value(bytes.TrimSpace(e.Body))
	if !body.IsValid() {
		return nil, fmt.Errorf("stream entry %d (%s): the body is not one JSON value", e.Seq, e.Kind)
	}
	if bytes.IndexByte(body, '\n') < 0 && bytes.IndexByte(body, '\r') < 0 {
		return body, nil
	}
	body = body.Clone()
	if err := body.Compact(); err != nil {
		return nil, fmt.Errorf("stream entry %d (%s): %w", e.Seq, e.Kind, err)
	}
	return body, nil
}
