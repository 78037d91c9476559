package jetstream

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nuid"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/ledger/queue"
)

// Headers of a published message: JetStream's, and the ledger's own. A batch
// that is sent again has another number for JetStream and the same one for
// the ledger, which finds by it whether the entries in a place are its own.
const (
	headerStatus   = "Status"
	headerExpected = "Nats-Expected-Last-Sequence"
	headerBatch    = "Nats-Batch-Id"
	headerPart     = "Nats-Batch-Sequence"
	headerCommit   = "Nats-Batch-Commit"
	headerSeq      = "Nats-Sequence"
	headerAppend   = "Tocsin-Append"
)

// MaxBatch and MaxBatchBytes are the most drafts, and bytes of audiences and
// bodies, that one append may have: a server holds every batch in memory until
// it is whole.
const (
	MaxBatch      = 8192
	MaxBatchBytes = 256 << 20
)

// A group ends with the first of these reached; a larger append is a group of
// its own. They bound what waits for one acknowledgement.
const (
	groupEntries = 4096
	groupBytes   = 4 << 20
)

// batch is a group of appends, sealed onto an entry.
type batch struct {
	id    string
	after place
	end   place
	parts []part
	bytes int
}

// allowance is how much longer than a small batch this one may take: a second
// for 8 MiB.
func (b *batch) allowance() time.Duration { return time.Duration(b.bytes) * time.Second / (8 << 20) }

type part struct {
	kind    ledger.Kind
	payload []byte
}

// seal seals the group onto the last entry that the writer knows. An append
// that does not meet its expected head fails alone; doubt means that one of
// them expects more than the writer knows of, which another node may have
// appended.
func (l *Ledger) seal(group []*queue.Append) (b *batch, doubt bool, err error) {
	if newest := l.newest(); newest != l.tip {
		l.tip, l.term = newest, 0 // whoever appended that leads
	}
	b = l.next()
	for _, a := range group {
		a.Entries, a.Err = nil, nil
		if a.Term != l.term && a.Term != 0 && a.Term != takesLead {
			a.Err = ledger.ErrFenced
			continue
		}
		if a.Expected != ledger.Any && a.Expected != b.end.head.Seq {
			a.Err = fmt.Errorf("%w: expected entry %d to be the last, it is %d", ledger.ErrConflict, a.Expected, b.end.head.Seq)
			doubt = doubt || a.Expected > b.end.head.Seq
			continue
		}
		a.Entries = make([]ledger.Entry, 0, len(a.Drafts))
		for _, d := range a.Drafts {
			at := l.clock()
			if at.Before(b.end.time) { // the entries' times do not go back with the clock
				at = b.end.time
			}
			e, record, err := ledger.Seal(d, b.end.head, at)
			if err != nil {
				return nil, false, err
			}
			a.Entries = append(a.Entries, e)
			b.put(e, record)
		}
	}
	return b, doubt, nil
}

// next is an empty batch behind the last entry that the writer knows.
func (l *Ledger) next() *batch { return &batch{id: nuid.Next(), after: l.tip, end: l.tip} }

// put adds a sealed entry to the batch.
func (b *batch) put(e ledger.Entry, record []byte) {
	b.end = place{ledger.Head{Seq: e.Seq, Hash: e.Hash}, e.Time}
	b.parts = append(b.parts, part{e.Kind, append(e.Hash[:], record...)})
	b.bytes += len(record)
}

// acknowledgement is JetStream's word that messages are stored.
type acknowledgement struct {
	Seq   ledger.Seq `json:"seq"`
	Error *apiError  `json:"error"`
}

// send publishes the batch on condition that nothing came after the entry that
// it is sealed onto, and waits for the acknowledgement: JetStream's word that
// it is stored, at the place that it has to have.
func (l *Ledger) send(ctx context.Context, b *batch) error {
	last, err := l.store(ctx, len(b.parts), b.allowance(), func(i int) *nats.Msg {
		m := &nats.Msg{Subject: l.names.entry(b.parts[i].kind), Data: b.parts[i].payload, Header: nats.Header{}}
		if i == 0 {
			m.Header.Set(headerExpected, strconv.FormatUint(uint64(b.after.head.Seq), 10))
			m.Header.Set(headerAppend, b.id)
		}
		return m
	})
	if err == nil && last != b.end.head.Seq {
		err = fmt.Errorf("%w: entry %d was stored as message %d", ledger.ErrCorrupt, b.end.head.Seq, last)
	}
	return err
}

// store publishes n messages as one atomic batch and gives the number that
// JetStream has stored the last one under; they are one behind the other.
func (l *Ledger) store(ctx context.Context, n int, allowance time.Duration, message func(i int) *nats.Msg) (last ledger.Seq, err error) {
	batchID := nuid.Next()
	for i := range n {
		m := message(i)
		if n > 1 {
			m.Header.Set(headerBatch, batchID)
			m.Header.Set(headerPart, strconv.Itoa(i+1))
		}
		if i < n-1 {
			if err := l.writes.PublishMsg(m); err != nil {
				return 0, err
			}
			continue
		}
		if i > 0 {
			m.Header.Set(headerCommit, "1")
		}
		return l.acknowledged(ctx, allowance, m)
	}
	return 0, nil
}

// acknowledged publishes the last message of a batch and waits until
// JetStream says under which number it is stored.
func (l *Ledger) acknowledged(ctx context.Context, allowance time.Duration, m *nats.Msg) (ledger.Seq, error) {
	ctx, cancel := context.WithTimeout(ctx, answerTime+allowance)
	defer cancel()
	answer, err := l.writes.RequestMsgWithContext(ctx, m)
	if err != nil {
		return 0, err
	}
	var ack acknowledgement
	if err := json.Unmarshal(answer.Data, &ack); err != nil {
		return 0, fmt.Errorf("read an acknowledgement: %w", err)
	}
	if ack.Error != nil {
		return 0, ack.Error
	}
	return ack.Seq, nil
}

// openMessage opens a message of the stream as an entry; seq is its number
// there, 0 if that is not known.
func openMessage(seq ledger.Seq, payload []byte) (ledger.Entry, error) {
	var hash ledger.Hash
	if len(payload) < len(hash) {
		return ledger.Entry{}, fmt.Errorf("%w: a message of %d bytes is no entry", ledger.ErrCorrupt, len(payload))
	}
	n := copy(hash[:], payload)
	e, err := ledger.Open(payload[n:], hash)
	if err == nil && seq != 0 && e.Seq != seq {
		err = fmt.Errorf("%w: it is stored as entry %d, its record says %d", ledger.ErrCorrupt, seq, e.Seq)
	}
	return e, err
}

// pause lets time pass before something is tried again.
func (l *Ledger) pause(ctx context.Context, long time.Duration) {
	select {
	case <-time.After(long):
	case <-ctx.Done():
	case <-l.life.Done():
	}
}
