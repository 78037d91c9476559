package mispfeed

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/catalog"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// brought is the contribution that brought a version of an event.
type brought struct {
	event   string
	added   int64
	entries []ledger.Seq
	begun   int64 // when its first entry was accepted
}

// nearby is how long after an event, in microseconds, the rest of its
// contribution may still be added: objects are a microsecond apart.
const nearby = 60_000_000

// cameWith says whether an object was brought by the contribution that brought
// the newest version of an event. The parts of one for different audiences are
// entries of their own.
func (ix *index) cameWith(ctx context.Context, e *event, o *catalog.Object) (bool, error) {
	at := o.Added.UnixMicro()
	if e.rest == 0 || at < e.added || at > e.added+nearby || o.Owner != e.owner {
		return false, nil
	}
	b, err := ix.broughtBy(ctx, e.owner, e.id, e.added)
	if err != nil {
		return false, err
	}
	of, err := ix.views.Catalog.Entries(ctx, o.Owner, o.ID)
	if err != nil || len(of) == 0 {
		return false, err
	}
	return slices.Contains(b.entries, of[len(of)-1]), nil
}

// broughtBy is the contribution that brought a partner's newest version of an
// event, which was added at an instant.
func (ix *index) broughtBy(ctx context.Context, owner access.PartnerID, id string, added int64) (brought, error) {
	if ix.brought.event == id && ix.brought.added == added {
		return ix.brought, nil
	}
	b := brought{event: id, added: added, begun: added}
	of, err := ix.views.Catalog.Entries(ctx, owner, id)
	if err != nil || len(of) == 0 {
		return b, err
	}
	e, err := ix.views.Entry(ctx, of[len(of)-1])
	if err != nil {
		return b, fmt.Errorf("the contribution that brought %s: %w", id, err)
	}
	b.entries, err = ix.views.Catalog.Entries(ctx, owner, contributionID(e.Body))
	if err != nil {
		return b, err
	}
	if !slices.Contains(b.entries, e.Seq) {
		b.entries = []ledger.Seq{e.Seq}
	}
	if b.entries[0] != e.Seq {
		if e, err = ix.views.Entry(ctx, b.entries[0]); err != nil {
			return b, fmt.Errorf("the contribution that brought %s: %w", id, err)
		}
	}
	b.begun = min(b.begun, e.Time.UnixMicro())
	ix.brought = b
	return b, nil
}

// contributionID is the id at the beginning of a contribution's part, which
// the hub wrote itself; none if it is not there, as of one that was erased.
func contributionID(body []byte) string {
	d := jsontext.NewDecoder(bytes.NewReader(body))
	var tokens [3]string
	for i := range tokens {
		t, err := d.ReadToken()
		if err != nil {
			return "contribution--"
		}
		tokens[i] = t.String()
	}
	if tokens[1] != "id" {
		return "contribution--"
	}
	return tokens[2]
}
