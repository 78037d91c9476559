package mispfeed

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"maps"
	"slices"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/tocsin-project/tocsin/internal/misp"
)

// written is a file of the feed as it was last written.
type written struct {
	body    []byte
	changes uint64
	settled bool
}

// listed are the events of the feed, by UUID.
func (ix *index) listed() []*event {
	var all []*event
	for _, id := range slices.Sorted(maps.Keys(ix.events)) {
		if e := ix.events[id]; !e.revoked && (e.id != "" || len(ix.left(e)) > 0) {
			all = append(all, e)
		}
	}
	return all
}

// manifestFile writes the manifest.
func (r *reader) manifestFile(ctx context.Context) ([]byte, error) {
	if r.manifest.settled && r.manifest.changes == r.changes {
		return r.manifest.body, nil
	}
	out := written{body: []byte{'{'}, changes: r.changes, settled: true}
	for _, e := range r.listed() {
		stamp, settled := e.at(r.seen)
		out.settled = out.settled && settled
		if err := r.writeLine(ctx, e, stamp); err != nil {
			return nil, err
		}
		if len(out.body) > 1 {
			out.body = append(out.body, ',')
		}
		out.body = append(out.body, e.line...)
	}
	out.body = append(out.body, '}')
	r.manifest = out
	return out.body, nil
}

// writeLine writes an event's member of the manifest.
func (ix *index) writeLine(ctx context.Context, e *event, stamp int64) error {
	if e.line != nil && e.lineStamp == stamp {
		return nil
	}
	if e.head == nil {
		m, err := ix.build(ctx, e, true)
		if err != nil {
			return err
		}
		e.head = m.only(heads...).object()
	}
	m := parse(e.head)
	m.set("uuid", e.uuid)
	m.set("timestamp", strconv.FormatInt(stamp, 10))
	var b bytes.Buffer
	if err := misp.WriteManifest(&b, []jsontext.Value{m.object()}); err != nil {
		return err
	}
	e.line, e.lineStamp = bytes.TrimSuffix(bytes.TrimPrefix(b.Bytes(), []byte("{")), []byte("}")), stamp
	return nil
}

// maxHashes is how many lines the hashes have: those of the newest events.
const maxHashes = 200_000

// hashesFile writes the hashes.
func (f *Feed) hashesFile(ctx context.Context, r *reader) ([]byte, error) {
	if r.hashes.body != nil && r.hashes.changes == r.changes {
		return r.hashes.body, nil
	}
	events := r.listed()
	slices.SortStableFunc(events, func(a, b *event) int { return int(min(1, max(-1, b.recent-a.recent))) })
	out, lines := []byte{}, 0
	for _, e := range events {
		if err := f.sum(ctx, r.index, e); err != nil {
			return nil, err
		}
		if lines += len(e.sums); lines > maxHashes {
			break
		}
		for _, sum := range e.sums {
			out = append(append(append(hex.AppendEncode(out, sum[:]), ','), e.uuid...), '\n')
		}
	}
	r.hashes = written{body: out, changes: r.changes}
	return out, nil
}

// sum finds the hashes of an event's values.
func (f *Feed) sum(ctx context.Context, ix *index, e *event) error {
	if e.sumsOf == e.version+1 {
		return nil
	}
	m, err := f.event(ctx, ix, e)
	if errors.Is(err, errTooLarge) || errors.Is(err, errUnknown) {
		e.sums, e.sumsOf = nil, e.version+1
		return nil
	}
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := misp.WriteHashes(&b, []jsontext.Value{m.object()}); err != nil {
		return err
	}
	e.sums = e.sums[:0]
	for line := range bytes.Lines(b.Bytes()) {
		var sum [16]byte
		if _, err := hex.Decode(sum[:], line[:2*len(sum)]); err != nil {
			return err
		}
		if !slices.Contains(e.sums[max(0, len(e.sums)-64):], sum) {
			e.sums = append(e.sums, sum)
		}
	}
	e.sumsOf = e.version + 1
	return nil
}

// event writes an event; few are written at the same time.
func (f *Feed) event(ctx context.Context, ix *index, e *event) (members, error) {
	select {
	case f.builds <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	defer func() { <-f.builds }()
	return ix.build(ctx, e, false)
}
